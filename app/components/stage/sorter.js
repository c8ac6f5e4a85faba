// SORTER: things in a row that a hand puts into another order, by drag or by keys, or of which it chooses one.
import { clamp } from "./axes.js";
import { orderOf, orderWord } from "./handwords.js";

const STEPS = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };

export class Sorter {
  constructor(stage, box) {
    Object.assign(this, { stage, box });
    box.addEventListener("pointerdown", (event) => this.#down(event));
    box.addEventListener("keydown", (event) => this.#key(event));
    box.addEventListener("click", (event) => this.#click(event));
  }

  // Put these into the box; what had the focus has it again once they are taken.
  fill(children) {
    const at = this.items?.indexOf(document.activeElement) ?? -1;
    this.back = at < 0 ? null : this.kind === "order" ? this.#number(this.items[at]) : at;
    this.box.replaceChildren(...children);
  }

  // The children of the box are the things now; names say what each is.
  take(panel, names) {
    const { box } = this, kind = this.stage.handOf(panel.hand)?.hand ?? "";
    Object.assign(this, { name: panel.hand, kind, names, items: [...box.children] });
    box.dataset.hand = kind;
    if (kind !== "order" && kind !== "point") return;
    if (kind === "order") this.#arrange();
    const at = kind === "point" ? Number(this.stage.valueOf(this.name) ?? 0) : 0;
    this.items.forEach((item, i) => {
      item.tabIndex = i === at ? 0 : -1;
      item.setAttribute("role", kind === "point" ? "radio" : "button");
      item.setAttribute("aria-label", `${names[i] || `number ${i + 1}`}${kind === "order" ? ". Arrow keys move it" : ""}`);
      if (kind === "point") item.setAttribute("aria-checked", i === at);
    });
    box.setAttribute("role", kind === "point" ? "radiogroup" : "group");
    box.setAttribute("aria-label", panel.title || (kind === "point" ? "Choose one" : "Put them in order"));
    if (this.back === null) return;
    this.items[kind === "order" ? this.came.indexOf(this.back) : this.back]?.focus({ preventScroll: true });
  }

  // Things come as the server's order has them; what the hand did since is done to them again.
  #arrange() {
    const count = this.items.length, came = orderOf(this.stage.handOf(this.name).value, count);
    const wanted = orderOf(this.stage.valueOf(this.name), count);
    this.came = came;
    this.#lay(wanted);
  }

  // What is moved within the page loses the focus, and has it again.
  #lay(order) {
    const held = document.activeElement;
    this.order = order;
    this.box.append(...order.map((number) => this.items[this.came.indexOf(number)]));
    if (this.items.includes(held)) held.focus({ preventScroll: true });
  }

  #number(item) { return this.came[this.items.indexOf(item)]; }

  #item(event) { return this.items?.find((item) => item.contains(event.target)); }

  #move(item, to) {
    const number = this.#number(item), order = this.order.filter((one) => one !== number);
    order.splice(clamp(to, 0, order.length), 0, number);
    if (orderWord(order) === orderWord(this.order)) return;
    this.#lay(order);
    this.stage.set(this.name, orderWord(order));
    this.stage.say(`${this.names[this.items.indexOf(item)] || "it"} is now number ${order.indexOf(number) + 1} of ${order.length}`);
  }

  #down(event) {
    const item = this.#item(event);
    if (this.kind !== "order" || !item || event.button) return;
    event.preventDefault();
    item.focus({ preventScroll: true });
    this.box.setPointerCapture(event.pointerId);
    item.classList.add("stage-lifted");
    this.stage.holding = true;
    const move = (next) => this.#over(item, next);
    const done = () => {
      this.box.removeEventListener("pointermove", move);
      for (const name of ["pointerup", "pointercancel"]) this.box.removeEventListener(name, done);
      item.classList.remove("stage-lifted");
      this.stage.holding = false;
      this.stage.released();
    };
    this.box.addEventListener("pointermove", move);
    for (const name of ["pointerup", "pointercancel"]) this.box.addEventListener(name, done);
  }

  // To the place of the thing that the pointer is over.
  #over(item, { clientX, clientY }) {
    const other = this.items.find((one) => {
      const { left, right, top, bottom } = one.getBoundingClientRect();
      return clientX >= left && clientX <= right && clientY >= top && clientY <= bottom;
    });
    if (other && other !== item) this.#move(item, this.order.indexOf(this.#number(other)));
  }

  #key(event) {
    const item = this.#item(event), step = STEPS[event.key];
    if (!item || event.ctrlKey || event.metaKey || event.altKey) return;
    const i = this.items.indexOf(item);
    if (this.kind === "order" && step) this.#move(item, this.order.indexOf(this.#number(item)) + step);
    else if (this.kind === "point" && step) this.#choose(clamp(i + step, 0, this.items.length - 1));
    else if (this.kind === "point" && (event.key === " " || event.key === "Enter")) this.#choose(i);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #click(event) {
    const item = this.#item(event);
    if (this.kind === "point" && item) this.#choose(this.items.indexOf(item));
  }

  #choose(number) {
    this.items.forEach((item, i) => {
      item.tabIndex = i === number ? 0 : -1;
      item.setAttribute("aria-checked", i === number);
    });
    this.items[number].focus({ preventScroll: true });
    this.stage.set(this.name, number);
  }
}
