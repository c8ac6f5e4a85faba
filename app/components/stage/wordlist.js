// WORDLIST: words with their weight as the ground behind them, and what became of each.
import { el } from "../elements.js";
import { format } from "./axes.js";
import { markOf } from "./roles.js";
import { Sorter } from "./sorter.js";

const DEEPEST = 72; // percent of the color behind a word of weight 1
const SAID = { new: "new", gone: "gone" };

export class WordsView {
  constructor(stage) {
    this.stage = stage;
    this.box = el("p", "stage-words");
    this.node = el("div", "", "", this.box);
    this.sorter = new Sorter(stage, this.box);
  }

  draw(panel) {
    this.sorter.fill(panel.words.map((word, i) => this.#word(panel, word, i)));
    this.sorter.take(panel, panel.words);
  }

  paint() {}

  #word({ weights, changes, color }, word, i) {
    const span = el("span", "stage-word", word), change = changes[i] ?? "";
    span.dataset.change = change;
    const said = [];
    if (weights) {
      span.style.background = `color-mix(in srgb, ${markOf(color)} ${Math.round((weights[i] ?? 0) * DEEPEST)}%, transparent)`;
      said.push(`weight ${format(weights[i])}`);
    }
    if (change) {
      said.push(SAID[change] ?? change);
      span.append(el("span", "stage-unseen", ` (${SAID[change] ?? change})`));
    }
    span.title = said.join(", ");
    return span;
  }
}
