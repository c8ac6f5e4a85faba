// BARS: a bar a name for each series, with intervals; plain elements, so that their words can be read.
import { el } from "../elements.js";
import { format } from "./axes.js";
import { markOf } from "./roles.js";
import { Sorter } from "./sorter.js";

export class BarsView {
  constructor(stage) {
    this.stage = stage;
    this.key = el("p", "stage-key");
    this.rows = el("div", "stage-bars");
    this.node = el("div", "", "", this.key, this.rows);
    this.sorter = new Sorter(stage, this.rows);
  }

  draw(panel, family) {
    Object.assign(this, { panel, range: family.range });
    this.key.replaceChildren(...panel.series.flatMap((name, i) => {
      if (!name) return [];
      const mark = el("i", "stage-dot");
      mark.style.color = markOf(this.#color(i));
      return [el("span", "", "", mark, name)];
    }));
    this.sorter.fill(panel.names.map((name, row) => this.#row(name, row)));
    this.sorter.take(panel, panel.names);
  }

  paint() {}

  #color(i) { return this.panel.colors[i] ?? this.panel.colors.at(-1) ?? "ink"; }

  #text(value) { return `${format(value)}${this.panel.unit && ` ${this.panel.unit}`}`; }

  #at(value) {
    const [low, high] = this.range;
    return ((value - low) / (high - low || 1)) * 100;
  }

  #row(name, row) {
    const { values, stacked } = this.panel;
    const tracks = stacked ? [this.#stack(values[row])] : values[row].map((value, i) => this.#bar(value, row, i));
    return el("div", "stage-bar", "", el("b", "", name), el("div", "", "", ...tracks));
  }

  #piece(from, to, color) {
    const piece = el("i"), [left, right] = [this.#at(from), this.#at(to)].sort((one, other) => one - other);
    Object.assign(piece.style, { left: `${left}%`, width: `${right - left}%`, background: markOf(color) });
    return piece;
  }

  #stack(values) {
    const track = el("span", "stage-track stage-whole-track");
    let from = 0;
    values.forEach((value, i) => {
      const piece = this.#piece(from, from + (value ?? 0), this.#color(i));
      piece.title = `${this.panel.series[i]} ${this.#text(value)}`.trim();
      track.append(piece);
      from += value ?? 0;
    });
    const texts = values.map((value) => this.#text(value)).join(" · ");
    return el("div", "stage-value", "", track, el("span", "", texts));
  }

  #bar(value, row, i) {
    const { low, high } = this.panel, track = el("span", "stage-track");
    track.append(this.#piece(0, value ?? 0, this.#color(i)));
    let text = this.#text(value);
    if (low?.[row]?.[i] !== undefined && low[row][i] !== null && high?.[row]?.[i] !== null) {
      const whisker = el("u");
      Object.assign(whisker.style, { left: `${this.#at(low[row][i])}%`, width: `${this.#at(high[row][i]) - this.#at(low[row][i])}%` });
      track.append(whisker);
      text += ` [${format(low[row][i])}, ${format(high[row][i])}]`;
    }
    return el("div", "stage-value", "", track, el("span", "", text));
  }
}
