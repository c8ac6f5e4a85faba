// TIPS: the glossary's line for what is under the pointer or has the focus, found by its name, so that
// no page has to know of it. A title, which browsers show by themselves and screen readers read.
const NAMED = "button, summary, label, h3, b, th, p, span, input, [role=radiogroup], [aria-label]";
const LONG = 90; // no name has more characters

let terms = {};

// As app/shell/glossary.py trims a name.
function tipOf(name) {
  const plain = name.replace(/\s+/g, " ").trim().toLowerCase();
  const trimmed = plain.replace(/ \(.*\)$/, "").replace(/^(methods of the family) .*/, "$1").replace(/^([a-z1-9]|by) (?=\S)| (space|[jkef]|ctrl \+.*)$/g, "");
  return terms[plain] ?? terms[trimmed];
}

// The name of an element without its icons, whose names are text to the page.
function nameOf(e) {
  const label = e.getAttribute("aria-label");
  if (label) return label;
  if (e.textContent.length > LONG) return "";
  let name = "";
  const walker = document.createTreeWalker(e, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) if (!walker.currentNode.parentElement.closest("[data-testid=stIconMaterial]")) name += ` ${walker.currentNode.textContent}`;
  return name;
}

function show(event) {
  let e = event.target.closest?.(NAMED);
  for (let up = 0; e && up < 4; up++, e = e.parentElement?.closest(NAMED)) {
    if (e.title) return;
    const tip = tipOf(nameOf(e));
    if (tip) {
      e.title = tip;
      return;
    }
  }
}

export default function ({ data }) {
  terms = data.terms;
  const kinds = ["pointerover", "focusin"];
  kinds.forEach((kind) => document.addEventListener(kind, show));
  return () => kinds.forEach((kind) => document.removeEventListener(kind, show));
}
