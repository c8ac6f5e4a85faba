// STORE: what has arrived from the server, by name, and who waits for it. Parts of a page are scripts
// of their own, so what all of them share hangs on the page itself.
const KEPT = { sheets: 24, parcels: 40 }; // the last of each kind

class Store {
  #kept = new Map();
  #waiting = new Map();

  constructor(most) {
    this.most = most;
  }

  has(name) {
    return this.#kept.has(name);
  }

  keep(name, thing) {
    this.#kept.set(name, thing);
    this.#waiting.get(name)?.forEach((give) => give(thing));
    this.#waiting.delete(name);
    while (this.#kept.size > this.most) this.#kept.delete(this.#kept.keys().next().value);
  }

  // The thing of this name, once it is here.
  wait(name) {
    if (!this.has(name)) return new Promise((give) => this.#waiting.set(name, [...(this.#waiting.get(name) ?? []), give]));
    const thing = this.#kept.get(name);
    this.#kept.delete(name); // to the end: what is in use is never the oldest
    this.#kept.set(name, thing);
    return thing;
  }
}

// The page's store of things of this kind.
export function storeOf(kind) {
  const stores = (globalThis.mixscopeStores ??= {});
  return (stores[kind] ??= new Store(KEPT[kind]));
}
