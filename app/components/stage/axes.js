// AXES: ranges, ticks and numbers of drawings. Pure.

export function clamp(value, low, high) {
  return Math.min(Math.max(value, low), high);
}

// A number as it is printed beside a mark.
export function format(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "none";
  const size = Math.abs(value);
  const text = size && (size >= 1e6 || size < 1e-4) ? value.toExponential(1) : String(Number(value.toPrecision(3)));
  return text.replace(/^-/, "−").replace("e-", "e−").replace("e+", "e");
}

// Lowest and highest of numbers, of which some may be null; null where there are none.
export function extent(numbers) {
  let low = Infinity, high = -Infinity;
  for (const value of numbers) {
    if (value === null || value === undefined) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : null;
}

// One range over several, of which some may be null.
export function union(ranges) {
  return extent(ranges.filter(Boolean).flat());
}

// Round numbers between the ends, about `most` of them.
export function ticksOf([low, high], most, log) {
  if (log) return logTicks(low, high, most);
  const rough = (high - low) / Math.max(most, 1), power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough * 0.999) ?? rough;
  const ticks = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) ticks.push(Number((i * step).toPrecision(12)));
  return ticks;
}

function logTicks(low, high, most) {
  const first = Math.floor(Math.log10(low)), last = Math.ceil(Math.log10(high));
  const parts = last - first <= 2 ? [1, 2, 5] : [1], every = Math.max(1, Math.ceil((last - first) / most));
  const ticks = [];
  for (let power = first; power <= last; power += every) {
    for (const part of parts) ticks.push(Number((part * 10 ** power).toPrecision(12)));
  }
  return ticks.filter((t) => t >= low * 0.999 && t <= high * 1.001);
}

// Values to pixels and back.
export class Axis {
  constructor([low, high], from, to, log = false) {
    this.turn = log ? (v) => Math.log10(Math.max(v, Number.MIN_VALUE)) : (v) => v;
    Object.assign(this, { low: this.turn(low), from, log });
    this.scale = (to - from) / (this.turn(high) - this.low || 1);
  }

  at(value) { return this.from + (this.turn(value) - this.low) * this.scale; }

  back(pixel) {
    const value = (pixel - this.from) / this.scale + this.low;
    return this.log ? 10 ** value : value;
  }
}

// Move things {y, high} apart, in place, so that none overlaps, between top and bottom.
export function spread(things, top, bottom) {
  const sorted = [...things].sort((one, other) => one.y - other.y);
  let end = top;
  for (const one of sorted) {
    one.y = Math.max(one.y, end + one.high / 2);
    end = one.y + one.high / 2;
  }
  end = bottom;
  for (const one of sorted.toReversed()) {
    one.y = Math.min(one.y, end - one.high / 2);
    end = one.y - one.high / 2;
  }
}
