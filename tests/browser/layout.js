// What is wrong with the layout of the page as it stands, measured in one pass: a list of sentences.
// No text is smaller than 13 px: it must be read from the back of a room.
// ground: the CSS of the main picture, which must fill 45 % of the smaller side of the window.
(ground) => {
  const wide = innerWidth, faults = [];
  const OVER = ".pad-view, [class*=st-key-tile-], [class*=st-key-mixed-], .cell-place"; // pictures that are buttons
  const CLOSED = "[data-testid=stSidebar][data-collapsed=true]"; // beside the page, out of sight
  const short = (e) => (e.closest("[class*=st-key-]")?.className.match(/st-key-[\w-]+/)?.[0] ?? "") + " " + e.tagName.toLowerCase()
    + (typeof e.className === "string" && e.className ? "." + e.className.split(" ")[0] : "") + ` “${(e.innerText ?? e.textContent ?? "").trim().slice(0, 32)}”`;
  const app = document.querySelector("[data-testid=stApp]");
  for (const e of [document.documentElement, document.body, ...app.querySelectorAll("[data-testid=stMain]")]) {
    if (e.scrollWidth > e.clientWidth + 1) faults.push(`${e.tagName} scrolls sideways: ${e.scrollWidth} of ${e.clientWidth} px`);
  }
  for (const e of app.querySelectorAll("[data-testid=stException]")) faults.push(`an exception: ${e.innerText.slice(0, 80)}`);
  // What a box may show of what is in it: the nearest ancestors that cut, and whether they scroll.
  const kinds = new Map();
  const cutter = (e) => {
    if (!kinds.has(e)) {
      const style = getComputedStyle(e);
      const kind = (v) => (/auto|scroll/.test(v) ? "scrolls" : /hidden|clip/.test(v) ? "cuts" : "");
      kinds.set(e, { x: kind(style.overflowX), y: kind(style.overflowY), rect: e.getBoundingClientRect(), fixed: style.position === "fixed", unseen: style.clipPath.startsWith("inset(50%") || (e.clientWidth <= 1 && kind(style.overflowX)) });
    }
    return kinds.get(e);
  };
  const seen = (e) => e.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const box = (e, rect, kind) => {
    const found = { e, kind, left: rect.left, right: rect.right, top: rect.top, bottom: rect.bottom, bar: false };
    let scrolled = false;
    for (let p = e; p && p !== document.body; p = p.parentElement) {
      const c = cutter(p);
      if (c.unseen) return null;
      if (c.fixed) { found.bar = c.rect.bottom > innerHeight - 30; break; }
      if (p.matches("[data-testid=stMain]")) break;
      if (kind === "text" && p !== e.closest("svg")) {
        if (c.x === "cuts" && !scrolled && (found.left < c.rect.left - 1.5 || found.right > c.rect.right + 1.5)) found.cut = p;
        if (c.y === "cuts" && !scrolled && (found.top < c.rect.top - 3 || found.bottom > c.rect.bottom + 3)) found.cut = p;
      }
      if (c.x === "scrolls" || c.y === "scrolls") {
        scrolled = true;
        found.left = Math.max(found.left, c.rect.left); found.right = Math.min(found.right, c.rect.right);
        found.top = Math.max(found.top, c.rect.top); found.bottom = Math.min(found.bottom, c.rect.bottom);
      }
    }
    return found.right - found.left > 1 && found.bottom - found.top > 1 ? found : null;
  };
  const boxes = [];
  const walker = document.createTreeWalker(app, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  while (walker.nextNode()) {
    const node = walker.currentNode, e = node.parentElement;
    if (!node.textContent.trim() || e.closest(`style, script, noscript, [data-testid=stIconMaterial], ${CLOSED}`) || !seen(e)) continue;
    const size = parseFloat(getComputedStyle(e).fontSize);
    if (size < 13) faults.push(`small: ${short(e)} has ${size} px`);
    range.selectNodeContents(node);
    for (const rect of range.getClientRects()) {
      if (rect.width < 1) continue;
      const found = box(e, rect, "text");
      if (!found) continue;
      if (found.cut) faults.push(`cut: ${short(e)} by ${short(found.cut)}`);
      else if (found.right > wide + 1 || found.left < -1) faults.push(`off the page: ${short(e)} at ${Math.round(found.left)} to ${Math.round(found.right)}`);
      boxes.push(found);
    }
  }
  const hands = "button, input, textarea, select, a[href], [role=slider], [role=radio], [role=tab], canvas[role=img], summary";
  for (const e of app.querySelectorAll(hands)) {
    if (!seen(e) || e.closest(CLOSED) || e.matches(".pad-surface, input[type=range]:not(.pad-stage *), input[type=checkbox], input[type=radio], input[type=file]")) continue;
    const found = box(e, e.getBoundingClientRect(), "hand");
    if (!found) continue;
    if (found.right > wide + 1 || found.left < -1) faults.push(`off the page: ${short(e)} at ${Math.round(found.left)} to ${Math.round(found.right)}`);
    if (e.matches("input:not([type=range])") && e.scrollWidth > e.clientWidth + 1) faults.push(`cut: ${short(e)} holds “${e.value}”`);
    boxes.push(found);
  }
  // A line of text may reach a little over the next one: letters do not fill its height.
  const inset = (b) => (b.kind === "text" ? (b.bottom - b.top) * 0.18 : 0);
  boxes.sort((p, q) => p.top - q.top);
  for (let i = 0; i < boxes.length; i++) for (let j = i + 1; j < boxes.length && boxes[j].top < boxes[i].bottom; j++) {
    const p = boxes[i], q = boxes[j];
    if (p.e === q.e || p.e.contains(q.e) || q.e.contains(p.e) || p.bar !== q.bar) continue; // what lies under a bar can be scrolled
    const x = Math.min(p.right, q.right) - Math.max(p.left, q.left), y = Math.min(p.bottom - inset(p), q.bottom - inset(q)) - Math.max(p.top + inset(p), q.top + inset(q));
    if (x <= 1.5 || y <= 1.5) continue;
    const over = p.e.closest(OVER);
    if (over && over === q.e.closest(OVER)) continue;
    faults.push(`${short(p.e)} overlaps ${short(q.e)} by ${Math.round(x)} x ${Math.round(y)} px`);
  }
  const main = [...document.querySelectorAll(ground)].find(seen)?.getBoundingClientRect(), least = 0.45 * Math.min(wide, innerHeight);
  if (!main) faults.push(`there is no ${ground}`);
  else if (Math.min(main.width, main.height) < least) faults.push(`the picture has ${Math.round(main.width)} x ${Math.round(main.height)} px, less than ${Math.round(least)}`);
  return [...new Set(faults)];
}
