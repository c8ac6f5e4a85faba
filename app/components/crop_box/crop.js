// CROP: a photo and the frame of the square that is used of it. A hand moves the frame, a wheel,
// two fingers, a corner or + and - zoom it; "Fit whole" takes all of the photo, padded.

const MOST = 8; // zoom
const REST = 300; // ms without a move before the server hears of it
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const ZOOMS = { "+": 1.1, "=": 1.1, "-": 1 / 1.1, "_": 1 / 1.1 };

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

// As mixcore.pictures.frame: left, top and side in pixels of the photo.
function frameOf({ width, height, zoom, x, y }) {
  const side = Math.min(width, height) / zoom;
  return {
    left: clamp(x * width - side / 2, 0, width - side),
    top: clamp(y * height - side / 2, 0, height - side),
    side,
  };
}

function el(kind, name, text = "") {
  const node = document.createElement(kind);
  node.className = name;
  node.textContent = text;
  return node;
}

class Crop {
  constructor(root) {
    this.photo = el("div", "crop-photo");
    this.image = el("img", "");
    this.image.draggable = false;
    this.frame = el("div", "crop-frame");
    this.corner = el("i", "crop-corner");
    this.frame.append(this.corner);
    this.photo.append(this.image, this.frame);
    this.photo.setAttribute("role", "application");
    this.photo.tabIndex = 0;
    this.title = el("figcaption", "crop-title");
    this.zoom = el("input", "crop-zoom");
    Object.assign(this.zoom, { type: "range", min: 0, max: Math.log(MOST), step: 0.01 });
    this.whole = el("button", "crop-whole", "Fit whole");
    this.whole.type = "button";
    this.tools = el("div", "crop-tools");
    this.tools.append(this.zoom, this.whole);
    root.append(this.title, this.photo, this.tools);
    this.fingers = new Map();
    this.#listen();
  }

  update(data, send) {
    this.send = send;
    if (this.fingers.size || this.timer || data.seq < (this.at?.seq ?? 0)) return; // the hand is ahead
    const { photo, name, ...at } = data;
    this.at = at;
    this.name = name;
    if (this.image.getAttribute("src") !== photo) this.image.src = photo;
    this.image.alt = `${name}, whole`;
    this.photo.style.setProperty("--ratio", at.width / at.height);
    this.zoom.setAttribute("aria-label", `Zoom of ${name}`);
    this.#draw();
  }

