// LOOKS: the layers of a mix as pictures, as app/mixes/layer_images.py draws them. Pure: bytes in, bytes out.
import { taps } from "./mixing.js";

// The very colours of app/mixes/layer_images.py, which no theme changes: A blue, B orange.
const BLUE = [0x2f, 0x6f, 0xde], ORANGE = [0xe8, 0x79, 0x2b];
const CIVIDIS = [
  [0x00, 0x22, 0x4e], [0x12, 0x35, 0x70], [0x3b, 0x49, 0x6c], [0x57, 0x5d, 0x6d], [0x70, 0x71, 0x73],
  [0x8a, 0x86, 0x78], [0xa5, 0x9c, 0x74], [0xc3, 0xb3, 0x69], [0xe1, 0xcc, 0x55], [0xfe, 0xe8, 0x38],
];

// Cividis in 256 steps, RGB after RGB.
const HEAT = (() => {
  const table = new Uint8Array(256 * 3);
  for (let i = 0; i < 256; i++) {
    const place = (i / 255) * 9, low = Math.min(Math.floor(place), 8), share = place - low;
    for (let c = 0; c < 3; c++) table[i * 3 + c] = Math.round(CIVIDIS[low][c] * (1 - share) + CIVIDIS[low + 1][c] * share);
  }
  return table;
})();

const GREY = (p, i) => 0.2126 * p[i] + 0.7152 * p[i + 1] + 0.0722 * p[i + 2];

// The shares of each pixel in their owners' colours; every `step`-th pixel of n x n. With `edge`, the
// line between the owners, so that colour is never the only sign.
export function maskLook(mask, n, step, out, edge = step === 1) {
  const side = n / step;
  for (let y = 0, q = 0; y < side; y++) for (let x = 0; x < side; x++, q += 4) {
    const w = mask[y * step * n + x * step];
    for (let c = 0; c < 3; c++) out[q + c] = Math.round(ORANGE[c] + w * (BLUE[c] - ORANGE[c]));
    out[q + 3] = 255;
  }
  if (edge) line(mask, n, out);
  return out;
}

function isEdge(mask, n, y, x) {
  const i = y * n + x;
  if (mask[i] < 0.5) return false;
  return (y > 0 && mask[i - n] < 0.5) || (y < n - 1 && mask[i + n] < 0.5) ||
    (x > 0 && mask[i - 1] < 0.5) || (x < n - 1 && mask[i + 1] < 0.5);
}

// The line between the owners, dark between two white ones, so that it is seen on any picture.
export function line(mask, n, out) {
  const edge = [];
  for (let y = 0; y < n; y++) for (let x = 0; x < n; x++) if (isEdge(mask, n, y, x)) edge.push([y, x]);
  const dot = (y, x, r, g, b) => {
    if (y < 0 || x < 0 || y >= n || x >= n) return;
    const q = (y * n + x) * 4;
    out[q] = r; out[q + 1] = g; out[q + 2] = b;
  };
  for (const [y, x] of edge) for (const [dy, dx] of [[0, 1], [0, -1], [1, 0], [-1, 0]]) dot(y + dy, x + dx, 255, 255, 255);
  for (const [y, x] of edge) dot(y, x, 0x1b, 0x1f, 0x27);
}

// Which pixel comes from whom: the mixed picture in grey, tinted by its owner.
export function originLook(mask, mixed, n, step, out) {
  const side = n / step;
  for (let y = 0, q = 0; y < side; y++) for (let x = 0; x < side; x++, q += 4) {
    const i = y * step * n + x * step, w = mask[i], shade = 0.3 + 0.7 * GREY(mixed, i * 4) / 255;
    const white = step === 1 && isEdge(mask, n, y, x);
    for (let c = 0; c < 3; c++) out[q + c] = white ? 255 : (ORANGE[c] + w * (BLUE[c] - ORANGE[c]) + 38) * shade;
    out[q + 3] = 255;
  }
  return out;
}

const LINEAR = Float64Array.from({ length: 256 }, (_, i) => {
  const v = i / 255;
  return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
});
const STEPS = 4096;
const ROOT = Float64Array.from({ length: STEPS + 2 }, (_, i) => {
  const t = i / STEPS;
  return t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116;
});
const WHITE = [0.9505, 1.0, 1.089];

