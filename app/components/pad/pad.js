// PAD: one mix under the hand. Keeps what is chosen, paints it, sends it, and settles with mixcore.
import { Desk } from "./desk.js";
import { Hand } from "./hand.js";
import { Model, mismatch } from "./model.js";
import { apart, clamp } from "./mixing.js";
import { codeOf } from "./packing.js";
import { Painter } from "./painter.js";
import { Results } from "./results.js";
import { contents } from "./unpacking.js";
import { LAYERS, View } from "./view.js";

const REST = 150; // milliseconds without a movement, after which mixcore is asked
const NEAR = 5e-5; // shares that agree to four decimals
const NOW = { by: "now" };

class Pad {
  constructor(root) {
    this.root = root;
    this.find = (css) => root.querySelector(css);
    this.view = new View(root, (layer) => this.layer(layer));
    this.results = new Results(root);
    this.hand = new Hand(root, this);
    this.desk = new Desk(() => this.show());
    this.place = NOW;
    this.state = { layer: "mixed", opacity: 1, split: null, tool: null, radius: 4 };
    this.seq = 0;
    this.born = Date.now();
    this.walked = 0;
    this.painted = 0;
    this.painter = new Painter(this);
    this.#tools();
    this.keys = (event) => this.#shortcut(event);
    document.addEventListener("keydown", this.keys);
    this.left = () => { if (!document.fullscreenElement) this.fill(false); };
    document.addEventListener("fullscreenchange", this.left);
    this.sized = new ResizeObserver(([{ contentRect }]) => { this.view.wide = contentRect.width; this.show(); });
    this.sized.observe(this.find(".pad-view"));
  }

  close() {
    document.removeEventListener("keydown", this.keys);
    document.removeEventListener("fullscreenchange", this.left);
    if (this.isFull) this.fill(false);
    this.sized.disconnect();
    clearTimeout(this.resting);
  }

  get n() { return this.model.n; }
  get tool() { return this.hands.has("cells") ? "cells" : this.state.tool; }

  // A mix from Python. It settles what the hand did, unless the hand has moved on since.
  async update(data, send) {
    this.send = send;
    const latest = (this.latest = data);
    const names = [data.terms.a, data.terms.b, data.terms.field, data.terms.numbers, data.settled.picture, data.pinned?.picture];
    const found = new Map(await Promise.all(names.filter(Boolean).map(async (name) => [name, await contents(name)])));
    if (latest !== this.latest) return;
    const moved = data.seq < this.seq || this.waiting;
    const hand = this.data && !moved ? this.place : NOW;
    this.data = data;
    this.hands = new Set(data.hands);
    this.model = new Model(data.terms, (name) => found.get(name), data.account, data.used);
    if (this.swept?.name === data.terms.sweep) this.model.sweep(this.swept);
    this.before = data.pinned ? found.get(data.pinned.picture) : null;
    this.view.take(this.model);
    this.results.take(data);
    if (!moved) Object.assign(this.state, { layer: data.layer, opacity: data.opacity / 100 });
    this.#controls();
    if (moved && !this.#holds(this.place)) this.place = NOW;
    if (moved) this.show();
    else this.#settle(found.get(data.settled.picture), this.model.draws(hand) ? hand : NOW);
  }

  #holds(place) {
    return place.by === "now" || (place.by === "lam" ? this.hands.has("lam") : place.by === "box" ? this.hands.has("box") : this.hands.has("cells") || this.hands.has("brush"));
  }

  // Put mixcore's picture in the place of the preview, and say if the two do not agree.
  #settle(picture, place) {
    const frame = this.model.frame(place), { settled } = this.data;
    const far = apart(frame.picture, picture), weights = this.model.weights(place, frame.areas, frame);
    const off = [];
    if (far.most > 1) off.push(`by up to ${far.most} levels in ${far.many} pixels`);
    const differ = (one, other) => one && other?.length && one.some((v, i) => Math.abs(v - other[i]) > NEAR);
    if (differ(frame.areas, settled.areas)) off.push("in the area");
    if (differ(weights, settled.weights)) off.push("in the label");
    this.data.rows.forEach((row) => {
      if (/^(map|exact|term):/.test(row.source) && differ(this.#shares(row, frame, weights, place), row.shares)) off.push(`in “${row.title}”`);
    });
    this.root.dataset.off = far.most;
    this.picture = this.last = picture;
    this.place = NOW;
    const report = { ...this.data.report, place, pixels: far, preview: { areas: frame.areas, weights }, mixcore: settled };
    this.off = off.length ? [off.join(", "), JSON.stringify(report, null, 1)] : null;
    this.#tell("settled");
    this.show();
    this.results.say(this.#spoken(settled));
  }

  #tell(state) {
    this.root.dataset.state = state;
    this.results.tell(state, state === "settled" ? this.off?.[0] : null, this.off?.[1]);
  }

  // The hand is somewhere else: paint it now, and ask mixcore once it rests.
  move(place) {
    this.place = place;
    this.picture = null;
    this.#tell("moving");
    this.show();
    if (place.by === "lam") this.reach();
    this.#question();
    this.#ask(place.by === "lam" ? { how: "by hand", lam: place.i / 100 }
      : place.by === "box" ? { how: "box", rows: place.box.slice(0, 2), columns: place.box.slice(2) }
        : { how: "painted", mask: () => codeOf(place.cells) });
  }

