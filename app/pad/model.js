// MODEL: a mix that can be moved. From where the hand is, to the picture and its numbers. No page.
import { area, blend, resize, where } from "./mixing.js";
import { cellsOf, shapeOf } from "./packing.js";
import { pixels, visible, worth } from "./sight.js";

// A place is {by: "now"}, {by: "lam", i}, {by: "box", box} or {by: "cells", cells}.
export class Model {
  // terms as app/service/pad.py makes them; load(name) gives the parcel of that name: RGBA bytes of
  // a photo, the ranks or heights of a field, the numbers of all maps.
  constructor(terms, load) {
    this.terms = terms;
    this.n = terms.n;
    [this.a, this.b] = [load(terms.a), load(terms.b)];
    this.field = terms.field && load(terms.field);
    this.maps = new Map((terms.maps ?? []).map((entry) => [entry.see, this.#pair(entry, load(terms.numbers))]));
    this.mask = new Float32Array(this.n * this.n);
    this.out = new Uint8ClampedArray(this.n * this.n * 4);
    this.now = terms.now.kind === "word" ? cellsOf(terms.now.word) : shapeOf(terms.now);
    this.pieces = new Map();
    this.sweep(terms.strip);
  }

  // What the mix is at every step of lam: {shapes, weights}, and the field of the shapes where it is
  // not that of the mix.
  sweep(strip) {
    this.strip = strip?.shapes ? strip : null;
    this.swept = strip?.field ?? this.field;
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
  weights(place, areas) {
    if (!this.knows(place)) return null;
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
