// SPACE: tells the page that the space bar was pressed, but not where it means something by itself.
const OWN = "input, textarea, select, button, a, summary, [role], [contenteditable=true]";

export default function ({ data, setTriggerValue }) {
  const press = (event) => {
    if (event.key !== " " || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = event.composedPath()[0];
    if (at.closest?.(OWN) && !at.closest(data.inside)) return;
    event.preventDefault();
    setTriggerValue("pressed", true);
  };
  document.addEventListener("keydown", press);
  return () => document.removeEventListener("keydown", press);
}
