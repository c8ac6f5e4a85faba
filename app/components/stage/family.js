// FAMILY: what the panels of all frames have in common, so that axes stand still under the hand. Pure.
import { extent, union } from "./axes.js";

const PAD = 0.04; // of the range, beyond the outermost thing

// Ends of the axes and scales of panels that follow each other at one place.
export function familyOf(panels) {
  const all = panels.flatMap((panel) => (panel.kind === "film" ? panel.panels : [panel]));
  const { kind } = all[0];
  if (kind === "curve" || kind === "scatter") return planeFamily(all);
  if (kind === "heat") return { range: ends(all, "low", "high", all.map(({ values }) => extent(values.flat()))) };
  if (kind === "bars") return { range: barRange(all) };
  if (kind === "overlay") return { range: union(all.map(({ map }) => map && extent(map.flat()))) };
  return {};
}

function ends(all, low, high, found) {
  const whole = union(found) ?? [0, 1];
  const lows = all.map((one) => one[low]).filter((v) => v !== null), highs = all.map((one) => one[high]).filter((v) => v !== null);
  return [lows.length ? Math.min(...lows) : whole[0], highs.length ? Math.max(...highs) : whole[1]];
}

function barRange(all) {
  const one = ({ values, low, high, stacked, limit }) => {
    const rows = stacked ? values.map((row) => [0, row.reduce((sum, v) => sum + (v ?? 0), 0)]) : values;
    return extent([0, ...rows.flat(), ...(low ?? []).flat(), ...(high ?? []).flat(), limit]);
  };
  const [low, high] = union(all.map(one));
  const limits = all.map(({ limit }) => limit).filter((v) => v !== null);
  return [low, limits.length ? Math.max(...limits) : high || 1];
}

// Numbers along one axis (0, 1 or 2) of all that a plane holds.
function* along(panel, axis) {
  for (const line of panel.lines) {
    if (axis < 2) yield* axis ? [...line.y, ...(line.low ?? []), ...(line.high ?? [])] : line.x;
  }
  for (const { at } of panel.points) for (const place of at) yield place[axis];
  for (const { start, end } of panel.links) for (const place of [...start, ...end]) yield place[axis];
}

function planeFamily(all) {
  const deep = all.some(({ points }) => points.some(({ at }) => at[0]?.length === 3));
  const range = (axis, given) => {
    const named = given && union(all.map((panel) => panel[given]));
    if (named) return named;
    const log = all[0].log.includes("xyz"[axis]);
    const found = union(all.map((panel) => extent([...along(panel, axis)].filter((v) => !log || v > 0))));
    return padded(found ?? [0, 1], log, axis === 1 || all[0].kind === "scatter");
  };
  return { deep, x: range(0, "x_range"), y: range(1, "y_range"), z: deep ? range(2) : null };
}

function padded([low, high], log, both) {
  if (low === high) return log ? [low / 2, high * 2] : [low - 0.5, high + 0.5];
  if (!both) return [low, high];
  if (log) return [low * (low / high) ** PAD, high * (high / low) ** PAD];
  const room = (high - low) * PAD;
  return [low - room, high + room];
}
