/** Axes, grid lines, titles and histograms around a map, as SVG. */

import { svg } from "./dom.js";
import { histogramPath } from "./histogram.js";
import { fromUnit, ticks, toUnit } from "./scales.js";
import { toPixel } from "./map_view.js";

const LONGEST = 12; // letters of a category's name at a tick
const LETTER = 6.6; // CSS pixels

/**
 * Draw everything around the points.
 * @param {SVGSVGElement} picture of the whole frame
 * @param {{x: any, y: any, scales: {x: any, y: any}, view: any, box: {left: number, top: number, width: number,
 *   height: number, right: number}, painted: import("./cloud.js").Painted, diagonal: boolean}} scene
 */
export function drawAxes(picture, { x, y, scales, view, box, painted, diagonal }) {
  const { left, top, width, height } = box;
  const parts = [];
  const text = (content, at, anchor, extra = {}) => svg("text", { ...at, "text-anchor": anchor, ...extra }, content);
  for (const tick of axisTicks(x, scales.x, view.u0, view.u1, width / 85)) {
    const place = left + toPixel(view, box, tick.unit, 0).x;
    parts.push(svg("path", { class: "nb-grid", d: `M${place} ${top}v${height}` }));
    parts.push(text(tick.text, { x: place, y: top + height + 16 }, "middle"));
  }
  for (const tick of axisTicks(y, scales.y, view.v0, view.v1, height / 55)) {
    const place = top + toPixel(view, box, 0, tick.unit).y;
    parts.push(svg("path", { class: "nb-grid", d: `M${left} ${place}h${width}` }));
    parts.push(text(tick.text, { x: left - 7, y: place + 4 }, "end"));
  }
  if (diagonal) parts.push(diagonalLine(scales, view, box));
  parts.push(
    text(titleOf(x, scales.x, width), { x: left + width / 2, y: top + height + 36 }, "middle", { class: "nb-title" }),
  );
  const turned = `translate(13 ${top + height / 2}) rotate(-90)`;
  parts.push(text(titleOf(y, scales.y, height), { transform: turned }, "middle", { class: "nb-title" }));
  parts.push(svg("rect", { class: "nb-frame", x: left, y: top, width, height }));
  const above = histogramPath(painted.alongX, width, top - 6);
  const beside = histogramPath(painted.alongY, height, box.right - 6);
  parts.push(svg("path", { class: "nb-histogram", d: above, transform: `translate(${left} ${top - 1}) scale(1 -1)` }));
  const upright = `translate(${left + width + 1} ${top + height}) matrix(0 -1 1 0 0 0)`;
  parts.push(svg("path", { class: "nb-histogram", d: beside, transform: upright }));
  picture.replaceChildren(...parts);
}

/** Return the ticks of one axis with their unit positions; a category's ticks are its values. */
export function axisTicks(column, scale, low, high, count) {
  const [first, last] = [fromUnit(scale, Math.max(low, -0.2)), fromUnit(scale, Math.min(high, 1.2))];
  const placed = (tick) => ({ ...tick, unit: toUnit(scale, tick.value) });
  if (column.kind !== "category") return ticks(scale.kind, first, last, count).map(placed);
  const every = Math.max(1, Math.ceil((last - first) / (2 * count)));
  const found = [];
  for (let value = Math.max(0, Math.ceil(first)); value <= last; value++) {
    if (value % every === 0) found.push(placed({ value, text: shortName(column, value) }));
  }
  return found;
}

function shortName(column, value) {
  const name = column.legend?.[value] ?? String(value);
  return name.length > LONGEST ? `${name.slice(0, LONGEST - 1)}…` : name;
}

/** Title of an axis; the middle of one that is too long is left out. */
function titleOf({ label, unit }, scale, length) {
  const notes = [unit, scale.kind === "log" ? "log" : ""].filter(Boolean).join(", ");
  const title = notes ? `${label} (${notes})` : label;
  const most = Math.max(12, Math.floor(length / LETTER));
  if (title.length <= most) return title;
  return `${title.slice(0, Math.floor(most / 2) - 1)}…${title.slice(title.length - Math.ceil(most / 2))}`;
}

function diagonalLine(scales, view, { left, top, width, height }) {
  const [low, high] = [Math.max(scales.x.low, scales.y.low), Math.min(scales.x.high, scales.y.high)];
  const ends = [low, high].map((value) =>
    toPixel(view, { width, height }, toUnit(scales.x, value), toUnit(scales.y, value)),
  );
  const [from, to] = ends.map(({ x, y }) => `${x} ${y}`);
  const window = svg("svg", { x: left, y: top, width, height });
  window.append(svg("path", { class: "nb-diagonal", d: low < high ? `M${from}L${to}` : "" }));
  return window;
}

/** The box of a frame that the points fill: what margins leave. */
export function plotBox(width, height) {
  const small = width < 520;
  const [left, right, top, bottom] = small ? [50, 30, 30, 46] : [62, 50, 46, 48];
  const inner = { width: Math.max(40, width - left - right), height: Math.max(40, height - top - bottom) };
  return { left, right, top, bottom, ...inner };
}

/** Place an element over the box. */
export function placeInBox(element, box) {
  Object.assign(element.style, {
    left: `${box.left}px`,
    top: `${box.top}px`,
    width: `${box.width}px`,
    height: `${box.height}px`,
  });
}
