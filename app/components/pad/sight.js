// SIGHT: how much of each photo's evidence a mix still shows, the same as mixcore's evidence. Pure.
import { mean, span, taps } from "./mixing.js";

// A map is {values, rows, columns}, small; it stands for its bilinear enlargement.
// Enlarging is linear, so the mask is summed onto the small grid instead of enlarging the map.

const reaches = new Map();

function reach(cells, n) {
  const key = `${cells}/${n}`;
  if (!reaches.has(key)) reaches.set(key, taps(cells, n));
  return reaches.get(key);
}

function gather(side, cells, n) {
  if (cells === n) return side;
  const { start, weights } = reach(cells, n), sum = new Float64Array(cells);
  for (let i = 0; i < n; i++) weights[i].forEach((w, k) => { sum[start[i] + k] += w * side[i]; });
  return sum;
}

const grids = new WeakMap();

// B's share of every cell of a grid, (rows * columns), and the pixels each cell stands for.
export function onGrid(at, rows, columns, n) {
  let known = grids.get(at);
  if (!known) grids.set(at, (known = new Map()));
  const key = `${rows}x${columns}`;
  if (!known.has(key)) known.set(key, summed(at, rows, columns, n));
  return known.get(key);
}

function summed(at, rows, columns, n) {
  const out = new Float64Array(rows * columns);
  if (at.rows) {
    const down = gather(at.rows, rows, n), across = gather(at.columns, columns, n);
    for (let y = 0, i = 0; y < rows; y++) for (let x = 0; x < columns; x++, i++) out[i] = down[y] * across[x];
    return out;
  }
  if (rows === n && columns === n) return out.map((_, i) => 1 - at.mask[i]);
  const across = reach(columns, n), down = reach(rows, n), line = new Float64Array(columns);
  for (let y = 0; y < n; y++) {
    line.fill(0);
    for (let x = 0, i = y * n; x < n; x++, i++) {
      const b = 1 - at.mask[i];
      if (b === 0) continue;
      const w = across.weights[x];
      for (let k = 0, j = across.start[x]; k < w.length; k++, j++) line[j] += w[k] * b;
    }
    down.weights[y].forEach((w, k) => {
      const to = (down.start[y] + k) * columns;
      for (let j = 0; j < columns; j++) out[to + j] += w * line[j];
    });
  }
  return out;
}

const totals = new WeakMap();

function total(map, n) {
  if (!totals.has(map)) {
    const all = { rows: new Float64Array(n).fill(1), columns: new Float64Array(n).fill(1) };
    totals.set(map, dot(map.values, onGrid(all, map.rows, map.columns, n)));
  }
  return totals.get(map);
}

function dot(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

// The share of a map that lies where B is: of B's own map what is in sight, of A's what is lost.
export function under(map, at, n) {
  const all = total(map, n);
  if (at.even !== null && at.even !== undefined) return 1 - at.even;
  if (!(all > 0)) return 1 - mean(at.mask);
  return dot(map.values, onGrid(at, map.rows, map.columns, n)) / all;
}

// How much of each photo's map a mix shows, [a, b] in [0, 1]. A box into which B is resized shows
// all of B, or of the part of it that was taken.
export function visible(maps, shape, at, n, resized = null) {
  const a = 1 - under(maps[0], at, n);
  const own = () => {
    const [y0, y1, x0, x1] = shape.box;
    if (y0 === y1 || x0 === x1) return 0;
    return resized.source ? under(maps[1], boxed(resized.source, n), n) : 1;
  };
  return [a, resized ? own() : under(maps[1], at, n)].map((s) => Math.min(1, Math.max(0, s)));
}

function boxed([y0, y1, x0, x1], n) {
  return { rows: span(n, y0, y1), columns: span(n, x0, x1), even: null };
}

// How many pixels of each photo's object are in the mix; covers are maps of n x n in [0, 1].
export function pixels(covers, shape, at, n, resized = null) {
  const whole = (map) => dot(map.values, onGrid({ ...boxed([0, n, 0, n], n) }, n, n, n));
  const b = (map) => {
    if (at.even !== null && at.even !== undefined) return whole(map) * (1 - at.even);
    return dot(map.values, onGrid(at, n, n, n));
  };
  return [whole(covers[0]) - b(covers[0]), resized ? shrunk(covers[1], shape.box, n, resized) : b(covers[1])];
}

// A nearest pixel stands for those around it, which are not covered: bilinear, whatever B's pixels are.
function shrunk(cover, box, n, { source }) {
  const [y0, y1, x0, x1] = source ?? [0, n, 0, n];
  const down = given(y1 - y0, box[1] - box[0]), across = given(x1 - x0, box[3] - box[2]);
  let sum = 0;
  for (let y = 0; y < down.length; y++) {
    let row = 0;
    for (let x = 0, i = (y0 + y) * n + x0; x < across.length; x++, i++) row += across[x] * cover.values[i];
    sum += down[y] * row;
  }
  return sum;
}

function given(from, to) {
  const { start, weights } = taps(from, to), sum = new Float64Array(from);
  for (let i = 0; i < to; i++) weights[i].forEach((w, k) => { sum[start[i] + k] += w; });
  return sum;
}

// What terms {weights, shares} add up to, as mixcore.account does it: their sums, or their shares of
// the whole where they are normalized; the areas where there is nothing to share out.
export function sumOf(terms, normalized, areas) {
  const sums = [0, 1].map((i) => terms.reduce((sum, term) => sum + term.weights[i] * term.shares[i], 0));
  const total = sums[0] + sums[1];
  if (normalized && !(total > 0)) return { label: areas, normalized: false };
  return { label: normalized ? sums.map((value) => value / total) : sums, normalized };
}

// What each label would be worth by what is seen: shares that sum to 1, or none.
export function worth(seen) {
  const both = seen[0] + seen[1];
  return both > 1e-9 ? [seen[0] / both, seen[1] / both] : null;
}
