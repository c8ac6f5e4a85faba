// DESK: asks the server about a place, for what the browser cannot work out itself. One question at a
// time, and after it the latest one: what lay between is never asked.
import { codeOf, mapOf, parcelOf } from "./packing.js";
import { unpacked } from "./unpacking.js";

export class Desk {
  constructor(heard) {
    this.heard = heard;
    this.number = 0;
  }

  ask(route, place) {
    this.next = { route, place };
    if (!this.busy) this.#go();
  }

  // The answer about this very place: {picture, areas, weights, account, used}, or undefined.
  to(place) {
    return this.answer?.place === place ? this.answer : undefined;
  }

  async #go() {
    this.busy = true;
    while (this.next) {
      const { route, place } = this.next;
      this.next = null;
      try {
        const answer = await this.#question(route, place);
        if (answer) { this.answer = { place, ...answer }; this.heard(); }
      } catch { /* the settled mix will say it */ }
    }
    this.busy = false;
  }

  // Every step of the lam slider: {name, shapes, weights, field}; without shapes where only mixcore
  // can draw them, null where there is no such answer. A field that is at hand does not travel again.
  async sweep(route, { sweep: name, field }, atHand) {
    try {
      const parcel = await this.#post(route, { sweep: field ?? "" });
      if (parcel?.head.sweep !== name) return null;
      return { name, ...parcel.head.strip, field: parcel.head.kind === "strip" ? atHand : await unpacked(parcel) };
    } catch { return null; }
  }

  async #question(route, place) {
    const asked = { lam: () => ({ lam: place.i / 100 }), box: () => ({ rows: place.box.slice(0, 2), columns: place.box.slice(2) }), cells: () => ({ mask: codeOf(place.cells) }) };
    const parcel = await this.#post(route, asked[place.by]());
    if (!parcel) return null;
    const { areas, weights, account, used } = parcel.head;
    return { picture: await unpacked(parcel), areas, weights, account, used: used.map(mapOf) };
  }

  async #post({ url, handle }, asked) {
    const body = JSON.stringify({ handle, number: (this.number = Math.max(Date.now(), this.number + 1)), asked });
    const response = await fetch(url, { method: "POST", headers: { "Content-Type": "application/json" }, body, cache: "no-store" });
    return response.ok ? parcelOf(new Uint8Array(await response.arrayBuffer())) : null;
  }
}
