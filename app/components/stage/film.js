// FILM: panels that follow each other, played or scrubbed.
import { el } from "../elements.js";

export class FilmView {
  constructor(stage) {
    this.stage = stage;
    this.button = el("button", "stage-play");
    this.button.type = "button";
    this.button.addEventListener("click", () => this.#play(!this.timer));
    this.slider = el("input");
    Object.assign(this.slider, { type: "range", min: 0, step: 1 });
    this.slider.setAttribute("aria-label", "Moment of the film");
    this.slider.addEventListener("input", () => { this.#play(false); this.#show(Number(this.slider.value)); });
    this.output = el("output");
    this.place = el("div", "stage-film-place");
    this.node = el("div", "stage-film", "", this.place, el("div", "stage-reel", "", this.button, this.slider, this.output));
    this.#play(false);
  }

  draw(panel, family, title) {
    const fresh = !this.panel || this.panel.panels.length !== panel.panels.length;
    Object.assign(this, { panel, family, title });
    this.slider.max = panel.panels.length - 1;
    const [first] = panel.panels;
    if (this.kind !== first.kind) {
      this.kind = first.kind;
      this.view?.close?.();
      this.view = this.stage.make(first.kind);
      this.place.replaceChildren(this.view.node);
    }
    this.#show(fresh ? panel.start : this.at);
  }

  paint() { this.view?.paint(); }

  close() { this.#play(false); this.view?.close?.(); }

  #show(at) {
    const { panels, captions } = this.panel;
    this.at = at;
    this.slider.value = at;
    const text = captions[at] || `${at + 1} of ${panels.length}`;
    this.output.textContent = text;
    this.slider.setAttribute("aria-valuetext", text);
    this.slider.style.setProperty("--at", `${(at / Math.max(panels.length - 1, 1)) * 100}%`);
    this.view.draw(panels[at], this.family, this.title);
    this.node.dataset.at = at;
  }

  #play(on) {
    clearInterval(this.timer);
    this.timer = on ? setInterval(() => this.#next(), this.panel.seconds * 1000) : null;
    this.button.textContent = on ? "❚❚" : "▶";
    this.button.setAttribute("aria-label", on ? "Pause" : "Play");
    this.button.setAttribute("aria-pressed", on);
    if (on) this.#next();
  }

  #next() {
    if (!this.node.isConnected) this.#play(false);
    else this.#show((this.at + 1) % this.panel.panels.length);
  }
}