function lab(p, i, to) {
  const r = LINEAR[p[i]], g = LINEAR[p[i + 1]], b = LINEAR[p[i + 2]];
  const x = root((0.4124 * r + 0.3576 * g + 0.1805 * b) / WHITE[0]);
  const y = root(0.2126 * r + 0.7152 * g + 0.0722 * b);
  const z = root((0.0193 * r + 0.1192 * g + 0.9505 * b) / WHITE[2]);
  to[0] = 116 * y - 16; to[1] = 500 * (x - y); to[2] = 200 * (y - z);
}

function root(t) {
  const place = Math.min(t, 1) * STEPS, low = place | 0;
  return ROOT[low] + (place - low) * (ROOT[low + 1] - ROOT[low]);
}

// How far each colour moved from A, in CIE Lab (delta E 1976), in cividis from 0 to the largest.
// Returns the largest.
export function differenceLook(mixed, a, n, step, out) {
  const side = n / step, far = new Float32Array(side * side), one = [0, 0, 0], other = [0, 0, 0];
  let top = 0;
  for (let y = 0, q = 0; y < side; y++) for (let x = 0; x < side; x++, q++) {
    const i = (y * step * n + x * step) * 4;
    if (mixed[i] === a[i] && mixed[i + 1] === a[i + 1] && mixed[i + 2] === a[i + 2]) continue;
    lab(mixed, i, one); lab(a, i, other);
    far[q] = Math.hypot(one[0] - other[0], one[1] - other[1], one[2] - other[2]);
    if (far[q] > top) top = far[q];
  }
  for (let q = 0, p = 0; q < far.length; q++, p += 4) {
    const t = Math.round((far[q] / (top || 1)) * 255) * 3;
    out[p] = HEAT[t]; out[p + 1] = HEAT[t + 1]; out[p + 2] = HEAT[t + 2]; out[p + 3] = 255;
  }
  return top;
}

// A map enlarged to n x n, as multiples of an even share: {density, low, high}.
export function enlarged({ values, rows, columns }, n) {
  const down = taps(rows, n), across = taps(columns, n), density = new Float32Array(n * n);
  const wide = new Float64Array(rows * n);
  for (let j = 0; j < rows; j++) for (let x = 0; x < n; x++) {
    across.weights[x].forEach((w, k) => { wide[j * n + x] += w * values[j * columns + across.start[x] + k]; });
  }
  let sum = 0;
  for (let y = 0; y < n; y++) down.weights[y].forEach((w, k) => {
    const from = (down.start[y] + k) * n;
    for (let x = 0; x < n; x++) density[y * n + x] += w * wide[from + x];
  });
  for (const v of density) sum += v;
  let low = Infinity, high = 0;
  for (let i = 0; i < density.length; i++) {
    density[i] = sum > 0 ? (density[i] / sum) * n * n : 1;
    low = Math.min(low, density[i]); high = Math.max(high, density[i]);
  }
  return { density, low, high };
}

// What the middle of a map's scale stands for: colours go by the square root of the way.
export function middleOf({ low, high }) {
  return low + (high - low) / 4;
}

// A photo in dim grey under its map, from the map's least value to its largest, as app/mixes/layer_images.py
// draws it: by the square root, as maps have few high places and much that is low.
export function seesLook(photo, { density, low, high }, n, step, out) {
  const side = n / step, flat = high - low <= 1e-3 * high;
  for (let y = 0, q = 0; y < side; y++) for (let x = 0; x < side; x++, q += 4) {
    const i = y * step * n + x * step, place = flat ? 0.5 : Math.sqrt((density[i] - low) / (high - low));
    const cover = 0.3 + 0.6 * place, dim = 0.65 * GREY(photo, i * 4) * (1 - cover), t = Math.round(place * 255) * 3;
    for (let c = 0; c < 3; c++) out[q + c] = dim + HEAT[t + c] * cover;
    out[q + 3] = 255;
  }
  return out;
}

// Every step-th pixel of a picture.
export function plainLook(picture, n, step, out) {
  const from = new Uint32Array(picture.buffer, picture.byteOffset, picture.length >> 2);
  const to = new Uint32Array(out.buffer, out.byteOffset, out.length >> 2), side = n / step;
  for (let y = 0, q = 0; y < side; y++) for (let x = 0; x < side; x++, q++) to[q] = from[y * step * n + x * step];
  return out;
}

// Lay a layer over the mixed picture, from 0 (none of it) to 1.
export function lay(layer, mixed, opacity) {
  if (opacity < 1) for (let p = 0; p < layer.length; p++) layer[p] = mixed[p] + opacity * (layer[p] - mixed[p]);
  return layer;
}
