// SHEET: an unseen part of the page whose only work is to bring a row's picture to the grid.
import { storeOf } from "../store.js";

const NAME = 32; // characters before the file

// A canvas with the very pixels of the file: no colour management.
async function drawn(file) {
  const bitmap = await createImageBitmap(new Blob([file], { type: "image/webp" }), { colorSpaceConversion: "none" });
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  canvas.getContext("2d", { willReadFrequently: true }).drawImage(bitmap, 0, 0);
  bitmap.close();
  return canvas;
}

export default function ({ data }) {
  const bytes = new Uint8Array(data);
  const name = new TextDecoder().decode(bytes.subarray(0, NAME));
  const sheets = storeOf("sheets");
  if (!sheets.has(name)) sheets.keep(name, drawn(bytes.slice(NAME)));
}
