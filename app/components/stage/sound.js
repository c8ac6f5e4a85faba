// SOUND: a wave with marks, a play button, and a head that moves while it plays.
import { el } from "../elements.js";
import { clamp, ticksOf } from "./axes.js";
import { drawWord, fitted } from "./marks.js";
import { Reach } from "./reach.js";
import { markOf } from "./roles.js";

const BELOW = 20; // pixels of the seconds

export class SoundView {
  walks = true;

  constructor(stage) {
    this.stage = stage;
    this.audio = new Audio();
    for (const name of ["play", "pause", "ended"]) this.audio.addEventListener(name, () => this.#state());
    this.key = el("p", "stage-key");
    this.canvas = el("canvas", "stage-canvas stage-wave");
    this.canvas.addEventListener("click", (event) => this.#seek(event));
    this.button = el("button", "stage-play");
    this.button.type = "button";
    this.button.addEventListener("click", () => this.#toggle());
    this.output = el("output");
    this.node = el("div", "stage-sound", "", this.key, this.canvas, el("div", "stage-reel", "", this.button, this.output));
    this.reach = new Reach(stage, this.canvas, this);
    this.#state();
  }

  get rect() { return { left: 0, top: 0, width: this.canvas.clientWidth, height: this.canvas.clientHeight - BELOW }; }

  draw(panel, family, title) {
    if (this.panel?.file !== panel.file) {
      this.audio.pause();
      this.audio.src = panel.file;
    }
    this.panel = panel;
    this.key.replaceChildren(...panel.marks.filter(([name]) => name).map(([name, color]) => {
      const mark = el("i", "stage-stroke");
      mark.style.color = markOf(color);
      return el("span", "", "", mark, name);
    }));
    this.reach.take(panel, `${title || "Sound"}, ${panel.seconds.toFixed(1)} seconds. Left and right move through it`);
    this.paint();
  }

  paint() {
    if (!this.panel || !this.canvas.clientWidth) return;
    const { panel, stage: { roles } } = this, { ctx, width, height } = fitted(this.canvas);
    const middle = (height - BELOW) / 2, across = (seconds) => (seconds / panel.seconds) * width;
    ctx.fillStyle = roles.mark(panel.color);
    ctx.globalAlpha = 0.75;
    const wide = width / panel.wave.length;
    panel.wave.forEach(([low, high], i) => ctx.fillRect(i * wide, middle - high * middle, Math.max(wide * 0.8, 0.6), Math.max((high - low) * middle, 1)));
    ctx.globalAlpha = 1;
    for (const [, color, seconds] of panel.marks) {
      ctx.strokeStyle = roles.mark(color);
      ctx.lineWidth = 2;
      for (const one of seconds) stroke(ctx, across(one), 0, height - BELOW);
    }
    for (const tick of ticksOf([0, panel.seconds], width / 90, false)) {
      const align = across(tick) > width - 16 ? "right" : tick ? "center" : "left";
      drawWord(ctx, `${tick} s`, across(tick), height - 7, { color: roles.mark("mute"), align });
    }
    ctx.strokeStyle = roles.mark("ink");
    ctx.lineWidth = 2;
    stroke(ctx, clamp(across(this.audio.currentTime), 1, width - 1), 0, height - BELOW);
    this.reach.draw(ctx, roles);
    this.output.textContent = `${this.audio.currentTime.toFixed(1)} of ${panel.seconds.toFixed(1)} s`;
  }

  close() { this.audio.pause(); }

  #toggle() {
    if (!this.audio.paused) this.audio.pause();
    else this.audio.play().catch(() => this.stage.say("This browser cannot play the sound."));
  }

  #state() {
    const on = !this.audio.paused && !this.audio.ended;
    this.button.textContent = on ? "❚❚" : "▶";
    this.button.setAttribute("aria-label", on ? "Pause the sound" : "Play the sound");
    this.button.setAttribute("aria-pressed", on);
    if (on) this.#follow();
    else this.paint();
  }

  #follow() {
    this.paint();
    if (!this.node.isConnected) this.audio.pause();
    else if (!this.audio.paused) requestAnimationFrame(() => this.#follow());
  }

  #seek(event) {
    if (this.reach.kind) return;
    const { left, width } = this.canvas.getBoundingClientRect();
    this.#go(((event.clientX - left) / width) * this.panel.seconds);
  }

  walk(dx) { this.#go(this.audio.currentTime + dx * Math.max(this.panel.seconds / 50, 0.05)); }

  #go(seconds) {
    this.audio.currentTime = clamp(seconds, 0, this.panel.seconds);
    this.paint();
  }
}

function stroke(ctx, x, top, bottom) {
  ctx.beginPath();
  ctx.moveTo(x, top);
  ctx.lineTo(x, bottom);
  ctx.stroke();
}
