// MIXING: the arithmetic of a mix of two photos, the same as mixcore's. Pure: no page, no state.
//
// A shape says where B goes, in its own terms; `where` turns it into A's share of every pixel:
//   {kind: "whole", w}                     one share everywhere
//   {kind: "box", box: [y0, y1, x0, x1]}   half-open; B inside
//   {kind: "cells", rows, columns, keep}   keep: one 0 or 1 a cell, 1 = A
//   {kind: "rank", count, half}            A has the `count` highest of a field; half: soft edge
//   {kind: "sigmoid", gain, offset}        A's share is sigmoid(gain * field + offset)
//   {kind: "bump", y, x, sigma}            B through a Gaussian; shares of the sides
//   {kind: "holes", rows, columns}         B where both are 1; one 0 or 1 a row, a column
//   {kind: "dense"}                        the field itself is A's share
// A mask is {mask: Float32Array, even, hard, rows, columns}: even, the share where it is the same
// everywhere, else null; hard, whether each pixel has one owner; rows and columns, where B's share
// is their product, so that sums over it need no pixel.

export function where(shape, n, field, out) {
  switch (shape.kind) {
    case "whole": return { mask: out.fill(shape.w), even: shape.w, hard: false };
    case "box": return product(span(n, shape.box[0], shape.box[1]), span(n, shape.box[2], shape.box[3]), n, out, true);
    case "holes": return product(Float64Array.from(shape.rows), Float64Array.from(shape.columns), n, out, true);
    case "bump": return product(bump(n, shape.y, shape.sigma), bump(n, shape.x, shape.sigma), n, out, false);
    case "cells": return { mask: grown(shape, n, out), even: null, hard: true };
    case "rank": return { mask: ranked(shape, field, out), even: null, hard: !shape.half };
    case "dense":
      out.set(field);
      return { mask: out, even: null, hard: field.every((w) => w === 0 || w === 1) };
    case "sigmoid":
      for (let i = 0; i < out.length; i++) out[i] = 1 / (1 + Math.exp(-(shape.gain * field[i] + shape.offset)));
      return { mask: out, even: null, hard: false };
  }
  throw new Error(`There is no region of the kind ${shape.kind}.`);
}

export function span(n, low, high) {
  return new Float64Array(n).fill(1, low, high);
}

function bump(n, centre, sigma) {
  const side = new Float64Array(n);
  if (sigma > 0) for (let i = 0; i < n; i++) side[i] = Math.exp(-((((i + 0.5) / n - centre) / sigma) ** 2) / 2);
  return side;
}

function product(rows, columns, n, out, hard) {
  for (let y = 0, i = 0; y < n; y++) {
    const row = rows[y];
    for (let x = 0; x < n; x++, i++) out[i] = 1 - row * columns[x];
  }
  return { mask: out, even: null, hard, rows, columns };
}

function grown({ rows, columns, keep }, n, out) {
  const high = Math.ceil(n / rows), wide = Math.ceil(n / columns);
  for (let y = 0; y < n; y++) {
    const row = Math.floor(y / high) * columns;
    for (let j = 0; j < columns; j++) {
      out.fill(keep[row + j], y * n + Math.min(j * wide, n), y * n + Math.min((j + 1) * wide, n));
    }
  }
  return out;
}

function ranked({ count, half }, rank, out) {
  if (!half) for (let i = 0; i < out.length; i++) out[i] = rank[i] < count ? 1 : 0;
  else for (let i = 0; i < out.length; i++) {
    out[i] = Math.min(1, Math.max(0, (count + half - rank[i] - 0.5) / (2 * half)));
  }
  return out;
}

// A's share of the frame, summed as mixcore sums it.
export function area(shape, at, n) {
  if (at.even !== null) return at.even;
  if (shape.kind === "rank" && !shape.half) return shape.count / (n * n);
  if (at.rows) return 1 - mean(at.rows) * mean(at.columns);
  return mean(at.mask);
}

export function clamp(value, low, high) {
  return Math.min(Math.max(value, low), high);
}

export function mean(values) {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}