  // The hand is at the lam slider: get what the mix is at all of its steps, once a mix.
  async reach() {
    const { route, terms } = this.data ?? {}, name = terms?.sweep;
    if (!name || !route || this.swept?.name === name || this.reaching === name) return;
    this.reaching = name;
    const swept = await this.desk.sweep(route, terms, this.model.field);
    if (this.reaching === name) this.reaching = null;
    if (swept) {
      this.swept = swept;
      if (this.data.terms.sweep === name) this.model.sweep(swept);
    }
    if (this.place.by !== "lam" || this.picture) return;
    this.show();
    this.#question();
  }

  // Ask about this place, unless the browser knows it, or will in a moment.
  #question() {
    const { route } = this.data, { place } = this;
    if (route && !this.reaching && !this.model.knows(place)) this.desk.ask(route, place);
  }

  #ask(values) {
    this.waiting = { ...this.waiting, ...values };
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.#send(), REST);
  }

  #send() {
    const values = Object.fromEntries(Object.entries(this.waiting).map(([k, v]) => [k, typeof v === "function" ? v() : v]));
    this.waiting = null;
    this.seq = Math.max(this.seq, this.data.seq) + 1;
    this.send("hand", { seq: this.seq, gesture: this.hand.gesture, values });
  }

  layer(layer) {
    this.state.layer = layer;
    this.#ask({ layer });
    this.#choose();
    this.show();
  }

  split(split) {
    this.state.split = split === null ? null : clamp(split, 0, 1);
    this.show();
  }

  // The picture, its sentence and its bars over the whole screen, for who sits far away.
  fill(full) {
    this.isFull = full;
    this.root.classList.toggle("pad-full", full);
    const button = this.find(".pad-whole");
    button.setAttribute("aria-pressed", full);
    button.querySelector("span").textContent = full ? "Leave, Esc" : "Full screen";
    // Where the browser refuses, the whole window has to do.
    if (full) document.documentElement.requestFullscreen?.().catch(() => {});
    else if (document.fullscreenElement) document.exitFullscreen();
  }

  // Arrows on the picture: to the next cell, or to another pixel.
  walk(dy, dx, far) {
    if (this.tool) this.results.say(this.painter.walk(dy, dx));
    else {
      const step = far ? 16 : 1, { x, y } = this.pixel ?? { x: this.n / 2, y: this.n / 2 };
      this.pixel = { x: clamp(x + dx * step, 0, this.n - 1), y: clamp(y + dy * step, 0, this.n - 1) };
    }
    this.show();
  }

  peek(pixel, point) {
    if (pixel) this.pixel = pixel;
    this.point = point;
    this.show();
  }

  boxNow() {
    const shape = this.model.shape(this.place);
    return shape.kind === "box" ? shape.box : null;
  }

  show() {
    if (this.asked || !this.model) return;
    this.asked = requestAnimationFrame(() => { this.asked = null; this.#paint(); });
  }

  #paint() {
    const { view, results, data, place } = this, begun = performance.now();
    const drawable = this.model.draws(place), answer = this.desk.to(place);
    const frame = this.model.frame(drawable ? place : NOW);
    const picture = this.picture ?? (drawable ? frame.picture : answer?.picture ?? frame.picture);
    if (answer && !drawable) frame.areas = answer.areas;
    const show = { ...this.state, see: data.see, before: this.before, missing: data.missing, unused: data.unused };
    Object.assign(show, { used: this.picture ? null : answer?.used ?? this.desk.answer?.used, old: !this.picture && !answer });
    view.draw(frame, picture, show);
    const drawn = performance.now() - begun;
    const focused = this.root.querySelector(".pad-surface:focus-visible");
    view.place(this.hands.has("box") && this.state.split === null && !this.view.isElsewhere(this.state.layer) ? this.boxNow() : null, data.names[1]);
    view.mark({ ...this.painter.marks(this.point, focused), pixel: !this.tool && focused ? this.pixel : null });
    this.#numbers(frame, drawable);
    results.look(this.model, frame, picture, this.pixel ?? { x: this.n >> 1, y: this.n >> 1 });
    this.#divide();
    if (this.painted++ % 3 === 0 || this.picture) view.drawSmall(frame, picture, show);
    this.root.dataset.painted = this.painted;
    this.root.dataset.drawn = drawn.toFixed(2);
    this.root.dataset.cost = (performance.now() - begun).toFixed(2);
  }

  #shares(row, frame, weights, place, drawable = true) {
    const [kind, name] = row.source.split(":");
    if (!drawable && /map|exact/.test(kind)) return undefined;
    switch (kind) {
      case "lam": return place.by === "lam" ? [place.i / 100, 1 - place.i / 100] : null;
      case "area": return frame.areas;
      case "term": return this.#account(frame, place)?.terms.find((term) => term.name.toLowerCase() === name.toLowerCase())?.shares;
      case "label": return weights ?? undefined;
      case "map": return this.model.seen(name, frame)?.worth;
      case "exact": return name === "own" ? this.model.seen("exact mask", frame)?.worth : this.model.seenPixels("exact mask", frame);
    }
    return undefined;
  }

  // The label as arithmetic: settled, worked out here, or as the server answered; else undefined.
  #account(frame, place) {
    if (this.picture) return this.data.account;
    return this.data.account && (this.model.knows(place) ? this.model.sum(frame) : this.desk.to(place)?.account);
  }

  #numbers(frame, drawable) {
    const { data, place } = this, settled = Boolean(this.picture);
    const weights = this.model.weights(place, frame.areas, frame) ?? (settled ? data.settled.weights : this.desk.to(place)?.weights);
    const kind = frame.at.even !== null ? "blend" : frame.at.hard ? "hard" : "soft";
    const judge = drawable ? this.#judge(frame) : undefined, known = weights ?? data.settled.weights;
    const gap = judge === undefined ? undefined : judge.worth ? mismatch(known, judge.worth) : null;
    this.results.show({
      settled, judge, account: this.#account(frame, place) ?? undefined, mismatch: settled ? data.settled.mismatch : gap,
      facts: { areas: frame.areas, weights: known, kind },
      shares: data.rows.map((row) => (settled ? row.shares : this.#shares(row, frame, weights, place, drawable))),
    });
    const slider = this.find(".pad-lam input"), i = place.by === "lam" ? place.i : Math.round((data.lam ?? frame.areas[0]) * 100);
    if (Number(slider.value) !== i && !(this.holding && document.activeElement === slider)) slider.value = i;
    slider.style.setProperty("--at", `${i}%`);
    const how = { now: data.how, lam: "by hand", box: "by the box", cells: "painted" }[place.by];
    this.find(".pad-lam output").textContent = `${place.by === "lam" ? (i / 100).toFixed(2) : (data.lam ?? frame.areas[0]).toFixed(2)} · ${how}`;
  }

  #judge(frame) {
    const { judge } = this.data;
    if (!judge) return undefined;
    const seen = this.model.seen(judge.see, frame);
    return judge.pixels ? { visible: seen.visible, worth: this.model.seenPixels(judge.see, frame) } : seen ?? undefined;
  }

  #spoken({ weights, mismatch: far }) {
    const [a, b] = this.data.names, [x, y] = weights.map((w) => Math.round(w * 100));
    const gap = typeof far === "number" ? ` Mismatch ${far.toFixed(2)}.` : "";
    return `${this.data.lam === null ? "" : `lam ${this.data.lam.toFixed(2)}. `}Label ${x} % ${a}, ${y} % ${b}.${gap}`;
  }

  #divide() {
    const { split } = this.state, divider = this.find(".pad-divider");
    divider.hidden = split === null;
    this.find(".pad-split").setAttribute("aria-pressed", split !== null);
    if (split === null) return;
    divider.style.left = `${split * 100}%`;
    divider.setAttribute("aria-valuenow", Math.round(split * 100));
    this.find(".pad-before").textContent = this.data.pinned ? "Pinned" : this.data.names[0];
    this.find(".pad-after").textContent = this.view.title(this.state.layer);
  }

  #choose() {
    const { layer, opacity } = this.state;
    this.view.choose(layer, this.data.titles[layer] ?? layer, this.data.names);
    this.find(".pad-opacity").hidden = layer === "mixed";
    this.find(".pad-opacity input").value = Math.round(opacity * 100);
    this.find(".pad-opacity output").textContent = `${Math.round(opacity * 100)} %`;
  }

  // What can be moved, and how it is called, for this mix.
  #controls() {
    const { data, hands } = this;
    this.find(".pad-undo").disabled = data.step <= 0;
    this.find(".pad-redo").disabled = data.step >= data.steps - 1;
    this.find(".pad-lam").hidden = !hands.has("lam");
    this.find(".pad-brush").hidden = !hands.has("brush");
    if (!hands.has("brush")) this.state.tool = null;
    else if (data.painting !== this.painting) this.state.tool = data.painting ? "brush" : null;
    this.painting = data.painting;
    this.find(".pad-paint").setAttribute("aria-pressed", this.state.tool === "brush");
    this.find(".pad-tag").textContent = `${data.names[1]} · drag me`;
    const surface = this.find(".pad-surface");
    surface.classList.toggle("pad-touchy", Boolean(this.tool));
    surface.setAttribute("aria-label", this.tool === "cells" ? "Cells of the mask: arrows move, Space swaps the photo of a cell"
      : this.tool === "brush" ? "Brush: arrows move, Space paints" : "Picture: arrows move to another pixel");
    surface.setAttribute("aria-description", this.tool ? "" : "its arithmetic is under This pixel");
    this.#choose();
  }

  #tools() {
    this.find(".pad-undo").addEventListener("click", () => this.#step(-1));
    this.find(".pad-redo").addEventListener("click", () => this.#step(1));
    this.find(".pad-split").addEventListener("click", () => this.split(this.state.split === null ? 0.5 : null));
    this.find(".pad-whole").addEventListener("click", () => this.fill(!this.isFull));
    this.find(".pad-paint").addEventListener("click", () => this.#brush());
    this.find(".pad-clear").addEventListener("click", () => {
      this.hand.begin();
      this.painter.clear();
    });
    this.find(".pad-brush input").addEventListener("input", (event) => { this.state.radius = Number(event.target.value); this.show(); });
    this.find(".pad-opacity input").addEventListener("input", (event) => {
      this.state.opacity = Number(event.target.value) / 100;
      this.#choose();
      this.show();
      this.#ask({ opacity: Number(event.target.value) });
    });
  }

  #brush() {
    if (!this.hands.has("brush")) return;
    this.state.tool = this.state.tool ? null : "brush";
    this.#controls();
    this.show();
  }

  // Back or forward. What mixcore has not heard of yet is taken back here.
  #step(by) {
    clearTimeout(this.resting);
    if (this.waiting && by < 0) {
      this.waiting = null;
      this.place = NOW;
      this.picture = this.last;
      this.#tell("settled");
      this.show();
    } else this.send("step", { pad: this.born, walked: (this.walked += by) });
  }

  #shortcut(event) {
    const field = event.target.closest?.("input:not([type=range]), textarea, select, [contenteditable=true]");
    if (field || !this.data || event.defaultPrevented) return;
    const key = event.key.toLowerCase();
    if ((event.ctrlKey || event.metaKey) && key === "z" && !event.altKey) {
      event.preventDefault();
      this.#step(event.shiftKey ? 1 : -1);
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^[1-9]$/.test(key) && !this.view.buttons[key - 1].hidden) this.layer(LAYERS[key - 1][0]);
    else if (key === "d") this.split(this.state.split === null ? 0.5 : null);
    else if (key === "b") this.#brush();
    else if (key === "f") this.fill(!this.isFull);
    else if (key === "escape" && this.isFull) this.fill(false);
    else return;
    event.preventDefault();
  }
}

const pads = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".pad-stage").parentElement;
  if (!pads.has(root)) pads.set(root, new Pad(root));
  const pad = pads.get(root);
  pad.update(data, setTriggerValue);
  // Streamlit may call this between two mixes, too; a pad ends with its place on the page.
  return () => setTimeout(() => { if (!root.isConnected) { pad.close(); pads.delete(root); } });
}
