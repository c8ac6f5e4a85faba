// STAGE: a lab's moment, frame by frame under the hand: its panels, sentence, number and hero slider.
import { el } from "../elements.js";
import { BarsView } from "./bars.js";
import { clamp } from "./axes.js";
import { familyOf } from "./family.js";
import { FilmView } from "./film.js";
import { GalleryView } from "./gallery.js";
import { HeatView } from "./heat.js";
import { OverlayView } from "./overlay.js";
import { PlaneView } from "./plane.js";
import { Roles, inkOf } from "./roles.js";
import { SoundView } from "./sound.js";
import { WordsView } from "./wordlist.js";

const REST = 250; // milliseconds without a movement, after which the server hears of it
const VIEWS = {
  curve: PlaneView, scatter: PlaneView, heat: HeatView, bars: BarsView, images: GalleryView,
  overlay: OverlayView, film: FilmView, sound: SoundView, words: WordsView,
};

class Stage {
  constructor(root) {
    this.root = root;
    this.seq = 0;
    this.fresh = new Map(); // what the hand has set, and the server has not answered
    this.waiting = null;
    this.slots = [];
    this.sentence = el("p", "stage-sentence");
    this.number = el("p", "stage-number");
    this.longest = el("div", "stage-longest");
    this.longest.setAttribute("aria-hidden", "true");
    this.words = el("div", "stage-says", "", this.sentence, this.number, this.longest);
    this.main = el("div", "stage-main");
    this.helpers = el("div", "stage-helpers");
    this.tipped = el("div", "stage-tip");
    this.tipped.hidden = true;
    this.spoken = el("p", "stage-unseen");
    this.spoken.setAttribute("aria-live", "polite");
    this.#hero();
    this.grid = el("div", "stage-grid", "", this.words, this.main, this.helpers);
    root.append(this.grid, this.tipped, this.spoken);
    this.roles = new Roles(root, () => this.#paint());
    this.sized = new ResizeObserver(() => this.#paint());
    this.sized.observe(this.words);
  }

  close() {
    this.sized.disconnect();
    clearTimeout(this.resting);
    for (const { view } of this.slots) view.close?.();
  }

  #hero() {
    this.slider = el("input");
    Object.assign(this.slider, { type: "range", min: 0, step: 1 });
    this.output = el("output");
    this.label = el("b");
    this.help = el("span", "stage-help");
    this.hero = el("label", "stage-hero", "", this.label, this.slider, this.output, this.help);
    this.slider.addEventListener("input", () => this.#scrub(Number(this.slider.value)));
    this.slider.addEventListener("pointerdown", () => { this.holding = true; });
    for (const name of ["pointerup", "pointercancel"]) {
      this.slider.addEventListener(name, () => { this.holding = false; this.released(); });
    }
  }

  // Frames from Python. What they say holds, but for what the hand has set since they were asked for.
  update(data, send) {
    this.send = send;
    if (this.holding) { this.pending = data; return; }
    this.pending = null;
    if (!this.waiting && data.seq >= this.seq) this.fresh.clear();
    this.data = data;
    const { hero, frames } = data;
    this.hero.hidden = !hero || frames.length < 2;
    if (hero) {
      this.slider.max = frames.length - 1;
      this.label.textContent = hero.label;
      this.help.textContent = hero.help ?? "";
      this.slider.setAttribute("aria-label", hero.label);
    }
    this.families = frames[0].panels.map((_, slot) => {
      const kinds = data.panels[frames[0].panels[slot]].kind;
      return familyOf([...new Set(frames.map((frame) => frame.panels[slot]))].map((i) => data.panels[i]).filter((panel) => panel?.kind === kinds));
    });
    this.#show();
  }

  // The number of the frame that is shown.
  get at() {
    const { hero, at, frames } = this.data;
    const moved = hero && this.fresh.has(hero.name) ? hero.values.indexOf(this.fresh.get(hero.name)) : -1;
    return clamp(moved < 0 ? at : moved, 0, frames.length - 1);
  }

  handOf(name) { return name ? this.data.hands?.[name] : undefined; }
  valueOf(name) { return this.fresh.has(name) ? this.fresh.get(name) : this.handOf(name)?.value; }
  isFresh(name) { return this.fresh.has(name); }

  // A hand sets a parameter: kept here at once, told to the server once it rests.
  set(name, value) {
    this.fresh.set(name, value);
    if (this.waiting && this.waiting.name !== name) this.#report();
    this.waiting = { name, value };
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.#report(), REST);
  }

  #report() {
    clearTimeout(this.resting);
    const { name, value } = this.waiting;
    this.waiting = null;
    this.seq = Math.max(this.seq, this.data.seq) + 1;
    this.root.dataset.told = `${name}=${value}`;
    this.send({ seq: this.seq, name, value });
    this.#speak();
  }

  // The hand is off: what arrived meanwhile is shown.
  released() {
    if (this.pending) this.update(this.pending, this.send);
  }

  #scrub(i) {
    const { name, values } = this.data.hero;
    this.set(name, values[i]);
    this.#show();
  }

