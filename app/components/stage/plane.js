// PLANE: a curve or a scatter on a canvas: lines over points over links, its key, and values on hover.
import { el } from "../elements.js";
import { format } from "./axes.js";
import { Flat } from "./flat.js";
import { drawLine, drawLinks, drawPoints, fitted } from "./marks.js";
import { Reach } from "./reach.js";
import { markOf } from "./roles.js";
import { Turned } from "./turned.js";

const NEAR = { hover: 14, click: 44 }; // pixels to the nearest point

export class PlaneView {
  constructor(stage) {
    this.stage = stage;
    this.side = { yaw: -0.6, pitch: 0.38 };
    this.key = el("p", "stage-key");
    this.canvas = el("canvas", "stage-canvas");
    this.node = el("div", "stage-plane", "", this.key, this.canvas);
    this.reach = new Reach(stage, this.canvas, this);
  }

  get turns() { return Boolean(this.family?.deep); }
  get rect() { return this.space?.rect ?? { left: 0, top: 0, width: 1, height: 1 }; }

  draw(panel, family, title) {
    Object.assign(this, { panel, family });
    const named = panel.lines.map((line) => line.title).filter(Boolean).join(", ");
    const axes = panel.x || panel.y ? `${panel.y || "value"} over ${panel.x || "value"}` : "";
    this.reach.take(panel, [title || "Drawing", axes, named].filter(Boolean).join(", "));
    this.paint();
  }

  paint() {
    if (!this.panel || !this.canvas.clientWidth) return;
    const { panel, family, stage: { roles } } = this;
    const { ctx, width, height } = fitted(this.canvas);
    this.space = family.deep ? new Turned(ctx, family, width, height, this.side) : new Flat(ctx, panel, family, width, height);
    this.space.drawGround(roles);
    ctx.save();
    ctx.beginPath();
    const { left, top, width: wide, height: high } = this.rect;
    ctx.rect(left - 8, top - 8, wide + 16, high + 16);
    ctx.clip();
    for (const links of panel.links) drawLinks(ctx, links, this.space, roles);
    panel.points.forEach((group, i) => drawPoints(ctx, group, this.space, roles, i === 0 ? this.#ring(group) : group.ring));
    for (const line of panel.lines) drawLine(ctx, line, this.space, roles);
    this.#hair(ctx, roles);
    this.reach.draw(ctx, roles, this.#handle());
    ctx.restore();
    this.space.drawLabels(roles);
    this.#fillKey();
  }

  // The point that is ringed: what the hand has just chosen, or what the lab says.
  #ring(group) {
    return this.reach.kind === "point" && this.stage.isFresh(this.panel.hand) ? Number(this.reach.value) : group.ring;
  }

  #handle() {
    const { handle, hand } = this.panel;
    if (!handle || this.stage.isFresh(hand)) return null;
    const { x, y } = this.space.place(handle);
    return [x, y];
  }

  #hair(ctx, roles) {
    if (this.at === undefined || this.at === null) return;
    const { top, height } = this.rect;
    ctx.strokeStyle = roles.mark("mute");
    ctx.globalAlpha = 0.5;
    ctx.lineWidth = 1;
    ctx.beginPath();
    ctx.moveTo(this.at, top);
    ctx.lineTo(this.at, top + height);
    ctx.stroke();
    ctx.globalAlpha = 1;
  }

