// CELL: one mix of the grid: its picture, its label, its mismatch, and how to open or pin it.
import { el } from "../elements.js";

export const SIDE = 224; // pixels of a cell in its sheet

// Part of a sheet as a canvas of its own; empty where the sheet is still on its way.
export function cut(sheet, x, y, side) {
  const canvas = el("canvas");
  canvas.width = canvas.height = side;
  if (sheet) canvas.getContext("2d").drawImage(sheet, x, y, side, side, 0, 0, side, side);
  return canvas;
}

export class Cell {
  constructor(data, sheet, grid) {
    Object.assign(this, { data, sheet, grid });
    this.button = el("button", "cell");
    this.button.type = "button";
    this.button.tabIndex = -1;
    this.button.setAttribute("aria-label", data.name);
    this.node = el("div", "cell-place", "", this.button);
    this.node.setAttribute("role", "gridcell");
    this.node.classList.toggle("worst", data.worst);
    this.node.classList.toggle("pinned", data.pinned);
    if (data.why) this.button.append(el("span", "cell-why", data.why));
    else this.#fill();
    this.button.addEventListener("click", (event) => grid.press(this, event));
    this.button.addEventListener("focus", () => grid.focused(this));
  }

  #fill() {
    const { data } = this;
    this.value = el("span", "cell-value");
    this.view = el("span", "cell-view", "", cut(this.sheet, data.at * SIDE, 0, SIDE), el("i", "cell-mark"), this.value);
    if (data.tag) this.view.append(el("span", "cell-tag", data.tag));
    for (const kind of ["pointermove", "pointerdown"]) this.view.addEventListener(kind, (event) => this.#point(event));
    const miss = el("b", "cell-miss", data.mismatch);
    if (data.agrees) miss.title = data.agrees;
    if (data.shade === null) miss.classList.add("none");
    else miss.style.setProperty("--shade", `${Math.round(data.shade * 100)}%`);
    const numbers = el("span", "cell-numbers", "", miss, el("span", "cell-delta", data.delta), el("span", "cell-ms", data.ms));
    this.button.append(this.view, numbers, this.#bar(), ...data.under.map((line) => el("span", "cell-under", line)));
    this.node.append(this.#tools());
  }

  // The label: A's weight from the left, B's from the right.
  #bar() {
    const bar = el("span", "cell-bar"), { weights, names } = this.data;
    weights.forEach(([share], i) => {
      const part = el("i", "ab"[i]);
      part.style.width = `${share * 100}%`;
      bar.append(part);
    });
    const [a, b] = weights.map(([, shown], i) => el("em", "ab"[i], shown));
    a.title = names[0];
    b.title = names[1];
    const label = el("span", "cell-label", "", a, bar, b);
    label.title = this.data.sum;
    return label;
  }

  #tools() {
    const pin = el("button", "cell-pin", this.data.pinned ? "Unpin" : "Pin");
    pin.setAttribute("aria-pressed", this.data.pinned);
    pin.addEventListener("click", () => this.grid.pin(this));
    const open = el("button", "cell-open", "Open");
    open.setAttribute("aria-label", "Open in Explore");
    open.addEventListener("click", () => this.grid.open(this));
    for (const button of [pin, open]) {
      button.type = "button";
      button.tabIndex = -1; // Enter and P do the same
    }
    return el("span", "cell-tools", "", open, pin);
  }

  #point(event) {
    const { left, top, width, height } = this.view.getBoundingClientRect();
    this.grid.mark((event.clientX - left) / width, (event.clientY - top) / height);
  }

  // Whose the pixel at these shares of the picture is, in a word.
  tell(x, y) {
    if (!this.value || !this.sheet) return;
    const at = (share) => Math.min(SIDE - 1, Math.floor(share * SIDE));
    this.shares ??= this.sheet.getContext("2d").getImageData(this.data.at * SIDE, SIDE, SIDE, SIDE).data;
    const a = this.shares[4 * (at(y) * SIDE + at(x))] / 255, [first, second] = this.data.names;
    const own = Math.round(Math.max(a, 1 - a) * 100);
    this.value.textContent = (a >= 0.5 ? first : second) + (own < 100 ? ` ${own} %` : "");
    this.value.dataset.of = a >= 0.5 ? "a" : "b";
  }
}
