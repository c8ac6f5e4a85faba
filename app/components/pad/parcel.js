// PARCEL: an unseen part of the page whose only work is to bring bytes to the pad.
import { parcelOf } from "./packing.js";
import { keep } from "./unpacking.js";

export default function ({ data }) {
  keep(parcelOf(new Uint8Array(data)));
}
