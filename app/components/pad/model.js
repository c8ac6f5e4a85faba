// MODEL: a mix that can be moved. From where the hand is, to the picture and its numbers. No page.
import { area, blend, resize, where } from "./mixing.js";
import { cellsOf, mapOf, shapeOf } from "./packing.js";
import { pixels, sumOf, under, visible, worth } from "./sight.js";

// A place is {by: "now"}, {by: "lam", i}, {by: "box", box} or {by: "cells", cells}.
export class Model {
  // terms as app/mixes/pad_data.py makes them; load(name) gives the parcel of that name: RGBA bytes of
  // a photo, the ranks or heights of a field, the numbers of all maps.
  // account: the arithmetic of the label, and used: the maps behind it, as app/explore/pad_panel.py has them.
  constructor(terms, load, account = null, used = []) {
    this.terms = terms;
    this.account = account;
    this.used = new Map(used.map((one) => [one.layer, mapOf(one)]));
    this.n = terms.n;
    [this.a, this.b] = [load(terms.a), load(terms.b)];
    this.field = terms.field && load(terms.field);
    this.maps = new Map((terms.maps ?? []).map((entry) => [entry.see, this.#pair(entry, load(terms.numbers))]));
    this.mask = new Float32Array(this.n * this.n);
    this.out = new Uint8ClampedArray(this.n * this.n * 4);
    this.now = terms.now.kind === "word" ? cellsOf(terms.now.word) : shapeOf(terms.now);
    this.pieces = new Map();
    this.sweep(terms.strip);
    this.live = Boolean(account) && account.terms.every(({ name }) => name === "area" || this.#clean(name));
  }

  // What the mix is at every step of lam: {shapes, weights}, and the field of the shapes where it is
  // not that of the mix.
  sweep(strip) {
    this.strip = strip?.shapes ? strip : null;
    this.swept = strip?.field ?? this.field;
  }

  // Whether a term is summed on maps of the clean photos, which do not change as the hand moves.
  #clean(name) {
    const maps = [...this.used.values()].filter((map) => map.term === name);
    return maps.length > 0 && maps.every((map) => map.source !== null && map.outlined && !map.aboveLeast);
  }

  // Where a used map counts for A: where the mix is A's, or in a place of its own.
  counted(map, frame) {
    if (!map.shape) return frame.at;
    map.at ??= where(shapeOf(map.shape), this.n, null, new Float32Array(this.n * this.n));
    return map.at;
  }

  // The arithmetic of the label at a place, {terms, normalized, label}; null where only Python knows.
  sum(frame) {
    if (!this.live) return null;
    const terms = this.account.terms.map((term) => ({ ...term, shares: this.#shares(term, frame) }));
    const { label, normalized } = sumOf(terms, this.account.normalized, frame.areas);
    return { terms, normalized, label };
  }

  #shares({ name, shares }, frame) {
    if (name === "area") return frame.areas;
    const found = [...shares];
    for (const map of this.used.values()) {
      if (map.term !== name) continue;
      const b = frame.areas[map.source] > 0 ? under(map, this.counted(map, frame), this.n) : 0;
      found[map.source] = map.source || frame.areas[0] <= 0 ? b : 1 - b;
    }
    return found;
  }

  #pair(entry, numbers) {
    return [entry.a, entry.b].map(([offset, rows, columns]) => ({
      values: numbers.subarray(offset, offset + rows * columns), rows, columns,
    }));
  }

  // Whether the browser can draw the mix at a place, and whether it knows the label there too.
  draws(place) {
    return place.by !== "lam" || Boolean(this.strip);
  }

  knows(place) {
    if (this.live) return this.draws(place);
    if (place.by === "now") return this.terms.byArea;
    return this.draws(place) && (place.by === "lam" ? !this.terms.after : this.terms.byHand[place.by]);
  }

  shape(place) {
    switch (place.by) {
      case "lam": return this.strip ? shapeOf(this.strip.shapes[place.i]) : this.now;
      case "box": return { kind: "box", box: place.box };
      case "cells": return place.cells;
    }
    return this.now;
  }

  // The mixed picture at a place: {shape, at, picture, areas}. Buffers are used again by the next.
  frame(place) {
    const shape = this.shape(place), n = this.n;
    const at = where(shape, n, place.by === "lam" ? this.swept : this.field, this.mask);
    const picture = blend(shape, at, this.a, this.b, n, this.out, this.#piece(shape));
    const a = area(shape, at, n);
    return { shape, at, picture, areas: [a, 1 - a] };
  }

  // B, or its part, in the box, where the method resizes it.
  #piece(shape) {
    if (!this.terms.resize || shape.kind !== "box") return null;
    const [y0, y1, x0, x1] = shape.box, key = `${y1 - y0}x${x1 - x0}`;
    if (!this.pieces.has(key)) {
      if (this.pieces.size > 8) this.pieces.clear();
      const { source, nearest } = this.terms.resize;
      this.pieces.set(key, y1 > y0 && x1 > x0
        ? resize(this.b, this.n, source ?? [0, this.n, 0, this.n], y1 - y0, x1 - x0, nearest)
        : new Uint8ClampedArray(0));
    }
    return this.pieces.get(key);
  }

  // What B gives to a pixel, [r, g, b]: where B is resized into a box, there; black outside of it.
  partner(shape, x, y) {
    let from = this.b, p = (y * this.n + x) * 4;
    if (this.terms.resize && shape.kind === "box") {
      const [y0, y1, x0, x1] = shape.box;
      if (y < y0 || y >= y1 || x < x0 || x >= x1) return [0, 0, 0];
      [from, p] = [this.#piece(shape), ((y - y0) * (x1 - x0) + x - x0) * 4];
    }
    return [from[p], from[p + 1], from[p + 2]];
  }

  // What each label is worth: the areas, or as planned for this lam; null where only Python knows.
  weights(place, areas, frame = null) {
    if (!this.knows(place)) return null;
    if (this.live) return frame && this.sum(frame).label;
    return (place.by === "lam" && this.strip.weights?.[place.i]) || areas;
  }

  // By one kind of evidence: what is left to see of each photo, and what labels would be worth.
  seen(see, frame) {
    const maps = this.maps.get(see);
    if (!maps) return null;
    const left = visible(maps, frame.shape, frame.at, this.n, this.#resized(frame.shape));
    return { visible: left, worth: worth(left) };
  }

  // The same by the objects' pixels in the mix.
  seenPixels(see, frame) {
    const maps = this.maps.get(see);
    return maps && worth(pixels(maps, frame.shape, frame.at, this.n, this.#resized(frame.shape)));
  }

  #resized(shape) {
    return this.terms.resize && shape.kind === "box" ? this.terms.resize : null;
  }
}

// How far weights are from what is seen: 0 is perfect. Weights need not sum to 1.
export function mismatch(weights, worth) {
  const total = weights[0] + weights[1];
  return weights.reduce((sum, w, i) => sum + Math.abs(w / total - worth[i]), 0) / 2;
}
