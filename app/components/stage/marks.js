// MARKS: points, links, lines and words on a canvas, through a space that turns places into pixels.

export const FACE = '"Source Sans", sans-serif';
const ROUND = 2 * Math.PI;

function each(value, i) { return Array.isArray(value) ? value[i] : value; }

function outline(ctx, shape, x, y, r) {
  ctx.beginPath();
  if (shape === "square") ctx.rect(x - r * 0.9, y - r * 0.9, r * 1.8, r * 1.8);
  else if (shape === "diamond" || shape === "star") {
    const spikes = shape === "star" ? 5 : 2, inner = shape === "star" ? 0.45 : 1;
    for (let i = 0; i < spikes * 2; i++) {
      const far = (i % 2 ? inner : 1) * r * 1.25, turn = (i * Math.PI) / spikes - Math.PI / 2;
      ctx.lineTo(x + far * Math.cos(turn), y + far * Math.sin(turn));
    }
    ctx.closePath();
  } else ctx.arc(x, y, r, 0, ROUND);
}

// Points, those behind first; far ones are fainter and smaller.
export function drawPoints(ctx, group, space, roles, ring) {
  const places = group.at.map((place, i) => ({ i, ...space.place(place) }));
  if (space.deep) places.sort((one, other) => other.far - one.far);
  for (const { i, x, y, far } of places) {
    if (!Number.isFinite(x + y)) continue;
    ctx.globalAlpha = each(group.strength, i) * (1 - 0.6 * far);
    ctx.fillStyle = roles.mark(each(group.color, i));
    outline(ctx, group.shape, x, y, each(group.size, i) * (1.15 - 0.45 * far));
    ctx.fill();
  }
  ctx.globalAlpha = 1;
  const one = places.find(({ i }) => i === ring);
  if (one) drawRing(ctx, one.x, one.y, Math.max(each(group.size, ring) + 3, 8), roles);
}

function drawRing(ctx, x, y, r, roles) {
  for (const [color, width] of [["soft", 5], ["ink", 2.4]]) {
    ctx.strokeStyle = roles.mark(color);
    ctx.lineWidth = width;
    ctx.beginPath();
    ctx.arc(x, y, r, 0, ROUND);
    ctx.stroke();
  }
}

export function drawLinks(ctx, links, space, roles) {
  links.start.forEach((from, i) => {
    const one = space.place(from), other = space.place(links.end[i]);
    ctx.globalAlpha = each(links.strength, i);
    ctx.strokeStyle = roles.mark(each(links.color, i));
    ctx.lineWidth = 1.3;
    ctx.beginPath();
    ctx.moveTo(one.x, one.y);
    ctx.lineTo(other.x, other.y);
    if (links.arrow) barbs(ctx, one, other);
    ctx.stroke();
  });
  ctx.globalAlpha = 1;
}

function barbs(ctx, from, to) {
  const turn = Math.atan2(to.y - from.y, to.x - from.x);
  for (const side of [-0.42, 0.42]) {
    ctx.moveTo(to.x, to.y);
    ctx.lineTo(to.x - 8 * Math.cos(turn + side), to.y - 8 * Math.sin(turn + side));
  }
}

export function drawLine(ctx, line, space, roles) {
  if (line.low && line.high) drawBand(ctx, line, space, roles);
  ctx.strokeStyle = roles.mark(line.color);
  ctx.lineWidth = line.width;
  ctx.lineJoin = "round";
  ctx.setLineDash(line.dashed ? [6, 5] : []);
  ctx.beginPath();
  let going = false;
  line.x.forEach((v, i) => {
    if (v === null || line.y[i] === null) { going = false; return; }
    const { x, y } = space.place([v, line.y[i]]);
    if (going) ctx.lineTo(x, y);
    else ctx.moveTo(x, y);
    going = true;
  });
  ctx.stroke();
  ctx.setLineDash([]);
}

function drawBand(ctx, { x, low, high, color }, space, roles) {
  const there = x.map((v, i) => i).filter((i) => x[i] !== null && low[i] !== null && high[i] !== null);
  ctx.beginPath();
  for (const [ends, way] of [[high, there], [low, there.toReversed()]]) {
    for (const i of way) {
      const place = space.place([x[i], ends[i]]);
      ctx.lineTo(place.x, place.y);
    }
  }
  ctx.globalAlpha = 0.18;
  ctx.fillStyle = roles.mark(color);
  ctx.fill();
  ctx.globalAlpha = 1;
}

// A word with a rim of the ground around it, readable over marks.
export function drawWord(ctx, text, x, y, { color, rim = null, font = `13px ${FACE}`, align = "left", base = "middle" }) {
  ctx.font = font;
  ctx.textAlign = align;
  ctx.textBaseline = base;
  if (rim) {
    ctx.strokeStyle = rim;
    ctx.lineWidth = 4;
    ctx.lineJoin = "round";
    ctx.strokeText(text, x, y);
  }
  ctx.fillStyle = color;
  ctx.fillText(text, x, y);
}

// Words of a text in lines of at most so many pixels.
export function wrapped(ctx, text, wide) {
  const lines = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && ctx.measureText(`${last} ${word}`).width <= wide) lines[lines.length - 1] += ` ${word}`;
    else lines.push(word);
  }
  return lines;
}

// A canvas as large as its place on the page, sharp on any screen: {ctx, width, height}.
export function fitted(canvas) {
  const { clientWidth: width, clientHeight: height } = canvas, ratio = globalThis.devicePixelRatio || 1;
  canvas.width = Math.max(1, Math.round(width * ratio));
  canvas.height = Math.max(1, Math.round(height * ratio));
  const ctx = canvas.getContext("2d");
  ctx.scale(ratio, ratio);
  return { ctx, width, height };
}
