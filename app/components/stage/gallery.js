// GALLERY: pictures with captions, as large as the room allows.
import { el } from "../elements.js";
import { markOf } from "./roles.js";
import { Sorter } from "./sorter.js";

const TINY = 96; // pixels a side under which a picture keeps its pixels
const CAPTION = 26, GAP = 12;
const LEAST = 40; // pixels across of a picture, however little room there is

export class GalleryView {
  constructor(stage) {
    this.stage = stage;
    this.box = el("div", "stage-images");
    this.node = el("div", "stage-gallery", "", this.box);
    this.sorter = new Sorter(stage, this.box);
  }

  draw(panel) {
    this.panel = panel;
    this.sorter.fill(panel.images.map((image, i) => this.#figure(image, i)));
    this.sorter.take(panel, panel.captions);
    this.paint();
  }

  #figure(address, i) {
    const { captions, frames, sizes, smooth } = this.panel, image = el("img");
    image.src = address;
    image.alt = captions[i] || `Picture ${i + 1}`;
    image.draggable = false;
    const sharp = !smooth || Math.max(...sizes[i]) <= TINY;
    if (sharp) image.classList.add("stage-sharp");
    if (frames[i]) {
      image.classList.add("stage-framed");
      image.style.setProperty("--frame", markOf(frames[i]));
    }
    image.style.aspectRatio = `${sizes[i][1]} / ${sizes[i][0]}`;
    const figure = el("figure", "", "", image);
    if (captions[i]) figure.append(el("figcaption", "", captions[i]));
    return figure;
  }

  // As many columns as make the pictures largest.
  paint() {
    const { clientWidth: wide } = this.node, high = this.stage.heightOf(this.node);
    if (!this.panel?.sizes.length || !wide) return;
    const count = this.panel.sizes.length, ratio = Math.max(...this.panel.sizes.map(([h, w]) => w / h));
    const under = this.panel.captions.some(Boolean) ? CAPTION : 0;
    let best = 0, columns = 1;
    for (let n = 1; n <= count; n++) {
      const rows = Math.ceil(count / n);
      const side = Math.min((wide - GAP * (n - 1)) / n, ((high - GAP * (rows - 1)) / rows - under) * ratio);
      if (side > best) [best, columns] = [side, n];
    }
    this.box.style.gridTemplateColumns = `repeat(${columns}, minmax(0, ${Math.floor(Math.max(best, Math.min(LEAST, wide / count)))}px))`;
  }
}
