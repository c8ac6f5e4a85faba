// FOCUS: a list in which something was chosen by mouse or finger lets go of the keyboard, so that
// the next key is the page's. Chosen by key, it keeps the focus, and so does a list that stays open.
const CLOSED = "input[role=combobox][aria-expanded=false]";
const CLOSES = 60; // ms until a list that closes has closed

export default function () {
  const chosen = (event) => {
    if (!event.detail || !event.target.closest?.("[role=option]")) return; // detail: 0 of a key's
    setTimeout(() => document.activeElement?.matches(CLOSED) && document.activeElement.blur(), CLOSES);
  };
  document.addEventListener("click", chosen, true);
  return () => document.removeEventListener("click", chosen, true);
}
