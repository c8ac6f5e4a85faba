// OVERLAY: a picture with a map over it, boxes, and what a hand paints, draws or drags on it.
import { el } from "../elements.js";
import { format } from "./axes.js";
import { cellPicture, shadeOf } from "./heat.js";
import { fitted } from "./marks.js";
import { Reach } from "./reach.js";

export class OverlayView {
  constructor(stage) {
    this.stage = stage;
    this.opacity = 0.6;
    this.image = new Image();
    this.image.addEventListener("load", () => this.paint());
    this.canvas = el("canvas", "stage-canvas stage-picture");
    this.slider = el("input");
    Object.assign(this.slider, { type: "range", min: 0, max: 100, value: 60 });
    this.slider.addEventListener("input", () => { this.opacity = this.slider.value / 100; this.paint(); });
    this.control = el("label", "stage-opacity", "Map", this.slider);
    this.node = el("div", "stage-overlay", "", this.canvas, this.control);
    this.reach = new Reach(stage, this.canvas, this);
  }

  get rect() { return { left: 0, top: 0, width: this.canvas.clientWidth, height: this.canvas.clientHeight }; }

  draw(panel, family, title) {
    Object.assign(this, { panel, range: family.range });
    this.node.style.setProperty("--ratio", panel.size[1] / panel.size[0]);
    this.control.hidden = !panel.map;
    this.slider.setAttribute("aria-label", "Opacity of the map");
    if (this.image.src !== panel.image) this.image.src = panel.image;
    this.reach.take(panel, title || "Picture", panel.grid);
    this.paint();
  }

  paint() {
    const { panel, image, opacity, stage: { roles } } = this;
    if (!panel || !this.canvas.clientWidth || !image.complete) return;
    const { ctx, width, height } = fitted(this.canvas);
    ctx.imageSmoothingEnabled = panel.smooth && Math.max(...panel.size) > 96;
    ctx.imageSmoothingQuality = "high";
    ctx.drawImage(image, 0, 0, width, height);
    if (panel.map) {
      ctx.globalAlpha = opacity;
      ctx.imageSmoothingEnabled = panel.smooth;
      ctx.drawImage(cellPicture(panel.map, (value) => this.#color(value)), 0, 0, width, height);
      ctx.globalAlpha = 1;
    }
    for (const [y0, y1, x0, x1] of panel.boxes ?? []) {
      for (const [color, line] of [["rgba(0, 0, 0, .6)", 4.5], [roles.mark("b"), 2.5]]) {
        ctx.strokeStyle = color;
        ctx.lineWidth = line;
        ctx.strokeRect(x0 * width, y0 * height, (x1 - x0) * width, (y1 - y0) * height);
      }
    }
    this.reach.draw(ctx, roles);
  }

  #color(value) {
    const [low, high] = this.range, { roles } = this.stage;
    if (!this.panel.signed) return shadeOf((value - low) / (high - low || 1), "cividis", roles);
    const most = Math.max(Math.abs(low), Math.abs(high)) || 1;
    return [...roles.parts(value < 0 ? "b" : "a"), Math.min(Math.abs(value) / most, 1) * 255];
  }

  // The cell of the map there, one after the other.
  pick(x, y) {
    const at = this.#cell(x, y);
    return at && at[0] * at[2] + at[1];
  }

  step(number, key) {
    const grid = this.panel.map, columns = grid ? grid[0].length : this.panel.grid[1], rows = grid ? grid.length : this.panel.grid[0];
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[key];
    return by === undefined ? null : Math.min(Math.max(number + by, 0), rows * columns - 1);
  }

  #cell(x, y) {
    const { width, height } = this.rect, { map, grid } = this.panel;
    const rows = map ? map.length : grid[0], columns = map ? map[0].length : grid[1];
    if (x < 0 || y < 0 || x >= width || y >= height) return null;
    return [Math.floor((y / height) * rows), Math.floor((x / width) * columns), columns];
  }

  tell(x, y) {
    const at = this.panel?.map && this.#cell(x, y);
    this.stage.tip(this.canvas, x, y, at ? [[format(this.panel.map[at[0]][at[1]])]] : []);
  }

  quiet() { this.stage.tip(); }
}
