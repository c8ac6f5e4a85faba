// HEAT: cells by their value, on cividis or in a color that fades into the page.
import { el } from "../elements.js";
import { clamp, format } from "./axes.js";
import { drawWord, fitted, FACE } from "./marks.js";
import { drawCell, Reach } from "./reach.js";

const CIVIDIS = [
  "#00224E", "#123570", "#3B496C", "#575D6D", "#707173", "#8A8678", "#A59C74", "#C3B369", "#E1CC55", "#FEE838",
].map((hex) => [1, 3, 5].map((i) => Number.parseInt(hex.slice(i, i + 2), 16)));

function blended(one, other, share) { return one.map((v, i) => v + (other[i] - v) * share); }

// Red, green, blue of a share of the scale.
export function shadeOf(share, color, roles) {
  if (color !== "cividis") return blended(roles.parts("card"), roles.parts(color), share);
  const at = clamp(share, 0, 1) * (CIVIDIS.length - 1), low = Math.min(Math.floor(at), CIVIDIS.length - 2);
  return blended(CIVIDIS[low], CIVIDIS[low + 1], at - low);
}

// A canvas of a pixel a cell; color(value) gives red, green, blue and perhaps opacity.
export function cellPicture(values, color) {
  const rows = values.length, columns = values[0].length, pixels = new ImageData(columns, rows);
  values.flat().forEach((value, i) => {
    if (value !== null) pixels.data.set([...color(value).map(Math.round), 255].slice(0, 4), i * 4);
  });
  const canvas = new OffscreenCanvas(columns, rows);
  canvas.getContext("2d").putImageData(pixels, 0, 0);
  return canvas;
}

export class HeatView {
  walks = true;

  constructor(stage) {
    this.stage = stage;
    this.canvas = el("canvas", "stage-canvas stage-cells");
    this.up = el("p", "stage-axis");
    this.across = el("p", "stage-axis stage-across");
    this.scale = el("p", "stage-scale", "", el("span"), el("i"), el("span"));
    this.node = el("div", "stage-heat", "", this.up, this.canvas, this.across, this.scale);
    this.reach = new Reach(stage, this.canvas, this);
  }

  get rect() { return { left: 0, top: 0, width: this.canvas.clientWidth, height: this.canvas.clientHeight }; }

  draw(panel, family, title) {
    Object.assign(this, { panel, range: family.range });
    this.rows = panel.values.length;
    this.columns = panel.values[0].length;
    this.node.style.setProperty("--ratio", clamp(this.columns / this.rows, 0.4, 3.2));
    this.up.textContent = panel.y;
    this.across.textContent = panel.x;
    this.reach.take(panel, `${title || "Map"}, ${this.rows} by ${this.columns} cells. Arrow keys read a cell`, [this.rows, this.columns]);
    this.paint();
  }

  #share(value) {
    const [low, high] = this.range;
    return clamp((value - low) / (high - low || 1), 0, 1);
  }

  paint() {
    if (!this.panel || !this.canvas.clientWidth) return;
    const { panel, stage: { roles } } = this, color = (value) => shadeOf(this.#share(value), panel.color, roles);
    const { ctx, width, height } = fitted(this.canvas);
    ctx.imageSmoothingEnabled = false;
    ctx.drawImage(cellPicture(panel.values, color), 0, 0, width, height);
    this.#drawTexts(ctx, width / this.columns, height / this.rows, color);
    const chosen = this.#chosen();
    if (chosen) drawCell(ctx, chosen[1] * (width / this.columns), chosen[0] * (height / this.rows), width / this.columns, height / this.rows);
    this.reach.draw(ctx, roles);
    this.#drawScale(color);
  }

  #drawTexts(ctx, wide, high, color) {
    const size = Math.min(14, high * 0.42);
    if (size < 8) return;
    this.panel.labels.forEach((row, i) => row.forEach((text, k) => {
      const value = this.panel.values[i][k], [red, green, blue] = value === null ? [255, 255, 255] : color(value);
      const dark = red * 0.3 + green * 0.59 + blue * 0.11 < 140;
      drawWord(ctx, text, (k + 0.5) * wide, (i + 0.5) * high, { color: dark ? "#fff" : "#000", align: "center", font: `600 ${size}px ${FACE}` });
    }));
  }

  #drawScale(color) {
    const [low, high] = this.range, [first, bar, last] = this.scale.children;
    first.textContent = format(Math.abs(low) < (high - low) * 1e-6 ? 0 : low);
    last.textContent = format(high);
    const stops = [0, 0.25, 0.5, 0.75, 1].map((share) => `rgb(${color(low + share * (high - low)).map(Math.round).join(" ")})`);
    bar.style.background = `linear-gradient(90deg, ${stops.join(", ")})`;
  }

  // The cell that is outlined: where the hand is, or where the keys are.
  #chosen() {
    if (this.reach.kind === "point") return this.#cellOf(Number(this.reach.value ?? 0));
    return this.reach.kind === "" && this.canvas.matches(":focus-visible") ? this.reach.cursor : null;
  }

  #cellOf(number) { return [Math.floor(number / this.columns), number % this.columns]; }

  #at(x, y) {
    const { width, height } = this.rect;
    return [clamp(Math.floor((y / height) * this.rows), 0, this.rows - 1), clamp(Math.floor((x / width) * this.columns), 0, this.columns - 1)];
  }

  pick(x, y) {
    const [row, column] = this.#at(x, y);
    return row * this.columns + column;
  }

  step(number, key) {
    const [row, column] = this.#cellOf(number);
    const next = { ArrowLeft: [row, column - 1], ArrowRight: [row, column + 1], ArrowUp: [row - 1, column], ArrowDown: [row + 1, column] }[key];
    if (!next) return null;
    return clamp(next[0], 0, this.rows - 1) * this.columns + clamp(next[1], 0, this.columns - 1);
  }

  tellNumber(number) { this.#tellCell(...this.#cellOf(number), true); }

  // Keys read the cells one by one where a hand sets none.
  walk(dx, dy) {
    const [row, column] = this.reach.cursor;
    this.reach.cursor = [clamp(row + dy, 0, this.rows - 1), clamp(column + dx, 0, this.columns - 1)];
    this.#tellCell(...this.reach.cursor, true);
    this.paint();
  }

  tell(x, y) { this.#tellCell(...this.#at(x, y)); }
  quiet() { this.stage.tip(); }

  #tellCell(row, column, aloud) {
    const { width, height } = this.rect, { panel } = this;
    const text = `${panel.y || "row"} ${row + 1}, ${panel.x || "column"} ${column + 1}: ${format(panel.values[row][column])}`;
    this.stage.tip(this.canvas, ((column + 0.5) * width) / this.columns, ((row + 0.5) * height) / this.rows, [[text]]);
    if (aloud) this.stage.say(text);
  }
}
