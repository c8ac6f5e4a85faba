// FLAT: two axes on a canvas, with ticks where the panel is a curve, equal scales where it is a scatter.
import { Axis, format, spread, ticksOf } from "./axes.js";
import { cellPicture, shadeOf } from "./heat.js";
import { FACE, drawWord, wrapped } from "./marks.js";

const LINE = 17, LABEL = `600 14px ${FACE}`, SMALL = 460; // pixels under which lines are named in the key

export class Flat {
  constructor(ctx, panel, family, width, height) {
    Object.assign(this, { ctx, panel, family, width, deep: false });
    this.log = { x: panel.log.includes("x"), y: panel.log.includes("y") };
    const ticks = panel.kind === "curve";
    this.ticks = ticks ? { x: ticksOf(family.x, width / 110, this.log.x), y: ticksOf(family.y, height / 62, this.log.y) } : { x: [], y: [] };
    ctx.font = `13px ${FACE}`;
    const left = ticks ? Math.max(0, ...this.ticks.y.map((t) => ctx.measureText(format(t)).width)) + 12 : 6;
    const top = panel.y ? 26 : 10, bottom = (ticks ? 24 : 6) + (panel.x ? 20 : 0);
    this.#ends();
    this.rect = { left, top, width: Math.max(width - left - this.#room(ticks), 10), height: Math.max(height - top - bottom, 10) };
    this.#axes();
  }

  // Which lines are named at their ends, with their words in lines of their own.
  #ends() {
    const { ctx, panel, width } = this;
    this.labels = [];
    if (width < SMALL) return;
    ctx.font = LABEL;
    for (const line of panel.lines) {
      const i = line.x.findLastIndex((v, k) => v !== null && line.y[k] !== null);
      if (line.title && i >= 0) this.labels.push({ line, at: [line.x[i], line.y[i]], words: wrapped(ctx, line.title, Math.min(150, width * 0.22)) });
    }
  }

  #room(ticks) {
    this.ctx.font = LABEL;
    const widest = Math.max(0, ...this.labels.flatMap(({ words }) => words.map((w) => this.ctx.measureText(w).width)));
    return widest ? widest + 16 : ticks ? 14 : 6;
  }

  #axes() {
    const { family, rect, log } = this;
    let { x, y } = family;
    if (this.panel.kind === "scatter") [x, y] = this.#equal(x, y);
    this.x = new Axis(x, rect.left, rect.left + rect.width, log.x);
    this.y = new Axis(y, rect.top + rect.height, rect.top, log.y);
  }

  // The shorter range widened around its middle, so that both have the same scale.
  #equal(x, y) {
    const { width, height } = this.rect, unit = Math.max((x[1] - x[0]) / width, (y[1] - y[0]) / height);
    const wide = ([low, high], pixels) => [(low + high - unit * pixels) / 2, (low + high + unit * pixels) / 2];
    return [wide(x, width), wide(y, height)];
  }

  place([x, y]) {
    return { x: x === null ? NaN : this.x.at(x), y: y === null ? NaN : this.y.at(y), far: 0 };
  }

  // Axes behind everything, and a map behind them.
  drawGround(roles) {
    const { ctx, panel, rect } = this, color = roles.mark("mute");
    if (panel.ground) this.#drawMap(panel, roles);
    ctx.strokeStyle = roles.mark("line");
    ctx.lineWidth = 1;
    for (const tick of this.ticks.y) {
      const y = Math.round(this.y.at(tick)) + 0.5;
      ctx.beginPath();
      ctx.moveTo(rect.left, y);
      ctx.lineTo(rect.left + rect.width, y);
      ctx.stroke();
      drawWord(ctx, format(tick), rect.left - 8, y, { color, align: "right" });
    }
    this.#drawAcross(color);
    const bottom = rect.top + rect.height;
    if (panel.x) drawWord(ctx, panel.x, rect.left + rect.width / 2, bottom + (this.ticks.x.length ? 37 : 16), { color, align: "center" });
    if (panel.y) drawWord(ctx, panel.y, this.ticks.y.length ? 2 : rect.left, 10, { color });
  }

  #drawMap({ ground: { values, low, high, color }, x_range: [x0, x1], y_range: [y0, y1] }, roles) {
    const { ctx } = this, left = this.x.at(x0), top = this.y.at(y1);
    const share = (value) => Math.min(Math.max((value - low) / (high - low || 1), 0), 1);
    const picture = cellPicture(values, (value) => shadeOf(share(value), color, roles));
    ctx.imageSmoothingEnabled = true;
    ctx.drawImage(picture, left, top, this.x.at(x1) - left, this.y.at(y0) - top);
  }

  #drawAcross(color) {
    const { ctx, rect } = this;
    let end = -Infinity;
    for (const tick of this.ticks.x) {
      const wide = ctx.measureText(format(tick)).width, x = Math.min(this.x.at(tick), this.width - wide / 2);
      if (x - wide / 2 < end + 10) continue;
      drawWord(ctx, format(tick), x, rect.top + rect.height + 15, { color, align: "center" });
      end = x + wide / 2;
    }
  }

  // Names of lines at their right ends, moved apart, with a hair to the end where that is elsewhere.
  drawLabels(roles) {
    const { ctx, rect } = this, right = rect.left + rect.width;
    for (const label of this.labels) {
      const end = this.place(label.at);
      Object.assign(label, { end, y: Math.min(Math.max(end.y, rect.top), rect.top + rect.height), high: label.words.length * LINE });
    }
    spread(this.labels, rect.top - 8, rect.top + rect.height + 8);
    for (const { line, end, y, words } of this.labels) {
      if (Math.hypot(right - end.x, end.y - y) > 14) {
        ctx.strokeStyle = roles.mark(line.color);
        ctx.globalAlpha = 0.45;
        ctx.lineWidth = 1;
        ctx.beginPath();
        ctx.moveTo(end.x, end.y);
        ctx.lineTo(right + 7, y);
        ctx.stroke();
        ctx.globalAlpha = 1;
      }
      const first = y - ((words.length - 1) * LINE) / 2;
      words.forEach((word, i) => drawWord(ctx, word, right + 10, first + i * LINE, { color: roles.ink(line.color), font: LABEL }));
    }
  }
}
