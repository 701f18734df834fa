/** What part of the unit square a map shows, in numbers alone: zoom, pan, pixels and values. */

import { fromUnit, toUnit } from "./scales.js";

/** @typedef {{u0: number, u1: number, v0: number, v1: number}} View */

const MARGIN = 0.03;
const NARROWEST = 2e-5; // of the axis; positions are 32-bit floats
const WIDEST = 1.6;

/** The view of everything. */
export function wholeView() {
  return { u0: -MARGIN, u1: 1 + MARGIN, v0: -MARGIN, v1: 1 + MARGIN };
}

/** Return the pixel of a position; y grows downwards. */
export function toPixel(view, size, u, v) {
  return {
    x: ((u - view.u0) / (view.u1 - view.u0)) * size.width,
    y: size.height - ((v - view.v0) / (view.v1 - view.v0)) * size.height,
  };
}

/** Return the position of a pixel. */
export function toPosition(view, size, x, y) {
  return {
    u: view.u0 + (x / size.width) * (view.u1 - view.u0),
    v: view.v0 + ((size.height - y) / size.height) * (view.v1 - view.v0),
  };
}

/** Zoom by a factor (above 1: closer) so that the given pixel keeps its position. */
export function zoomed(view, size, x, y, factor) {
  const { u, v } = toPosition(view, size, x, y);
  return settled({
    u0: u + (view.u0 - u) / factor,
    u1: u + (view.u1 - u) / factor,
    v0: v + (view.v0 - v) / factor,
    v1: v + (view.v1 - v) / factor,
  });
}

/** Move the picture by pixels. */
export function panned(view, size, dx, dy) {
  const du = (-dx / size.width) * (view.u1 - view.u0);
  const dv = (dy / size.height) * (view.v1 - view.v0);
  return settled({ u0: view.u0 + du, u1: view.u1 + du, v0: view.v0 + dv, v1: view.v1 + dv });
}

/** Keep a view's sides within bounds and its middle over the data. */
export function settled(view) {
  const [u0, u1] = settledSide(view.u0, view.u1);
  const [v0, v1] = settledSide(view.v0, view.v1);
  return { u0, u1, v0, v1 };
}

function settledSide(low, high) {
  const length = Math.min(WIDEST, Math.max(NARROWEST, high - low));
  const middle = Math.min(1, Math.max(0, (low + high) / 2));
  return [middle - length / 2, middle + length / 2];
}

/** Return [x0, x1, y0, y1] in the values of the columns. */
export function viewToValues(view, x, y) {
  return [fromUnit(x, view.u0), fromUnit(x, view.u1), fromUnit(y, view.v0), fromUnit(y, view.v1)];
}

/** Return the view of [x0, x1, y0, y1], or null where it does not fit the scales. */
export function viewFromValues(values, x, y) {
  if (!values || values.length !== 4) return null;
  const [u0, u1, v0, v1] = [toUnit(x, values[0]), toUnit(x, values[1]), toUnit(y, values[2]), toUnit(y, values[3])];
  const fits = [u0, u1, v0, v1].every(Number.isFinite) && u0 < u1 && v0 < v1;
  return fits && u1 > 0 && u0 < 1 && v1 > 0 && v0 < 1 ? settled({ u0, u1, v0, v1 }) : null;
}

/** Return the view that shows all rows but the outermost `part` at each end of each axis. */
export function bulkView(u, v, shown, part = 0.005) {
  const [u0, u1] = bulkSide(u, shown, part);
  const [v0, v1] = bulkSide(v, shown, part);
  if (!(u0 <= u1) || !(v0 <= v1)) return wholeView();
  const [du, dv] = [Math.max(0.01, (u1 - u0) * 0.05), Math.max(0.01, (v1 - v0) * 0.05)];
  return settled({ u0: u0 - du, u1: u1 + du, v0: v0 - dv, v1: v1 + dv });
}

function bulkSide(positions, shown, part) {
  const kept = positions.filter((position, row) => position === position && (!shown || shown[row])).sort();
  return [kept[Math.floor(part * (kept.length - 1))], kept[Math.ceil((1 - part) * (kept.length - 1))]];
}