  #show() {
    const { data, at } = this, frame = data.frames[at];
    fillSentence(this.sentence, frame);
    fillNumber(this.number, frame);
    if (data.hero) {
      const text = data.hero.texts[at] ?? "";
      if (Number(this.slider.value) !== at) this.slider.value = at;
      this.output.textContent = text;
      this.slider.setAttribute("aria-valuetext", text);
      this.slider.style.setProperty("--at", `${(at / Math.max(data.frames.length - 1, 1)) * 100}%`);
    }
    this.#reserve();
    frame.panels.forEach((number, slot) => this.#draw(slot, number));
    for (const { node, view } of this.slots.splice(frame.panels.length)) { view.close?.(); node.remove(); }
    this.root.dataset.frame = at;
  }

  #draw(slot, number) {
    const panel = this.data.panels[number];
    let place = this.slots[slot];
    if (place?.kind !== panel.kind) place = this.#open(slot, panel.kind);
    place.title.textContent = panel.title;
    place.title.hidden = !panel.title;
    place.caption.textContent = panel.caption;
    place.caption.hidden = !panel.caption;
    place.view.draw(panel, this.families[slot], panel.title);
  }

  #open(slot, kind) {
    const view = this.make(kind), title = el("h3", "cap"), caption = el("p", "stage-caption");
    const node = el("section", slot ? "stage-helper" : "stage-panel", "", title, el("div", "stage-ground", "", view.node), caption);
    node.dataset.kind = kind;
    if (slot === 0) this.main.replaceChildren(node, this.hero);
    else if (this.slots[slot]) this.slots[slot].node.replaceWith(node);
    else this.helpers.append(node);
    this.slots[slot]?.view.close?.();
    this.slots[slot] = { kind, view, title, caption, node };
    if (slot === 0) node.append(this.hero);
    this.sized.observe(view.node);
    return this.slots[slot];
  }

  make(kind) { return new VIEWS[kind](this); }

  // How high pictures on a panel may be.
  heightOf(node) {
    const probe = node.closest(".stage-helper") ? "--helper-high" : "--stage-high";
    this.measure ??= this.grid.appendChild(el("i", "stage-measure"));
    this.measure.style.height = `var(${probe})`;
    return this.measure.getBoundingClientRect().height;
  }

  #paint() {
    this.#reserve();
    for (const { view } of this.slots) view.paint();
  }

  // Room for the longest words of all frames, measured again where the width has changed.
  #reserve() {
    const { data, longest, words } = this, wide = words.clientWidth;
    if (!data || (this.reserved?.data === data && this.reserved.wide === wide)) return;
    this.reserved = { data, wide };
    const sentence = el("p", "stage-sentence"), number = el("p", "stage-number");
    longest.replaceChildren(sentence, number);
    const heights = data.frames.map((frame) => {
      fillSentence(sentence, frame);
      fillNumber(number, frame);
      return longest.getBoundingClientRect().height;
    });
    longest.replaceChildren();
    words.style.minHeight = `${Math.max(...heights)}px`;
  }

  #speak() {
    const { sentence, number } = this.data.frames[this.at];
    this.say(`${sentence.map(([text]) => text).join("")} ${number.text} ${number.meaning}`);
  }

  say(text) { this.spoken.textContent = text; }

  // A tip at this place of a node: rows of text and perhaps a color; none hides it.
  tip(node, x, y, rows = []) {
    this.tipped.hidden = !rows.length;
    if (!rows.length) return;
    this.tipped.replaceChildren(...rows.map(([text, color]) => {
      const row = el("span", "", text);
      if (color) row.style.color = inkOf(color);
      return row;
    }));
    const whole = this.root.getBoundingClientRect(), ground = node.getBoundingClientRect();
    const { width, height } = this.tipped.getBoundingClientRect();
    const left = ground.left - whole.left + x, top = ground.top - whole.top + y;
    this.tipped.style.left = `${clamp(left + 14 + width > whole.width ? left - width - 14 : left + 14, 0, Math.max(whole.width - width, 0))}px`;
    this.tipped.style.top = `${clamp(top - height - 12, 0, Math.max(whole.height - height, 0))}px`;
  }
}

function fillSentence(place, { sentence }) {
  place.replaceChildren(...sentence.map(([text, color]) => {
    // A number in color keeps its unit beside it.
    const part = el("span", color && text.length < 20 ? "stage-unbroken" : "", text);
    if (color) part.style.color = inkOf(color);
    return part;
  }));
}

function fillNumber(place, { number }) {
  const big = el("b", "", number.text);
  big.style.color = inkOf(number.color);
  place.replaceChildren(big, el("span", "", number.meaning));
}

const stages = new WeakMap();

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".stage-whole");
  if (!stages.has(root)) stages.set(root, new Stage(root));
  const stage = stages.get(root);
  stage.update(data, (hand) => setStateValue("hand", hand));
  // Streamlit may call this between two answers, too; a stage ends with its place on the page.
  return () => setTimeout(() => { if (!root.isConnected) { stage.close(); stages.delete(root); } });
}
