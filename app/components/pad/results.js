// RESULTS: sentences, the mismatch, bars and the arithmetic of one pixel, as they move.
import { arithmetic, equations, numbers, rateMismatch, share, spoken, usualHtml, verdict, widths } from "./words.js";

const LENS = 11; // pixels a side of the three squares around one pixel

export class Results {
  constructor(root) {
    const find = (css) => root.querySelector(css);
    this.sentences = root.querySelectorAll(".pad-words .verdict p");
    this.number = find(".pad-number");
    this.state = find(".pad-state");
    this.report = find(".pad-report");
    this.bars = find(".pad-bars");
    this.pixel = find(".pad-pixel");
    this.live = find(".pad-live");
    this.sum = document.createElement("p");
    this.sum.className = "account";
    this.lenses = this.pixel.querySelectorAll("canvas");
    for (const canvas of this.lenses) canvas.width = canvas.height = LENS;
    this.report.querySelector("button").addEventListener("click", (event) => {
      navigator.clipboard.writeText(this.told).then(() => { event.target.textContent = "Copied"; });
    });
  }

  // What Python says of a settled mix, and the bars there are.
  take(data) {
    this.data = data;
    this.number.innerHTML = data.words.number;
    const parts = [];
    data.rows.forEach((row, i) => {
      const first = i === 0 || data.rows[i - 1].group !== row.group;
      if (first && row.group) parts.push(`<h3 class="cap">${row.group}</h3>`);
      parts.push(`<div class="bar${row.slim ? " pad-slim" : ""}"><p><b></b><span></span></p><div class="track"></div></div>`);
    });
    const html = parts.join("");
    if (this.made !== html) this.bars.innerHTML = this.made = html;
    this.rows = this.bars.querySelectorAll(".bar");
    // Under the label's own bar.
    const label = data.rows.findIndex((row) => row.source === "label");
    this.rows[label]?.after(this.sum);
    this.sum.hidden = !data.account;
  }

  // shares: one pair a row, null where the row is not used, undefined where only Python knows it.
  // account: the label as arithmetic; undefined where it is not known yet.
  show({ shares, facts, judge, mismatch, settled, account }) {
    const { names, words, pinned } = this.data;
    const told = settled ? words.verdict : verdict(facts, judge, names);
    this.sentences.forEach((p, i) => { if (p.innerHTML !== (told[i] ?? "")) p.innerHTML = told[i] ?? ""; });
    if (mismatch !== undefined) this.#number(mismatch);
    this.sum.classList.toggle("pad-old", !account);
    if (account) this.#account(equations(account, names));
    const named = shares.findIndex((pair) => pair?.length);
    this.rows.forEach((bar, i) => this.#bar(bar, this.data.rows[i], shares[i], names, i === named, pinned?.shares?.[this.data.rows[i].source]));
  }

  // The number, and how usual it is for its method.
  #number(mismatch) {
    const line = this.number.querySelector(".mismatch"), usual = this.number.querySelector(".usual");
    if (!line) return;
    line.querySelector("b").textContent = mismatch === null ? "–" : mismatch.toFixed(2);
    if (!usual || mismatch === null) return;
    line.dataset.tone = rateMismatch(mismatch, this.data.usual);
    usual.innerHTML = usualHtml(mismatch, this.data.usual);
  }

  #account(lines) {
    const text = lines.join("\n");
    if (this.sum.dataset.text === text) return;
    this.sum.dataset.text = text;
    this.sum.replaceChildren(...lines.map((line) => Object.assign(document.createElement("span"), { textContent: line })));
  }

  #bar(bar, row, shares, names, named, pinned) {
    const [title, text] = [bar.querySelector("b"), bar.querySelector("span")], track = bar.querySelector(".track");
    bar.classList.toggle("pad-old", shares === undefined);
    title.textContent = row.title;
    const known = shares === undefined ? row.shares : shares;
    if (!known?.length) {
      text.textContent = row.why;
      track.className = "track none";
      track.replaceChildren();
      track.removeAttribute("role");
      return;
    }
    text.textContent = numbers(known, names, named);
    track.className = "track";
    track.setAttribute("role", "img");
    track.setAttribute("aria-label", spoken(row.title, known, names));
    if (track.children.length < 2) track.innerHTML = "<i class=a></i><i class=b></i><s hidden></s>";
    widths(known).forEach((width, i) => { track.children[i].style.width = `${width.toFixed(2)}%`; });
    const mark = track.children[2];
    mark.hidden = !pinned;
    if (pinned) { mark.style.left = `${widths(pinned)[0].toFixed(2)}%`; mark.title = "pinned"; }
  }

  // "moving", "settled", or how far off: {most, many, what}.
  tell(state, off = null, report = "") {
    this.state.dataset.state = off ? "off" : state;
    this.state.querySelector("span").textContent = off
      ? `preview and mixcore differ: ${off}` : { moving: "preview", settled: "settled, equal to mixcore", waiting: "settling" }[state];
    this.report.hidden = !off;
    if (!off) return;
    this.told = report;
    this.report.querySelector("p").textContent =
      "This is a fault of the preview. What you see is mixcore's picture; the report says how to make it again.";
    this.report.querySelector("button").textContent = "Copy the report";
  }

  say(text) {
    if (this.live.textContent !== text) this.live.textContent = text;
  }

  // The pixel at x, y: its two values, its share, their sum, and what is around it.
  look(model, frame, picture, { x, y }) {
    const n = model.n, i = y * n + x, w = frame.at.mask[i];
    const b = model.partner(frame.shape, x, y);
    const of = (bytes, p) => [bytes[p], bytes[p + 1], bytes[p + 2]];
    this.pixel.querySelector("h3").textContent = `This pixel (${x}, ${y})`;
    this.pixel.querySelector("code").textContent = arithmetic(w, of(model.a, i * 4), b, of(picture, i * 4));
    const sources = [(px, py) => of(model.a, (py * n + px) * 4), (px, py) => model.partner(frame.shape, px, py), (px, py) => of(picture, (py * n + px) * 4)];
    this.lenses.forEach((canvas, k) => {
      const image = new ImageData(LENS, LENS), half = (LENS - 1) / 2;
      for (let v = 0, q = 0; v < LENS; v++) for (let u = 0; u < LENS; u++, q += 4) {
        const px = x + u - half, py = y + v - half;
        if (px < 0 || py < 0 || px >= n || py >= n) continue;
        const colour = sources[k](px, py);
        image.data.set([...colour, 255], q);
      }
      canvas.getContext("2d").putImageData(image, 0, 0);
    });
    this.pixel.querySelectorAll("figcaption b").forEach((b, k) => { b.textContent = [share(w), share(1 - w)][k]; });
  }
}
