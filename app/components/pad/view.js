// VIEW: the picture, its layers, the marks over it and the small layers below. Draws; decides nothing.
import { differenceLook, enlarged, lay, line, maskLook, middleOf, originLook, plainLook, seesLook } from "./looks.js";

export const LAYERS = [
  ["mixed", "Mixed"], ["mask", "Mask"], ["sees in A", "Sees in A"], ["sees in B", "Sees in B"],
  ["difference", "Difference"], ["origin", "Whose pixel"],
  ["used in A", "Map A"], ["used in B", "Map B"], ["used in mix", "Map"],
];
const SMALL = 4; // every fourth pixel of a small layer

export class View {
  constructor(root, choose) {
    const find = (css) => root.querySelector(css);
    this.canvas = find(".pad-picture");
    this.context = this.canvas.getContext("2d", { willReadFrequently: true });
    this.marks = find(".pad-marks");
    this.box = find(".pad-box");
    this.legend = find(".pad-legend");
    this.key = find(".pad-key");
    this.missing = find(".pad-missing");
    this.divider = find(".pad-divider");
    this.caption = find(".pad-caption");
    this.buttons = LAYERS.map(([name, title], i) => this.#button(find(".pad-layers"), name, title, i, choose));
    this.densities = new WeakMap();
  }

  #button(parent, name, title, i, choose) {
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("role", "radio");
    button.setAttribute("aria-label", title);
    button.innerHTML = `<canvas aria-hidden="true"></canvas><span><kbd>${i + 1}</kbd>${title}</span>`;
    button.addEventListener("click", () => choose(name));
    button.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      let next = i;
      do next = (next + step + LAYERS.length) % LAYERS.length; while (this.buttons[next].hidden);
      choose(LAYERS[next][0]);
      this.buttons[next].focus();
    });
    parent.append(button);
    return button;
  }

  // A new mix: sizes and what depends on the photos alone.
  take(model) {
    this.model = model;
    LAYERS.forEach(([name], i) => {
      if (!name.startsWith("used")) return;
      const map = model.used.get(name), button = this.buttons[i];
      button.hidden = !map;
      if (!map) return;
      button.setAttribute("aria-label", map.title);
      button.querySelector("span").lastChild.textContent = map.title;
    });
    const n = model.n;
    if (this.canvas.width !== n) this.canvas.width = this.canvas.height = n;
    this.image = new ImageData(n, n);
    this.scratch = new Uint8ClampedArray(n * n * 4);
    const small = n / SMALL;
    this.smalls = this.buttons.map((button) => {
      const canvas = button.querySelector("canvas");
      if (canvas.width !== small) canvas.width = canvas.height = small;
      return { context: canvas.getContext("2d"), image: new ImageData(small, small) };
    });
    this.still = true; // the layers that do not move are to be drawn once more
  }

  #density(map) {
    if (!this.densities.has(map)) this.densities.set(map, enlarged(map, this.model.n));
    return this.densities.get(map);
  }

  // One layer of a frame into `out`, RGBA of every `step`-th pixel; false where there is none.
  #layer(name, see, frame, picture, step, out) {
    const { model } = this, n = model.n, maps = model.maps.get(see);
    switch (name) {
      case "mixed": return plainLook(picture, n, step, out);
      case "mask": return maskLook(frame.at.mask, n, step, out);
      case "origin": return originLook(frame.at.mask, picture, n, step, out);
      case "difference": this.top = differenceLook(picture, model.a, n, step, out); return out;
      case "sees in A": return maps && seesLook(model.a, this.#density(maps[0]), n, step, out);
      case "sees in B": return maps && seesLook(model.b, this.#density(maps[1]), n, step, out);
    }
    const map = this.#used(name);
    return map ? seesLook([model.a, model.b, picture][map.source ?? 2], this.#density(map), n, step, out) : false;
  }

  // A map behind the label: of a clean photo, or of the mix as it is asked about now.
  #used(name) {
    return this.model.used.has(name) && (this.fresh?.find((map) => map.layer === name) ?? this.model.used.get(name));
  }

  // What is drawn: {layer, see, opacity, split, before, missing}. picture: RGBA of the mix.
  draw(frame, picture, show) {
    const { image, model } = this;
    this.fresh = show.used;
    const drawn = this.#layer(show.layer, show.see, frame, picture, 1, image.data);
    if (!drawn) plainLook(picture, model.n, 1, image.data);
    else if (show.layer !== "mixed") lay(image.data, picture, show.opacity);
    // What is covered of it: with a box, the box says so.
    if (drawn && show.layer.startsWith("sees") && frame.at.even === null && frame.shape.kind !== "box") line(frame.at.mask, model.n, image.data);
    const map = this.#used(show.layer);
    if (map?.outlined && (map.shape || (frame.at.even === null && frame.shape.kind !== "box"))) line(model.counted(map, frame).mask, model.n, image.data);
    const old = map && map.source === null && show.old;
    this.canvas.classList.toggle("pad-old", Boolean(old));
    this.missing.hidden = Boolean(drawn) && !old;
    if (!this.missing.hidden) this.missing.textContent = old ? "The map of this mix is being made; this is the one before." : show.layer.startsWith("used") ? show.unused : show.missing;
    this.caption.hidden = !map;
    if (map && this.caption.textContent !== map.caption) this.caption.textContent = map.caption;
    if (show.split !== null) this.#halve(show.before ?? model.a, show.split);
    this.context.putImageData(image, 0, 0);
    this.canvas.classList.toggle("pad-sharp", show.layer === "mask");
    this.#scale(show, drawn);
  }

  #halve(before, split) {
    const n = this.model.n, edge = Math.round(split * n);
    const from = new Uint32Array(before.buffer, before.byteOffset, n * n);
    const to = new Uint32Array(this.image.data.buffer);
    for (let y = 0; y < n; y++) to.set(from.subarray(y * n, y * n + edge), y * n);
  }

  #scale({ layer, see }, drawn) {
    const ends = this.legend.querySelectorAll("span");
    const map = this.#used(layer) || this.model.maps.get(see)?.[{ "sees in A": 0, "sees in B": 1 }[layer]];
    this.legend.hidden = !drawn || !(layer === "difference" || map);
    this.legend.classList.toggle("pad-split-scale", Boolean(map));
    if (layer === "difference") this.ends = ["0", `${(this.top / 2).toFixed(0)}`, `${this.top.toFixed(0)} ΔE`];
    else if (drawn && map) {
      const density = this.#density(map), said = (value) => value.toFixed(value < 10 ? 1 : 0);
      this.ends = [said(density.low), said(middleOf(density)), `${said(density.high)} ×`];
    } else this.ends = null;
    if (this.ends) ends.forEach((end, i) => { end.textContent = this.ends[i]; });
  }

  drawSmall(frame, picture, show) {
    LAYERS.forEach(([name], i) => {
      const { context, image } = this.smalls[i];
      if (this.buttons[i].hidden || (/^sees|used in [AB]/.test(name) && !this.still)) return;
      const top = this.top;
      if (!this.#layer(name, show.see, frame, picture, SMALL, image.data)) image.data.fill(0);
      if (name === "difference" && show.layer === "difference") this.top = top;
      context.putImageData(image, 0, 0);
    });
    this.still = false;
  }

  // Whether a layer has a place of its own in a clean photo, in which the box of the mix means nothing.
  isElsewhere(layer) {
    const map = this.model.used.get(layer);
    return Boolean(map?.shape) && map.source !== null;
  }

  // What a layer is called under its small picture.
  title(layer) {
    return this.model.used.get(layer)?.title ?? LAYERS.find(([name]) => name === layer)[1];
  }

  choose(layer, title, names) {
    this.key.hidden = layer !== "mask" && layer !== "origin";
    this.key.querySelectorAll("b").forEach((b, i) => { b.textContent = `${"AB"[i]}, ${names[i]}`; });
    this.legend.title = layer === "difference"
      ? "ΔE is the distance of two colours as people see them (CIE Lab): about 2 is just visible, 100 is black against white."
      : "Times the share that each place would have if all places had the same.";
    this.buttons.forEach((button, i) => {
      const on = LAYERS[i][0] === layer;
      button.setAttribute("aria-checked", on);
      button.tabIndex = on ? 0 : -1;
    });
    this.canvas.setAttribute("aria-label", title);
  }

  // The box, as parts of the picture.
  place(box, name) {
    this.box.hidden = !box;
    if (!box) return;
    const n = this.model.n, [y0, y1, x0, x1] = box.map((v) => (v / n) * 100);
    Object.assign(this.box.style, { top: `${y0}%`, height: `${y1 - y0}%`, left: `${x0}%`, width: `${x1 - x0}%` });
    this.box.classList.toggle("pad-low", y0 < 6);
    this.box.setAttribute("aria-label",
      `Box of ${name}: rows ${box[0]} to ${box[1]}, columns ${box[2]} to ${box[3]}. Arrows move it, Shift and arrows resize it.`);
  }

  // Marks over the picture, at the density of the screen: cells, the focused cell, the brush, a pixel.
  mark({ grid, cell, brush, pixel }) {
    const dense = window.devicePixelRatio || 1, side = Math.round((this.wide ?? this.model.n) * dense);
    if (this.marks.width !== side) this.marks.width = this.marks.height = side;
    const context = this.marks.getContext("2d"), scale = side / this.model.n;
    context.clearRect(0, 0, side, side);
    const outlined = (trace) => {
      for (const [colour, wide] of [["rgba(0,0,0,.65)", 3.5], ["#fff", 1.6]]) {
        Object.assign(context, { strokeStyle: colour, lineWidth: wide * dense });
        context.beginPath(); trace(); context.stroke();
      }
    };
    if (grid) {
      Object.assign(context, { strokeStyle: "rgba(255,255,255,.34)", lineWidth: dense });
      context.beginPath();
      const high = Math.ceil(this.model.n / grid.rows) * scale, wide = Math.ceil(this.model.n / grid.columns) * scale;
      for (let y = high; y < side - 1; y += high) { context.moveTo(0, y); context.lineTo(side, y); }
      for (let x = wide; x < side - 1; x += wide) { context.moveTo(x, 0); context.lineTo(x, side); }
      context.stroke();
      if (cell) outlined(() => context.rect(cell.column * wide + 1, cell.row * high + 1, wide - 2, high - 2));
    }
    if (brush) outlined(() => context.arc(brush.x * scale, brush.y * scale, brush.radius * scale, 0, 7));
    if (pixel) outlined(() => context.rect((pixel.x - 2) * scale, (pixel.y - 2) * scale, 5 * scale, 5 * scale));
  }
}
