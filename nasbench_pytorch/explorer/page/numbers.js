/** Numbers as people read them. */

const GROUPED = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const COMPACT = new Intl.NumberFormat("en", { notation: "compact", minimumSignificantDigits: 3, maximumSignificantDigits: 3 });
const SUFFIXES = [
  [1e9, "G"],
  [1e6, "M"],
  [1e3, "k"],
];

/** A count with separators: 423,624. */
export function grouped(value) {
  return GROUPED.format(value);
}

/** A count and its noun: 1 cell, 423,624 cells. */
export function counted(value, noun) {
  return `${grouped(value)} ${noun}${value === 1 ? "" : "s"}`;
}

/** A large number in short: 6,843,402 is 6.84M. */
export function compact(value) {
  return Number.isFinite(value) ? COMPACT.format(value) : "–";
}

/** An accuracy (a fraction): 0.9432; a missing one is a dash. */
export function fraction(value) {
  return Number.isFinite(value) ? value.toFixed(4) : "–";
}

/** Seconds as s, min or h: 1,156 s is 19.3 min. */
export function duration(seconds) {
  if (!Number.isFinite(seconds)) return "–";
  if (seconds < 120) return `${Number(seconds.toPrecision(3))} s`;
  if (seconds < 7200) return `${(seconds / 60).toFixed(1)} min`;
  return seconds < 360_000 ? `${(seconds / 3600).toFixed(1)} h` : `${grouped(seconds / 3600)} h`;
}

/** A value with its unit, exact where it is a whole number. */
export function exact(value, unit = "") {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  const text =
    Number.isInteger(value) || size >= 1e5 ? grouped(value) : String(Number(value.toPrecision(size < 1 ? 4 : 5)));
  return unit ? `${text} ${unit}` : text;
}

/**
 * Short text for a tick. `step` is the distance of ticks and decides the decimals.
 * @param {number} value
 * @param {number} step
 */
export function tickText(value, step) {
  const size = Math.max(Math.abs(value), step);
  const [factor, suffix] = SUFFIXES.find(([least]) => size >= Number(least) * 10 || (size >= least && least > 1e3)) ?? [
    1,
    "",
  ];
  if (size > 1e13 || size < 1e-4) return value === 0 ? "0" : value.toExponential(step / size < 0.1 ? 1 : 0);
  const decimals = Math.min(12, Math.max(0, -Math.floor(Math.log10(step / Number(factor)) + 1e-9)));
  return `${(value / Number(factor)).toFixed(decimals)}${suffix}`;
}