  // Groups that have a name, and lines where there is no room at their ends.
  #fillKey() {
    const { points, links, lines } = this.panel, labeled = this.space.labels?.map(({ line }) => line) ?? [];
    const things = [...lines.filter((line) => !labeled.includes(line)), ...links, ...points].filter(({ title }) => title);
    const text = JSON.stringify(things.map(({ title, color }) => [title, color]));
    if (text === this.keyed) return;
    this.keyed = text;
    const seen = new Set();
    const entries = things.filter(({ title }) => !seen.has(title) && seen.add(title)).map((thing) => {
      const mark = el("i", thing.at ? "stage-dot" : thing.dashed ? "stage-dash" : "stage-stroke");
      mark.style.color = markOf(Array.isArray(thing.color) ? thing.color[0] ?? "ink" : thing.color);
      return el("span", "", "", mark, thing.title);
    });
    this.key.replaceChildren(...entries);
  }

  turn(dx, dy) {
    this.side.yaw += dx * 0.011;
    this.side.pitch = Math.min(Math.max(this.side.pitch + dy * 0.011, -1.5), 1.5);
    this.paint();
    this.canvas.dataset.side = `${this.side.yaw.toFixed(3)},${this.side.pitch.toFixed(3)}`;
  }

  #nearest(groups, x, y, most) {
    let best = null, least = most;
    for (const group of groups) {
      group.at.forEach((at, i) => {
        const place = this.space.place(at), far = Math.hypot(place.x - x, place.y - y);
        if (far < least) { least = far; best = { group, i, place }; }
      });
    }
    return best;
  }

  pick(x, y) { return this.#nearest(this.panel.points.slice(0, 1), x, y, NEAR.click)?.i ?? null; }

  // The next point to a side, or by number.
  step(number, key) {
    const at = this.panel.points[0]?.at ?? [];
    if (!at.length) return null;
    if (key === "PageUp") return Math.max(number - 1, 0);
    if (key === "PageDown") return Math.min(number + 1, at.length - 1);
    const axis = { ArrowLeft: 0, ArrowRight: 0, ArrowUp: 1, ArrowDown: 1 }[key];
    if (axis === undefined) return null;
    const sorted = at.map((_, i) => i).sort((one, other) => at[one][axis] - at[other][axis]);
    const next = sorted.indexOf(number) + (key === "ArrowRight" || key === "ArrowUp" ? 1 : -1);
    return sorted[Math.min(Math.max(next, 0), sorted.length - 1)];
  }

  tellNumber(number) {
    const [group] = this.panel.points;
    const { x, y } = this.space.place(group.at[number]), text = this.#named(group, number);
    this.stage.tip(this.canvas, x, y, [[text]]);
    this.stage.say(text);
  }

  #named(group, i) { return group.titles[i] || `${group.title ? `${group.title}, ` : ""}${group.at[i].map(format).join(", ")}`; }

  tell(x, y) {
    if (!this.space) return;
    const point = this.#nearest(this.panel.points, x, y, NEAR.hover);
    const { left, top, width, height } = this.rect, was = this.at;
    const inside = x >= left && x <= left + width && y >= top && y <= top + height;
    this.at = null;
    if (point) this.stage.tip(this.canvas, point.place.x, point.place.y, [[this.#named(point.group, point.i)]]);
    else if (inside && this.panel.lines.length && !this.space.deep) {
      const rows = this.#values(this.space.x.back(x));
      if (rows.length) this.at = x;
      this.stage.tip(this.canvas, x, y, rows.length ? [[`${this.panel.x || "x"} ${format(this.space.x.back(x))}`], ...rows] : []);
    } else this.stage.tip();
    if (this.at !== was) this.paint();
  }

  quiet() {
    this.stage.tip();
    if (this.at === null || this.at === undefined) return;
    this.at = null;
    this.paint();
  }

  // What each line is at this x: its name, value and color.
  #values(x) {
    return this.panel.lines.flatMap((line) => {
      const y = between(line, x);
      return y === null ? [] : [[`${line.title || "value"} ${format(y)}`, line.color]];
    });
  }
}

// The line's value between its two places around x, or null.
function between({ x, y }, at) {
  for (let i = 1; i < x.length; i++) {
    if ([x[i - 1], x[i], y[i - 1], y[i]].includes(null)) continue;
    const [low, high] = x[i - 1] <= x[i] ? [i - 1, i] : [i, i - 1];
    if (x[low] > at || x[high] < at) continue;
    const share = (at - x[low]) / (x[high] - x[low] || 1);
    return y[low] + share * (y[high] - y[low]);
  }
  return null;
}