// The mixed picture into `out`. a, b and out are RGBA bytes of n x n pixels; `piece`, for a box into
// which B is resized, is RGBA of the box. Rounds half up, as mixcore.pictures.to_array does.
export function blend(shape, at, a, b, n, out, piece = null) {
  if (shape.kind === "box") return paste(shape.box, a, b, n, out, piece);
  if (at.hard) return choose(at.mask, a, b, out);
  const mask = at.mask;
  for (let i = 0, p = 0; i < mask.length; i++, p += 4) {
    const w = mask[i];
    out[p] = (b[p] + w * (a[p] - b[p]) + 0.5) | 0;
    out[p + 1] = (b[p + 1] + w * (a[p + 1] - b[p + 1]) + 0.5) | 0;
    out[p + 2] = (b[p + 2] + w * (a[p + 2] - b[p + 2]) + 0.5) | 0;
    out[p + 3] = 255;
  }
  return out;
}

function words(bytes) {
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
}

function paste([y0, y1, x0, x1], a, b, n, out, piece) {
  const from = words(piece ?? b), to = words(out), wide = x1 - x0;
  to.set(words(a));
  for (let y = y0; y < y1; y++) {
    const start = piece ? (y - y0) * wide : y * n + x0;
    to.set(from.subarray(start, start + wide), y * n + x0);
  }
  return out;
}

function choose(mask, a, b, out) {
  const one = words(a), other = words(b), to = words(out);
  for (let i = 0; i < to.length; i++) to[i] = mask[i] ? one[i] : other[i];
  return out;
}

// Where the pixels of a side come from when it is resized, by PyTorch's rules: for each of `to`
// pixels the first source pixel and the weights from there on. Bilinear is antialiased.
export function taps(from, to, nearest = false) {
  const scale = from / to, start = new Int32Array(to), weights = [];
  for (let i = 0; i < to; i++) {
    const centre = scale * (i + 0.5);
    if (nearest) {
      // In single precision, as there: half of all ties fall the other way.
      start[i] = Math.min(Math.floor(Math.fround((i + 0.5) * Math.fround(scale))), from - 1);
      weights.push([1]);
      continue;
    }
    const reach = Math.max(scale, 1);
    const low = Math.max(Math.floor(centre - reach + 0.5), 0);
    const high = Math.min(Math.floor(centre + reach + 0.5), from);
    const row = [];
    for (let j = low; j < high; j++) row.push(Math.max(0, 1 - Math.abs((j - centre + 0.5) / reach)));
    const total = row.reduce((sum, w) => sum + w, 0);
    start[i] = low;
    weights.push(row.map((w) => w / total));
  }
  return { start, weights };
}

// The part `source` of b (RGBA, n wide) as RGBA of high x wide pixels.
export function resize(b, n, source, high, wide, nearest) {
  const [y0, y1, x0, x1] = source, tall = y1 - y0;
  const across = taps(x1 - x0, wide, nearest), down = taps(tall, high, nearest);
  const middle = new Float32Array(tall * wide * 3);
  for (let x = 0; x < wide; x++) {
    const row = across.weights[x], first = x0 + across.start[x];
    for (let y = 0; y < tall; y++) {
      let r = 0, g = 0, l = 0, p = ((y0 + y) * n + first) * 4;
      for (let k = 0; k < row.length; k++, p += 4) {
        const w = row[k];
        r += w * b[p]; g += w * b[p + 1]; l += w * b[p + 2];
      }
      const q = (y * wide + x) * 3;
      middle[q] = r; middle[q + 1] = g; middle[q + 2] = l;
    }
  }
  const out = new Uint8ClampedArray(high * wide * 4), line = new Float64Array(wide * 3);
  for (let y = 0; y < high; y++) {
    line.fill(0.5);
    down.weights[y].forEach((w, k) => {
      const from = (down.start[y] + k) * wide * 3;
      for (let q = 0; q < line.length; q++) line[q] += w * middle[from + q];
    });
    for (let x = 0, p = y * wide * 4; x < wide; x++, p += 4) {
      for (let c = 0; c < 3; c++) out[p + c] = Math.floor(line[x * 3 + c]);
      out[p + 3] = 255;
    }
  }
  return out;
}

// The largest difference of two pictures, in levels of 255, and how many pixels differ by more than one.
export function apart(one, other) {
  let most = 0, many = 0;
  for (let p = 0; p < one.length; p += 4) {
    const far = Math.max(Math.abs(one[p] - other[p]), Math.abs(one[p + 1] - other[p + 1]), Math.abs(one[p + 2] - other[p + 2]));
    if (far > most) most = far;
    if (far > 1) many++;
  }
  return { most, many };
}
