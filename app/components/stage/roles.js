// ROLES: colors by what they stand for, as the page's style has them at this moment.

const NAMES = new Set(["a", "b", "c", "d", "ink", "mute", "line", "good", "wrong", "soft", "page", "card"]);
const DEEP = new Set(["a", "b", "c", "d"]); // these have a twin that is deep enough to be read

// The color of marks, and of words, as style has it.
export function markOf(role) { return `var(--${role})`; }
export function inkOf(role) { return `var(--${DEEP.has(role) ? `${role}-ink` : role})`; }

export class Roles {
  #read = new Map();

  constructor(root, changed) {
    this.probe = document.createElement("i");
    // Its color glides for a moment when the theme is switched, which is how the switch is heard.
    this.watch = document.createElement("i");
    this.probe.hidden = true;
    this.watch.className = "stage-watch";
    root.append(this.probe, this.watch);
    this.watch.addEventListener("transitionend", () => { this.#read.clear(); changed(); });
  }

  mark(role) { return this.#color(`--${NAMES.has(role) ? role : "ink"}`); }
  ink(role) { return this.#color(inkOf(role).slice(4, -1)); }

  // Red, green and blue of a mark's color.
  parts(role) { return this.mark(role).match(/[\d.]+/g).slice(0, 3).map(Number); }

  #color(name) {
    if (!this.#read.has(name)) {
      this.probe.style.color = `var(${name})`;
      this.#read.set(name, getComputedStyle(this.probe).color);
    }
    return this.#read.get(name);
  }
}
