// REACH: pointers and keys on the surface of a panel, turned into what its hand sets.
// The view gives rect (pixels of the plane), pick(x, y) and step(number, key) of what can be chosen,
// turn(dx, dy) where it turns, tell(x, y) and quiet() for the tip, and paint().
import { clamp } from "./axes.js";
import { codeOf, cellsOf } from "../pad/packing.js";
import { pathOf, pathWord, placeOf, placeWord } from "./handwords.js";

const STILL = 5; // pixels that a click may move
const NEXT = 0.006; // share of the plane between two places of a path
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const SAYS = {
  point: "Arrow keys choose another.",
  place: "Arrow keys move the handle, with Shift further.",
  path: "Drag to draw. Arrow keys lengthen the path, Backspace shortens it, Delete clears it.",
  brush: "Arrow keys move to a cell, Space paints it.",
};

export class Reach {
  constructor(stage, node, view) {
    Object.assign(this, { stage, node, view, kind: "", cursor: [0, 0] });
    node.addEventListener("pointerdown", (event) => this.#down(event));
    node.addEventListener("pointermove", (event) => { if (!this.start) view.tell?.(...this.#at(event)); });
    node.addEventListener("pointerleave", () => view.quiet?.());
    node.addEventListener("keydown", (event) => this.#key(event));
    for (const name of ["focus", "blur"]) node.addEventListener(name, () => view.paint());
  }

  // The parameter that a hand sets here, if any; cells: [rows, columns] of a brush.
  take(panel, title, cells = null) {
    const hand = this.stage.handOf(panel.hand), { node, view } = this;
    Object.assign(this, { name: panel.hand, kind: hand?.hand ?? "", cells });
    const active = this.kind in SAYS;
    if (active || view.turns || view.walks) node.tabIndex = 0;
    else node.removeAttribute("tabindex");
    node.setAttribute("role", active || view.turns || view.walks ? "application" : "img");
    const more = view.turns ? `Arrow keys turn it.${active ? " Page Up and Page Down choose a point." : ""}` : SAYS[this.kind] ?? "";
    node.setAttribute("aria-label", `${title}${more && `. ${more}`}`);
    node.dataset.hand = this.kind;
    node.classList.toggle("stage-held", view.turns || ["place", "path", "brush"].includes(this.kind));
  }

  get value() { return this.stage.valueOf(this.name); }

  set(value) {
    this.stage.set(this.name, value);
    this.view.paint();
  }

  #at(event) {
    const { left, top } = this.node.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  }

  #share([x, y]) {
    const { left, top, width, height } = this.view.rect;
    return { x: clamp((x - left) / width, 0, 1), y: clamp((y - top) / height, 0, 1) };
  }

  #down(event) {
    if (event.button || !(this.kind || this.view.turns)) return;
    this.node.focus({ preventScroll: true });
    const from = this.#at(event);
    this.start = { from, last: from, moved: false };
    if (this.kind === "place" || this.kind === "path" || this.kind === "brush") event.preventDefault();
    this.node.setPointerCapture(event.pointerId);
    this.stage.holding = true;
    this.#begin(from);
    const move = (next) => this.#move(this.#at(next));
    const done = (last) => {
      this.node.removeEventListener("pointermove", move);
      for (const name of ["pointerup", "pointercancel"]) this.node.removeEventListener(name, done);
      this.#end(last.type === "pointerup" ? this.#at(last) : null);
    };
    this.node.addEventListener("pointermove", move);
    for (const name of ["pointerup", "pointercancel"]) this.node.addEventListener(name, done);
  }

  #begin(from) {
    if (this.kind === "place") this.set(placeWord(this.#share(from)));
    if (this.kind === "path") this.#draw([this.#share(from)]);
    if (this.kind === "brush") {
      this.#walkTo(this.#share(from));
      this.paints = this.#painted() ? 0 : 1;
      this.#brush();
    }
  }

  #move(at) {
    const { start } = this, dx = at[0] - start.last[0], dy = at[1] - start.last[1];
    start.moved ||= Math.hypot(at[0] - start.from[0], at[1] - start.from[1]) > STILL;
    start.last = at;
    if (this.kind === "place") this.set(placeWord(this.#share(at)));
    else if (this.kind === "path") this.#lengthen(this.#share(at));
    else if (this.kind === "brush") this.#sweep(at, dx, dy);
    else if (this.view.turns && start.moved) this.view.turn(dx, dy);
  }

  #end(at) {
    const { moved } = this.start;
    this.start = null;
    this.stage.holding = false;
    if (this.kind === "point" && at && !moved) {
      const number = this.view.pick(...at);
      if (number !== null) this.set(number);
    }
    if (this.kind === "path") this.drawn = null;
    this.stage.released();
  }

  // The path in the hand; a fresh one begins with each stroke.
  #draw(places) {
    this.drawn = places;
    this.set(pathWord(places));
  }

  #lengthen(place) {
    const places = this.drawn ?? [], last = places.at(-1);
    if (!last || Math.hypot(place.x - last.x, place.y - last.y) >= NEXT) this.#draw([...places, place]);
  }

  // The cells as they are, none painted where the word is of another grid.
  get mask() {
    const [rows, columns] = this.cells, word = String(this.value ?? "");
    if (word.startsWith(`${rows}x${columns}`)) return cellsOf(word);
    return { rows, columns, keep: new Uint8Array(rows * columns) };
  }

  #walkTo({ x, y }) {
    const [rows, columns] = this.cells;
    this.cursor = [clamp(Math.floor(y * rows), 0, rows - 1), clamp(Math.floor(x * columns), 0, columns - 1)];
  }

