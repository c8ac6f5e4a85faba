// ELEMENTS: how scripts of components make parts of the page.

// An element with a class, perhaps a text, and what goes into it.
export function el(tag, name, text = "", ...inside) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text) made.textContent = text;
  made.append(...inside);
  return made;
}
