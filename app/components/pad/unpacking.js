// UNPACKING: what is in a parcel, as the arithmetic wants it. Needs a browser, for its PNG reader.
import { storeOf } from "../store.js";

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

const parcels = () => storeOf("parcels");

export function keep(parcel) {
  const { name } = parcel.head;
  if (!parcels().has(name)) parcels().keep(name, unpacked(parcel));
}

// The contents of a parcel, once it is here.
export function contents(name) {
  return parcels().wait(name);
}