  #painted() {
    const { keep, columns } = this.mask;
    return keep[this.cursor[0] * columns + this.cursor[1]];
  }

  #brush() {
    const { mask } = this;
    mask.keep[this.cursor[0] * mask.columns + this.cursor[1]] = this.paints;
    this.set(codeOf(mask));
  }

  // Every cell between two places of the pointer, however fast it went.
  #sweep(at, dx, dy) {
    const { width, height } = this.view.rect, [rows, columns] = this.cells;
    const steps = Math.ceil(Math.max(Math.abs(dx) / (width / columns), Math.abs(dy) / (height / rows)) * 2) || 1;
    for (let i = steps - 1; i >= 0; i--) {
      this.#walkTo(this.#share([at[0] - (dx * i) / steps, at[1] - (dy * i) / steps]));
      this.#brush();
    }
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = ARROWS[event.key];
    const acts = {
      place: () => arrow && this.#push(arrow, event.shiftKey),
      path: () => this.#write(event.key, arrow),
      brush: () => this.#cell(event.key, arrow),
      point: () => this.#choose(event.key, arrow),
      "": () => arrow && this.#look(arrow),
    };
    if (!acts[this.kind]?.()) return;
    event.preventDefault();
    event.stopPropagation();
  }

  #push([dx, dy], far) {
    const { x, y } = placeOf(this.value), step = far ? 0.1 : 0.02;
    this.set(placeWord({ x: x + dx * step, y: y + dy * step }));
    return true;
  }

  #write(key, arrow) {
    const places = pathOf(this.value), { x, y } = places.at(-1) ?? { x: 0.5, y: 0.5 };
    if (arrow) this.set(pathWord([...places, { x: x + arrow[0] * 0.04, y: y + arrow[1] * 0.04 }]));
    else if (key === "Backspace" && places.length > 1) this.set(pathWord(places.slice(0, -1)));
    else if (key === "Delete" && places.length) this.set(pathWord(places.slice(0, 1)));
    else return false;
    return true;
  }

  #cell(key, arrow) {
    const [rows, columns] = this.cells, [row, column] = this.cursor;
    if (arrow) this.cursor = [clamp(row + arrow[1], 0, rows - 1), clamp(column + arrow[0], 0, columns - 1)];
    else if (key === " " || key === "Enter") {
      this.paints = this.#painted() ? 0 : 1;
      this.#brush();
    } else return false;
    this.stage.say(`row ${this.cursor[0] + 1}, column ${this.cursor[1] + 1}: ${this.#painted() ? "painted" : "not painted"}`);
    this.view.paint();
    return true;
  }

  #choose(key, arrow) {
    if (this.view.turns && arrow) return this.#look(arrow);
    const number = this.view.step(Number(this.value ?? 0), key);
    if (number === null) return false;
    this.set(number);
    this.view.tellNumber?.(number);
    return true;
  }

  #look([dx, dy]) {
    if (this.view.turns) this.view.turn(dx * 16, dy * 16);
    else if (this.view.walks) this.view.walk(dx, dy);
    else return false;
    return true;
  }

  // What the hand has set, over the panel.
  draw(ctx, roles, at = null) {
    const { left, top, width, height } = this.view.rect;
    const pixel = ({ x, y }) => [left + x * width, top + y * height];
    if (this.kind === "place") drawHandle(ctx, ...(at ?? pixel(placeOf(this.value))), roles);
    if (this.kind === "path") drawPath(ctx, pathOf(this.value).map(pixel), roles);
    if (this.kind === "brush") this.#drawCells(ctx, roles);
  }

  #drawCells(ctx, roles) {
    const { left, top, width, height } = this.view.rect, { rows, columns, keep } = this.mask;
    const high = height / rows, wide = width / columns;
    ctx.fillStyle = roles.mark("a");
    ctx.globalAlpha = 0.55;
    keep.forEach((on, i) => { if (on) ctx.fillRect(left + (i % columns) * wide, top + Math.floor(i / columns) * high, wide, high); });
    ctx.globalAlpha = 1;
    ctx.strokeStyle = "rgba(255, 255, 255, .28)";
    ctx.lineWidth = 1;
    ctx.beginPath();
    for (let row = 1; row < rows; row++) { ctx.moveTo(left, top + row * high); ctx.lineTo(left + width, top + row * high); }
    for (let column = 1; column < columns; column++) { ctx.moveTo(left + column * wide, top); ctx.lineTo(left + column * wide, top + height); }
    ctx.stroke();
    if (this.node.matches(":focus-visible")) drawCell(ctx, left + this.cursor[1] * wide, top + this.cursor[0] * high, wide, high);
  }
}