  #draw() {
    const { width, height, whole, zoom } = this.at;
    const { left, top, side } = frameOf(this.at);
    const share = (part, of) => `${(100 * part) / of}%`;
    Object.assign(this.frame.style, {
      left: share(left, width), top: share(top, height),
      width: share(side, width), height: share(side, height),
    });
    this.photo.dataset.whole = whole;
    this.zoom.value = Math.log(zoom);
    this.zoom.setAttribute("aria-valuetext", `${zoom.toFixed(1)} times`);
    this.whole.setAttribute("aria-pressed", whole);
    const square = width === height && zoom === 1;
    this.title.replaceChildren(el("b", "", this.name), el("span", "", `${width} × ${height}`));
    const used = whole ? "the whole photo is used, padded to a square"
      : square ? "all of it is used" : `the frame is ${Math.round(side)} pixels wide, ` +
        `its middle ${Math.round((100 * (left + side / 2)) / width)} % across and ` +
        `${Math.round((100 * (top + side / 2)) / height)} % down`;
    this.photo.setAttribute("aria-label", `Frame in ${this.name}: ${used}. Arrows move it, + and - zoom.`);
  }

  // Take a change, keep the frame inside the photo, and tell the server when the hand rests.
  #set(change, wait = REST) {
    this.at = { ...this.at, whole: false, ...change };
    this.at.zoom = clamp(this.at.zoom, 1, MOST);
    const { left, top, side } = frameOf(this.at);
    this.at.x = (left + side / 2) / this.at.width;
    this.at.y = (top + side / 2) / this.at.height;
    this.#draw();
    this.news = true;
    clearTimeout(this.timer);
    if (!this.fingers.size) this.timer = setTimeout(() => this.#tell(), wait);
  }

  #tell() {
    this.timer = 0;
    this.news = false;
    this.at.seq += 1;
    const { seq, zoom, x, y, whole } = this.at;
    const round = (value, digits) => Number(value.toFixed(digits));
    this.send({ seq, zoom: round(zoom, 2), x: round(x, 3), y: round(y, 3), whole });
  }

  #listen() {
    const photo = this.photo;
    photo.addEventListener("pointerdown", (event) => this.#down(event));
    photo.addEventListener("pointermove", (event) => this.fingers.has(event.pointerId) && this.#move(event));
    for (const kind of ["pointerup", "pointercancel"]) photo.addEventListener(kind, (event) => this.#up(event));
    photo.addEventListener("keydown", (event) => this.#key(event));
    photo.addEventListener("wheel", (event) => {
      // Without the focus the wheel scrolls the panel; a pinch on a touchpad comes with ctrlKey.
      if (!event.ctrlKey && document.activeElement !== photo) return;
      event.preventDefault();
      this.#set({ zoom: this.at.zoom * Math.exp(-event.deltaY / (event.ctrlKey ? 100 : 500)) });
    }, { passive: false });
    this.zoom.addEventListener("input", () => this.#set({ zoom: Math.exp(Number(this.zoom.value)) }));
    this.whole.addEventListener("click", () => this.#set({ whole: !this.at.whole }, 0));
  }

  #down(event) {
    if (event.button > 0 || this.at.whole) return;
    this.photo.focus({ preventScroll: true });
    this.photo.setPointerCapture(event.pointerId);
    this.fingers.set(event.pointerId, event);
    this.sizing = event.target === this.corner;
    this.start = { ...this.at, ...frameOf(this.at), ...this.#spread() };
  }

  // The middle of all fingers and how far they are apart, in pixels of the photo.
  #spread() {
    const { left, top, width } = this.image.getBoundingClientRect();
    const scale = this.at.width / width;
    const all = [...this.fingers.values()].map(({ clientX, clientY }) => [(clientX - left) * scale, (clientY - top) * scale]);
    const middle = [0, 1].map((i) => all.reduce((sum, one) => sum + one[i], 0) / all.length);
    const apart = all.length > 1 ? Math.hypot(all[0][0] - all[1][0], all[0][1] - all[1][1]) : 0;
    return { middle, apart };
  }

  #move(event) {
    this.fingers.set(event.pointerId, event);
    const { start } = this, { width, height } = start, now = this.#spread();
    const [across, down] = now.middle.map((value, i) => value - start.middle[i]);
    if (this.sizing) {
      const side = clamp(start.side + Math.max(across, down), Math.min(width, height) / MOST, Math.min(width - start.left, height - start.top));
      const zoom = Math.min(width, height) / side;
      this.#set({ zoom, x: (start.left + side / 2) / width, y: (start.top + side / 2) / height });
      return;
    }
    // Two fingers that part enlarge the frame between them.
    const zoom = now.apart && start.apart ? (start.zoom * start.apart) / now.apart : start.zoom;
    this.#set({
      zoom,
      x: (start.left + start.side / 2 + across) / width,
      y: (start.top + start.side / 2 + down) / height,
    });
  }

  #up(event) {
    if (!this.fingers.delete(event.pointerId)) return;
    if (this.fingers.size) this.start = { ...this.at, ...frameOf(this.at), ...this.#spread() };
    else if (this.news) this.#tell(); // one drag, one step back
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = STEPS[event.key], zoom = ZOOMS[event.key];
    if (step && this.at.whole) return;
    if (step) {
      const { left, top, side, width, height } = { ...this.at, ...frameOf(this.at) };
      const far = Math.min(width, height) * (event.shiftKey ? 0.1 : 0.02);
      this.#set({ x: (left + side / 2 + step[0] * far) / width, y: (top + side / 2 + step[1] * far) / height });
    } else if (zoom) this.#set({ zoom: this.at.zoom * zoom });
    else return;
    event.preventDefault();
    event.stopPropagation(); // + and arrows mean other things to the rest of the page
  }
}

const crops = new WeakMap();

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".crop");
  if (!crops.has(root)) crops.set(root, new Crop(root));
  crops.get(root).update(data, (crop) => setStateValue("crop", crop));
}
