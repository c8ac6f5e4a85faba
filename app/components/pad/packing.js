// PACKING: how bytes, bits and masks travel between Python and the browser. Pure.

export function bytesOf(base64) {
  const text = atob(base64.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(text, (c) => c.charCodeAt(0));
}

function base64(bytes) {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

// Bits, the first in the high end of the first byte, as numpy.packbits writes them.
export function bitsOf(text, count) {
  const bytes = bytesOf(text), bits = new Uint8Array(count);
  for (let i = 0; i < count; i++) bits[i] = (bytes[i >> 3] >> (7 - (i & 7))) & 1;
  return bits;
}

function packed(bits) {
  const bytes = new Uint8Array(Math.ceil(bits.length / 8));
  bits.forEach((bit, i) => { if (bit) bytes[i >> 3] |= 128 >> (i & 7); });
  return bytes;
}

// Lengths of runs of equal bits, A's first, seven bits a byte, the high bit where more follow.
function runs(bits) {
  const bytes = [];
  let value = 1, length = 0;
  const put = () => {
    for (; length > 127; length = Math.floor(length / 128)) bytes.push(128 | (length & 127));
    bytes.push(length);
  };
  for (const bit of bits) {
    if (bit !== value) { put(); value = bit; length = 0; }
    length++;
  }
  put();
  return Uint8Array.from(bytes);
}

// A mask set by hand as it stands in the link: "7x7" and "b", its bits, or "r", its runs.
export function codeOf({ rows, columns, keep }) {
  const plain = base64(packed(keep)), short = base64(runs(keep));
  return `${rows}x${columns}${short.length < plain.length ? `r${short}` : `b${plain}`}`;
}

export function cellsOf(code) {
  const [, rows, columns, how, rest] = /^(\d+)x(\d+)([br])(.*)$/.exec(code);
  const shape = { kind: "cells", rows: +rows, columns: +columns };
  const count = shape.rows * shape.columns;
  return { ...shape, keep: how === "b" ? bitsOf(rest, count) : unrolled(bytesOf(rest), count) };
}

function unrolled(bytes, count) {
  const keep = new Uint8Array(count);
  let at = 0, value = 1, length = 0, scale = 1;
  for (const byte of bytes) {
    length += (byte & 127) * scale;
    scale *= 128;
    if (byte & 128) continue;
    keep.fill(value, at, at + length);
    [at, value, length, scale] = [at + length, 1 - value, 0, 1];
  }
  return keep;
}

// A shape as Python packs it: bits of cells and holes become arrays.
export function shapeOf(shape) {
  if (shape.kind === "cells") return { ...shape, keep: bitsOf(shape.keep, shape.rows * shape.columns) };
  if (shape.kind === "holes") {
    return { ...shape, rows: bitsOf(shape.rows, shape.n), columns: bitsOf(shape.columns, shape.n) };
  }
  return shape;
}

// A map behind a label as Python packs it: its numbers exact, in single or double precision.
export function mapOf(packed) {
  const { buffer } = bytesOf(packed.values);
  return { ...packed, values: packed.double ? new Float64Array(buffer) : new Float32Array(buffer) };
}

// A parcel: the length of a JSON head in 4 bytes, the head, then the load, from a multiple of 4 on.
export function parcelOf(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = 4 + view.getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(bytes.subarray(4, end)));
  return { head, load: bytes.slice(Math.ceil(end / 4) * 4) };
}