// The outline of a cell, seen on any ground.
export function drawCell(ctx, x, y, wide, high) {
  for (const [color, width] of [["#fff", 4], ["rgba(0, 0, 0, .85)", 2]]) {
    ctx.strokeStyle = color;
    ctx.lineWidth = width;
    ctx.strokeRect(x, y, wide, high);
  }
}

function drawHandle(ctx, x, y, roles) {
  ctx.beginPath();
  ctx.arc(x, y, 10, 0, 2 * Math.PI);
  ctx.fillStyle = "#fff";
  ctx.fill();
  ctx.lineWidth = 3;
  ctx.strokeStyle = roles.mark("a");
  ctx.stroke();
  ctx.beginPath();
  ctx.arc(x, y, 12.5, 0, 2 * Math.PI);
  ctx.lineWidth = 1.5;
  ctx.strokeStyle = "rgba(0, 0, 0, .55)";
  ctx.stroke();
}

function drawPath(ctx, pixels, roles) {
  for (const [color, width] of [["rgba(255, 255, 255, .8)", 6], [roles.mark("a"), 3]]) {
    ctx.strokeStyle = color;
    ctx.lineWidth = width;
    ctx.lineJoin = ctx.lineCap = "round";
    ctx.beginPath();
    for (const pixel of pixels) ctx.lineTo(...pixel);
    ctx.stroke();
  }
  if (pixels.length) drawHandle(ctx, ...pixels.at(-1), roles);
}
