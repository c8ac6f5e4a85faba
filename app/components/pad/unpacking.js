// UNPACKING: what is in a parcel, as the arithmetic wants it. Needs a browser, for its PNG reader.

const READERS = {
  ranks: ({ load }) => new Uint32Array(load.buffer, load.byteOffset, load.length >> 2),
  heights: ({ load }) => new Float32Array(load.buffer, load.byteOffset, load.length >> 2),
  maps: ({ load }) => new Float32Array(load.buffer, load.byteOffset, load.length >> 2),
  png: pictureOf,
};

export async function unpacked(parcel) {
  return READERS[parcel.head.kind](parcel);
}

// RGBA bytes of a PNG, the very levels of the file: no colour management, no premultiplied alpha.
async function pictureOf({ load }) {
  const exact = { colorSpaceConversion: "none", premultiplyAlpha: "none" };
  const bitmap = await createImageBitmap(new Blob([load], { type: "image/png" }), exact);
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return context.getImageData(0, 0, canvas.width, canvas.height).data;
}

// Parcels that have arrived, by name, and who waits for one. Every part of the page shares them.
const MOST = 40;

function shelf() {
  return (globalThis.mixscopeParcels ??= { kept: new Map(), waiting: new Map() });
}

export function keep(parcel) {
  const { kept, waiting } = shelf(), { name } = parcel.head;
  if (!kept.has(name)) kept.set(name, unpacked(parcel));
  waiting.get(name)?.forEach((give) => give(kept.get(name)));
  waiting.delete(name);
  while (kept.size > MOST) kept.delete(kept.keys().next().value);
}

// The contents of a parcel, once it is here.
export function contents(name) {
  const { kept, waiting } = shelf();
  if (!kept.has(name)) return new Promise((give) => waiting.set(name, [...(waiting.get(name) ?? []), give]));
  const found = kept.get(name);
  kept.delete(name); // to the end: what is in use is never the oldest
  kept.set(name, found);
  return found;
}
