/** Scales of the axes: from a column's values to unit positions (0 at the low end, 1 at the high end) and back. */

import { tickText } from "./numbers.js";

/** Category value that stands for "missing" in a column of bytes. */
export const MISSING = 255;

/**
 * @typedef {{name: string, label: string, unit?: string, kind: "number"|"category", scale?: "linear"|"log",
 *   values: Float32Array|Uint8Array, min?: number, max?: number, legend?: string[], note?: string}} Column
 * @typedef {{kind: "linear"|"log", low: number, high: number}} Scale
 */

/** Return the least and greatest value of a column; [NaN, NaN] without any. A log scale counts values above 0 only. */
export function extent(values, kind = "linear") {
  let low = Infinity;
  let high = -Infinity;
  const bytes = values instanceof Uint8Array;
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    if ((bytes && value === MISSING) || (kind === "log" && !(value > 0))) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low > high ? [NaN, NaN] : [low, high];
}

/** Return the scale of a column, wide enough to draw even when all values are equal or missing. */
export function scaleOf(column, kind) {
  let [low, high] = extent(column.values, kind);
  if (column.kind === "category") [low, high] = [low - 0.5, high + 0.5];
  if (!(low <= high) || !Number.isFinite(high - low)) return { kind: "linear", low: 0, high: 1 };
  if (low === high && kind === "log") return { kind, low: low / 2, high: high * 2 };
  if (low === high) [low, high] = [low - (Math.abs(low) / 10 || 0.5), high + (Math.abs(high) / 10 || 0.5)];
  return { kind, low, high };
}

export function toUnit(scale, value) {
  if (scale.kind === "log") return Math.log(value / scale.low) / Math.log(scale.high / scale.low);
  return (value - scale.low) / (scale.high - scale.low);
}

export function fromUnit(scale, unit) {
  if (scale.kind === "log") return scale.low * (scale.high / scale.low) ** unit;
  return scale.low + unit * (scale.high - scale.low);
}

/**
 * Return every row's unit position; NaN where it has none. Cells of one category are spread evenly around its value,
 * by a fixed pattern, since they would hide each other.
 * @param {Column} column
 * @param {Scale} scale
 * @param {number} seed another one for each axis
 */
export function unitPositions(column, scale, seed) {
  const { values } = column;
  const positions = new Float32Array(values.length);
  const log = scale.kind === "log";
  const low = log ? Math.log(scale.low) : scale.low;
  const factor = 1 / ((log ? Math.log(scale.high) : scale.high) - low);
  const spread = column.kind === "category" ? 0.7 : 0;
  const bytes = values instanceof Uint8Array;
  for (let row = 0; row < values.length; row++) {
    let value = values[row];
    if (bytes && value === MISSING) value = NaN;
    if (spread) value += spread * scatter(row, seed);
    positions[row] = ((log ? Math.log(value > 0 ? value : NaN) : value) - low) * factor;
  }
  return positions;
}

/** A fixed pattern from -0.5 to 0.5 that looks random, another one for each seed: bits of both are mixed. */
function scatter(row, seed) {
  let mixed = Math.imul(row ^ Math.imul(seed, 0x9e3779b1), 0x85ebca77);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae3d);
  return ((mixed ^ (mixed >>> 13)) >>> 0) / 4294967296 - 0.5;
}

/** Return the distance of round ticks (1, 2 or 5 × 10^k) that gives about `count` of them. */
export function tickStep(low, high, count) {
  const rough = (high - low) / Math.max(count, 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const lead = rough / power;
  return power * (lead < 1.5 ? 1 : lead < 3.5 ? 2 : lead < 7.5 ? 5 : 10);
}

/**
 * Return ticks between two values.
 * @returns {{value: number, text: string}[]}
 */
export function ticks(kind, low, high, count) {
  if (!(low < high)) return [];
  if (kind === "log" && high / low > 4) return logTicks(low, high, count);
  const step = tickStep(low, high, count);
  const found = [];
  for (let number = Math.ceil(low / step - 1e-9); number * step <= high + step * 1e-9; number++) {
    found.push({ value: number * step, text: tickText(number * step, step) });
  }
  return found;
}

function logTicks(low, high, count) {
  const decades = Math.log10(high / low);
  const leads = decades * 3 <= count * 1.4 ? [1, 2, 5] : decades <= count ? [1] : null;
  const every = leads ? 1 : Math.ceil(decades / count);
  const found = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
    if (power % every) continue;
    for (const lead of leads ?? [1]) {
      const value = lead * 10 ** power;
      if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9)) found.push({ value, text: tickText(value, value) });
    }
  }
  return found;
}
