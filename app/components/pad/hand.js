// HAND: pointers and keys, turned into places. One gesture, from down to up, is one entry of history.

import { clamp } from "./mixing.js";

const PAUSE = 900; // milliseconds after which the next key press is a new gesture
const ARROWS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

export class Hand {
  constructor(root, pad) {
    this.pad = pad;
    this.root = root;
    const find = (css) => root.querySelector(css);
    this.view = find(".pad-view");
    this.surface = find(".pad-surface");
    this.box = find(".pad-box");
    this.gesture = 0;
    this.pressed = -Infinity;
    this.#box();
    this.#surface();
    this.#divider(find(".pad-divider"));
    this.#slider(find(".pad-lam input"));
  }

  // A number that no other gesture has, also after the pad was drawn anew.
  begin() { this.gesture = Math.max(Date.now(), this.gesture + 1); }

  // A key press is its own gesture unless it follows another closely.
  #key(event) {
    if (event.timeStamp - this.pressed > PAUSE) this.begin();
    this.pressed = event.timeStamp;
  }

  #at(event) {
    const rect = this.view.getBoundingClientRect(), n = this.pad.n;
    return { x: ((event.clientX - rect.left) / rect.width) * n, y: ((event.clientY - rect.top) / rect.height) * n };
  }

  // Follow a pointer from down to up. move(point) is called for every movement.
  #follow(event, target, move) {
    event.preventDefault();
    target.setPointerCapture(event.pointerId);
    this.begin();
    this.pad.holding = true;
    const moved = (next) => move(this.#at(next));
    const done = () => {
      this.pad.holding = false;
      target.removeEventListener("pointermove", moved);
      for (const name of ["pointerup", "pointercancel"]) target.removeEventListener(name, done);
    };
    target.addEventListener("pointermove", moved);
    for (const name of ["pointerup", "pointercancel"]) target.addEventListener(name, done);
  }

  #box() {
    this.box.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      this.box.focus({ preventScroll: true });
      const start = this.#at(event), box = this.pad.boxNow(), end = event.target.dataset.end;
      this.#follow(event, this.box, (point) => {
        const dy = Math.round(point.y - start.y), dx = Math.round(point.x - start.x);
        this.pad.move({ by: "box", box: end ? stretched(box, end, dy, dx, this.pad.n) : shifted(box, dy, dx, this.pad.n) });
      });
    });
    this.box.addEventListener("keydown", (event) => {
      const arrow = ARROWS[event.key];
      if (!arrow || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      this.#key(event);
      const step = event.altKey ? 1 : 8, [dy, dx] = arrow.map((v) => v * step), box = this.pad.boxNow(), n = this.pad.n;
      this.pad.move({ by: "box", box: event.shiftKey ? stretched(box, "se", dy, dx, n) : shifted(box, dy, dx, n) });
    });
  }

  #surface() {
    const { pad } = this;
    this.view.addEventListener("pointermove", (event) => {
      const point = this.#at(event);
      pad.peek({ x: clamp(Math.floor(point.x), 0, pad.n - 1), y: clamp(Math.floor(point.y), 0, pad.n - 1) }, point);
    });
    this.view.addEventListener("pointerleave", () => pad.peek(null, null));
    this.surface.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      this.surface.focus({ preventScroll: true });
      const start = this.#at(event);
      if (pad.tool === "cells" || pad.tool === "brush") {
        const value = pad.painter.other(start);
        this.#follow(event, this.surface, (point) => pad.painter.paint(point, value));
        pad.painter.paint(start, value);
      } else if (pad.hands.has("box") && event.pointerType !== "touch") {
        this.#follow(event, this.surface, (point) => pad.move({ by: "box", box: spanned(start, point, pad.n) }));
      }
    });
    this.surface.addEventListener("keydown", (event) => {
      const arrow = ARROWS[event.key];
      if (arrow && !event.ctrlKey && !event.metaKey) {
        event.preventDefault();
        pad.walk(...arrow, event.shiftKey);
      } else if ((event.key === " " || event.key === "Enter") && pad.tool) {
        event.preventDefault();
        this.#key(event);
        const point = pad.painter.point();
        pad.painter.paint(point, pad.painter.other(point));
      }
    });
    this.surface.addEventListener("focus", () => pad.show());
    this.surface.addEventListener("blur", () => pad.show());
  }

  #divider(divider) {
    divider.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      divider.focus({ preventScroll: true });
      this.#follow(event, divider, ({ x }) => this.pad.split(x / this.pad.n));
    });
    divider.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -0.02, ArrowRight: 0.02, Home: -1, End: 1 }[event.key];
      if (!step) return;
      event.preventDefault();
      this.pad.split(this.pad.state.split + step);
    });
  }

  #slider(slider) {
    slider.addEventListener("pointerdown", () => { this.begin(); this.pad.holding = true; });
    for (const name of ["pointerup", "pointercancel"]) slider.addEventListener(name, () => { this.pad.holding = false; });
    slider.addEventListener("keydown", (event) => { if (event.key in ARROWS || /^(Page|Home|End)/.test(event.key)) this.#key(event); });
    for (const name of ["pointerenter", "pointerdown", "focus"]) slider.addEventListener(name, () => this.pad.reach());
    slider.addEventListener("input", () => this.pad.move({ by: "lam", i: Number(slider.value) }));
  }
}

function shifted([y0, y1, x0, x1], dy, dx, n) {
  dy = clamp(dy, -y0, n - y1);
  dx = clamp(dx, -x0, n - x1);
  return [y0 + dy, y1 + dy, x0 + dx, x1 + dx];
}

// The box with the sides or corner `end` moved; never thinner than a pixel.
function stretched([y0, y1, x0, x1], end, dy, dx, n) {
  if (end.includes("n")) y0 = clamp(y0 + dy, 0, y1 - 1);
  if (end.includes("s")) y1 = clamp(y1 + dy, y0 + 1, n);
  if (end.includes("w")) x0 = clamp(x0 + dx, 0, x1 - 1);
  if (end.includes("e")) x1 = clamp(x1 + dx, x0 + 1, n);
  return [y0, y1, x0, x1];
}

function spanned(one, other, n) {
  const ends = (a, b) => [a, b].map((v) => clamp(Math.round(v), 0, n)).sort((p, q) => p - q);
  return [...ends(one.y, other.y), ...ends(one.x, other.x)];
}
