// HANDWORDS: what a hand sets as words of a link, as mixcore.hand_words reads them. Pure.
import { clamp } from "./axes.js";

const MOST = 400; // places of a path

function share(v) { return String(Number(clamp(v, 0, 1).toFixed(4))); }

export function placeWord({ x, y }) { return `${share(x)},${share(y)}`; }

export function placeOf(word) {
  const [x, y] = String(word ?? "").split(",").map(Number);
  return Number.isFinite(x + y) ? { x, y } : { x: 0.5, y: 0.5 };
}

// A path of at most MOST places: of a longer one, every so many.
export function pathWord(places) {
  const every = Math.ceil(places.length / MOST);
  return places.filter((_, i) => i % every === 0).map(placeWord).join(";");
}

export function pathOf(word) { return word ? String(word).split(";").map(placeOf) : []; }

export function orderWord(numbers) { return numbers.join("-"); }

// The order that a word names, or the first to the last where it names another number of things.
export function orderOf(word, count) {
  const numbers = String(word ?? "").split("-").map(Number);
  const whole = numbers.length === count && new Set(numbers).size === count && numbers.every((n) => n >= 0 && n < count);
  return whole ? numbers : Array.from({ length: count }, (_, i) => i);
}
