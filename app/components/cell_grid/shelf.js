// SHELF: sheets that have arrived, by name, and who waits for one. All parts of the page share it.
const MOST = 24;

function shelf() {
  return (globalThis.mixscopeSheets ??= { kept: new Map(), waiting: new Map() });
}

export function keep(name, sheet) {
  const { kept, waiting } = shelf();
  kept.set(name, sheet);
  waiting.get(name)?.forEach((give) => give(sheet));
  waiting.delete(name);
  while (kept.size > MOST) kept.delete(kept.keys().next().value);
}

export function has(name) {
  return shelf().kept.has(name);
}

// The sheet of this name, once it is here.
export function sheetOf(name) {
  const { kept, waiting } = shelf();
  if (!kept.has(name)) return new Promise((give) => waiting.set(name, [...(waiting.get(name) ?? []), give]));
  const found = kept.get(name);
  kept.delete(name); // to the end: what is in use is never the oldest
  kept.set(name, found);
  return found;
}
