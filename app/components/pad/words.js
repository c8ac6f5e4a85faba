// WORDS: what a moving mix of two photos comes to, as app/mixes/text.py and app/mixes/mismatch.py say it. Pure.

const SIDES = ["a", "b"], GAP = "\u00a0";

export function escaped(text) {
  return text.replace(/[&<>"']/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;" })[c]);
}

// Whole per cent, half up, but never 0 or 100 for a share strictly between them.
export function percent(share) {
  if (share > 0 && share < 1) return Math.min(Math.max(Math.floor(share * 100 + 0.5), 1), 99);
  return Math.round(share * 100);
}

// Two decimals, as Python writes them: halves, which only odd eighths really are, go to even.
export function two(value) {
  if (!Number.isInteger(value * 8) || Number.isInteger(value * 4)) return value.toFixed(2);
  const low = Math.floor(value * 100);
  return ((low + (low % 2)) / 100).toFixed(2);
}

// A share as .67; 0 and 1 stand as they are.
export function short(share) {
  return share === 0 || share === 1 ? String(share) : two(share).replace(/^0/, "");
}

const close = (gap) => Math.round(gap * 1e4);

function said(i, share, name) {
  return `<em class=${SIDES[i]}>${`<span>${percent(share)} %</span>${GAP}${escaped(name)}`.trim()}</em>`;
}

function called(i, name) {
  return `<em class=${SIDES[i]}>${escaped(name)}</em>`;
}

function the(name) {
  return /^\p{Lu}/u.test(name) || name.startsWith("your ") ? escaped(name) : `the ${escaped(name)}`;
}

// Sentences of HTML: what the label says and what it would be by what is left to see, and how much
// is left of each photo; or what the picture holds.
// facts: {areas, weights, kind}; judge: {visible, worth} or null.
export function verdict(facts, judge, names) {
  if (judge?.worth) return judgedVerdict(facts, judge, names);
  return [`The label says ${said(0, facts.weights[0], names[0])}.`, holds(facts, names)];
}

function judgedVerdict({ weights }, { visible, worth }, names) {
  const total = weights[0] + weights[1], shares = weights.map((w) => w / total);
  const gaps = shares.map((w, k) => close(w - worth[k]));
  const i = gaps[1] > gaps[0] ? 1 : 0, whole = Math.abs(total - 1) < 0.005;
  const every = weights.map((w, k) => said(k, w, names[k]));
  const label = whole ? every[i] : `${every.join(" and ")}: ${said(i, shares[i], "")} of it for ${the(names[i])}`;
  const would = percent(worth[i]), too = percent(shares[i]) === would ? ", too" : "";
  const left = visible.map((s, k) => `<span>${percent(s)} %</span> of ${the(names[k])}`);
  return [
    `The label says ${label}.`,
    `By what is left to see ${whole ? "it" : "that"} would be <span>${would} %</span>${too}.`,
    `Left to see: ${left.join(" and ")}.`,
  ];
}

const LARGE = 0.1; // a smaller mismatch is not drawn as large, however rare it is for its method

// Whether a mismatch is "low", "usual" or "high" for its method; usual: {title, n, low, high}.
export function rateMismatch(gap, usual) {
  if (gap > usual.high && gap >= LARGE) return "high";
  return gap < usual.low ? "low" : "usual";
}

// Where a mismatch stands between 0 and 1, beside the middle half of its method's mixes.
export function usualHtml(gap, usual) {
  const { title, n, low, high } = usual, at = (share) => Math.floor(share * 1000 + 0.5) / 10;
  const how = gap > high ? `Further off than 3 of 4 ${title} mixes` : gap < low ? `Closer than 3 of 4 ${title} mixes` : `As usual for ${title}`;
  return `<span class="scale" aria-hidden="true"><i style="left:${at(low)}%;width:${at(high - low)}%"></i>` +
    `<u style="left:${at(gap)}%"></u></span><span>${escaped(how)}: half of ${n} scene pairs lie from ${short(low)} to ${short(high)}.</span>`;
}

function holds({ areas, kind }, names) {
  const a = areas[0];
  if (a === 0 || a === 1) return `The whole picture is ${a ? called(0, names[0]) : called(1, names[1])}.`;
  const rest = 1 - percent(a) / 100;
  if (kind === "blend") return `Every pixel is ${percent(a)} % ${escaped(names[0])}, ${said(1, rest, names[1])}.`;
  const average = kind === "hard" ? "" : ", on average,";
  return `${said(1, rest, "")} of the picture${average} is ${called(1, names[1])}.`;
}

// The numbers beside a bar: the first bar that has any names the photos, the others do not.
export function numbers(shares, names, named) {
  return shares.map((w, i) => (named ? `${names[i]} ${short(w)}` : short(w))).join(" · ");
}

// What a bar says to who cannot see it.
export function spoken(title, shares, names) {
  return `${title}: ${shares.map((w, i) => `${names[i]} ${two(w)}`).join(", ")}`;
}

// Three decimals at most, without the 0 before them, as mixcore.account writes them.
export function three(value) {
  let text = value.toFixed(3);
  if (Number.isInteger(value * 16) && !Number.isInteger(value * 8)) {
    const low = Math.floor(value * 1000); // a tie, which Python gives to the even one
    text = ((low + (low % 2)) / 1000).toFixed(3);
  }
  return text.replace(/\.?0+$/, "").replace(/^0/, "") || "0";
}

// A label as arithmetic, a line for each photo whose label does not follow from the other's.
export function equations({ terms, normalized, label }, names) {
  const sums = label.map((_, i) => terms.reduce((sum, term) => sum + term.weights[i] * term.shares[i], 0));
  const line = (i) => {
    const parts = terms.filter((term) => term.weights[i])
      .map((term) => `${term.weights[i] === 1 ? "" : `${three(term.weights[i])} × `}${three(term.shares[i])} ${term.name}`);
    const whole = parts.join(" + ");
    const over = normalized ? ` / (${sums.map(three).join(" + ")})` : "";
    return `${names[i]}: ${normalized && parts.length > 1 ? `(${whole})` : whole}${over} = ${three(label[i])}`;
  };
  return Math.abs(label[0] + label[1] - 1) >= 5e-4 ? [line(0), line(1)] : [line(0)];
}

// The widths of a bar's parts in per cent; weights that do not sum to 1 leave a rest, or share it.
export function widths(shares) {
  const full = Math.max(1, shares.reduce((sum, w) => sum + w, 0));
  return shares.map((w) => (w / full) * 100);
}

// A pixel's share as it stands in a sum.
export function share(v) {
  return v === 0 || v === 1 ? String(v) : v.toFixed(2);
}

// One pixel's sum: "0.65 · A(214, 118, 60) + 0.35 · B(44, 40, 38) = (154, 91, 52)".
export function arithmetic(w, a, b, mixed) {
  const triple = (t) => `(${t.join(", ")})`;
  return `${share(w)} · A${triple(a)} + ${share(1 - w)} · B${triple(b)} = ${triple(mixed)}`;
}
