// GRID: cells side by side, one pixel marked in all of them, and the keys that walk among them.
import { Cell, SIDE, cut } from "./cell.js";
import { el } from "../elements.js";
import { storeOf } from "../store.js";

const STEP = 1 / 56; // of the picture, for a mark that is moved by keys
const WALKS = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] };

class Grid {
  constructor(root) {
    this.root = root;
    this.at = [0, 0];
    this.scroll = el("div", "grid-scroll");
    this.heads = el("div", "grid-heads"); // stays at the top of the window, and follows sideways
    this.scroll.addEventListener("scroll", () => { this.heads.scrollLeft = this.scroll.scrollLeft; });
    this.heads.addEventListener("scroll", () => { this.scroll.scrollLeft = this.heads.scrollLeft; });
    this.whole = el("div", "", "", this.heads, this.scroll);
    this.whole.setAttribute("role", "grid");
    this.heads.setAttribute("role", "rowgroup");
    this.scroll.setAttribute("role", "rowgroup");
    this.readout = el("p", "grid-readout");
    this.spoken = el("p", "grid-spoken");
    this.spoken.setAttribute("aria-live", "polite"); // for the mark that keys move; a mouse needs no words
    root.append(this.whole, this.readout, this.spoken);
    this.scroll.addEventListener("keydown", (event) => this.#key(event));
    this.scroll.addEventListener("pointerdown", (event) => { this.finger = event.pointerType === "touch"; }, true);
    this.scroll.addEventListener("pointerleave", (event) => { if (event.pointerType === "mouse") this.unmark(); });
    this.unmark();
  }

  async update(data, send) {
    this.send = send;
    const latest = (this.latest = data);
    const arriving = data.rows.map((row) => storeOf("sheets").wait(row.sheet));
    if (!this.root.dataset.drawn) this.#draw(data, []); // takes its room before pictures are here
    const sheets = await Promise.all(arriving);
    if (latest !== this.latest) return;
    this.#draw(data, sheets);
    this.root.dataset.drawn = data.rows.map((row) => row.sheet).join(" ");
  }

  #draw(data, sheets) {
    const held = this.scroll.contains(document.activeElement);
    this.data = data;
    this.cells = data.cells.map((row, i) => row.map((cell) => new Cell(cell, sheets[i], this)));
    this.whole.setAttribute("aria-label", data.title);
    this.heads.replaceChildren(this.#table(this.#head(data)));
    this.scroll.replaceChildren(this.#table(...this.#rows(data, sheets)));
    this.heads.scrollLeft = this.scroll.scrollLeft;
    this.root.style.setProperty("--columns", data.columns.length);
    this.at = [Math.min(this.at[0], data.rows.length - 1), Math.min(this.at[1], data.columns.length - 1)];
    this.#now().button.tabIndex = 0;
    if (held) this.#now().button.focus();
    if (this.place) this.mark(...this.place);
  }

  #head(data) {
    return el("div", "grid-row", "", this.#corner(), ...data.columns.map((one) => this.#column(one)));
  }

  #rows(data, sheets) {
    return data.rows.map((row, i) => {
      const cells = this.cells[i].map((cell) => cell.node);
      return el("div", "grid-row", "", this.#row(row, sheets[i], data.columns.length), ...cells);
    });
  }

  #table(...rows) {
    const table = el("div", "grid-table", "", ...rows);
    for (const row of rows) row.setAttribute("role", "row");
    return table;
  }

  #corner() {
    const corner = el("div", "grid-corner");
    corner.setAttribute("role", "columnheader");
    return corner;
  }

  #column({ title, about, mean }) {
    const head = el("div", "grid-column", "", el("b", "", title), el("span", "", about), el("em", "", mean));
    head.setAttribute("role", "columnheader");
    return head;
  }

  #row({ names, about, mean }, sheet, n) {
    const photos = names.map((name, i) => {
      const photo = cut(sheet, n * SIDE, (i * SIDE) / 2, SIDE / 2);
      photo.setAttribute("role", "img");
      photo.setAttribute("aria-label", name);
      return el("figure", "ab"[i], "", photo, el("figcaption", "", name));
    });
    const head = el("div", "grid-head", "", ...photos, el("span", "", about), el("em", "", mean));
    head.setAttribute("role", "rowheader");
    return head;
  }

  #now() {
    return this.cells[this.at[0]][this.at[1]];
  }

  #where(cell) {
    const row = this.cells.findIndex((cells) => cells.includes(cell));
    return [row, this.cells[row].indexOf(cell)];
  }

  focused(cell) {
    this.#now().button.tabIndex = -1;
    this.at = this.#where(cell);
    cell.button.tabIndex = 0;
  }

  // A mouse opens; a finger marks, as it has nothing to hover with, and opens by the button.
  press(cell, event) {
    if (!this.finger || event.detail === 0) this.open(cell); // 0: a key made the click
  }

  open(cell) { this.#send("open", cell); }

  pin(cell) { this.#send("pin", cell); }

  #send(what, cell) {
    const [row, column] = this.#where(cell);
    if (!cell.data.why) this.send(what, { row: this.data.rows[row].word, column: this.data.columns[column].word });
  }

  // The same pixel in every cell, at these shares of the picture.
  mark(x, y) {
    const inside = (share) => Math.min(Math.max(share, 0), 0.9999);
    this.place = [inside(x), inside(y)];
    const [px, py] = this.place.map((share) => Math.floor(share * this.data.side));
    this.root.style.setProperty("--x", `${((px + 0.5) / this.data.side) * 100}%`);
    this.root.style.setProperty("--y", `${((py + 0.5) / this.data.side) * 100}%`);
    this.root.dataset.mark = `${px},${py}`;
    for (const cell of this.cells.flat()) cell.tell(...this.place);
    this.readout.textContent = `Pixel ${px} across, ${py} down, of ${this.data.side} × ${this.data.side}, marked in every cell.`;
  }

  unmark() {
    this.place = null;
    delete this.root.dataset.mark;
    const fine = matchMedia("(pointer: fine)").matches;
    this.readout.textContent = fine ? "Point at a pixel to mark it everywhere. Click or Enter opens a cell in Explore, P pins it, arrows move, Shift and arrows move the mark."
      : "Tap a pixel to mark it everywhere.";
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !event.target.classList.contains("cell")) return;
    const walk = WALKS[event.key];
    if (walk && event.shiftKey) this.#nudge(walk);
    else if (walk) this.#walk(walk);
    else if (event.key.toLowerCase() === "p") this.pin(this.#now());
    else if (event.key === "Escape" && this.place) this.unmark();
    else return;
    event.preventDefault();
  }

  #nudge([down, across]) {
    const [x, y] = this.place ?? [0.5, 0.5];
    this.mark(x + across * STEP, y + down * STEP);
    this.spoken.textContent = `Pixel ${this.root.dataset.mark}: ${this.#now().value?.textContent ?? "no picture"}`;
  }

  #walk([down, across]) {
    const row = this.cells[this.at[0] + down];
    row?.[this.at[1] + across]?.button.focus();
  }
}

const grids = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".grid-whole");
  if (!grids.has(root)) grids.set(root, new Grid(root));
  grids.get(root).update(data, setTriggerValue);
}
