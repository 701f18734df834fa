/** The elements of a map: canvases, axes, tools, legend, help. */

import { button, html, svg } from "./dom.js";

const MOUSE = "Drag to move, scroll or pinch to zoom, Shift-drag for a box of cells, double-click for everything.";
const KEYS =
  "Arrow keys move a cursor (with Shift faster), Enter chooses the cell under it, B begins and ends a box of cells, " +
  "plus and minus zoom, 0 shows everything, F the bulk of the cells, Escape ends a box.";

/**
 * @param {string} label for screen readers
 * @param {{zoom: (factor: number) => void, whole: () => void, bulk: () => void, select: () => void}} actions of the tools
 */
export function buildFrame(label, actions) {
  const id = `nb-help-${Math.random().toString(36).slice(2, 8)}`;
  const canvas = html("canvas", { class: "nb-cloud", "aria-hidden": "true" });
  const names = { role: "application", "aria-label": label, "aria-describedby": id };
  const top = html("canvas", { class: "nb-top", tabindex: 0, ...names });
  const axes = svg("svg", { class: "nb-axes", "aria-hidden": "true" });
  const tip = html("div", { class: "nb-tip", hidden: true });
  const live = html("div", { class: "nb-hidden", "aria-live": "polite" });
  const boxButton = button("Box", actions.select, { title: "Select cells with a box", "aria-pressed": "false" });
  const tools = html(
    "div",
    { class: "nb-tools", role: "group", "aria-label": "Map tools" },
    button("+", () => actions.zoom(1.6), { title: "Zoom in" }),
    button("−", () => actions.zoom(1 / 1.6), { title: "Zoom out" }),
    button("All", actions.whole, { title: "Show everything (0)" }),
    button("Bulk", actions.bulk, { title: "Show the middle 99 % of each axis (F)" }),
    boxButton,
  );
  const legend = html("div", { class: "nb-legend", role: "group", "aria-label": "Legend" });
  const texts = [html("summary", {}, "Mouse and keys"), html("p", {}, MOUSE), html("p", { id }, KEYS)];
  const help = html("details", { class: "nb-note" }, ...texts);
  const frame = html("div", { class: "nb-frame-box" }, axes, canvas, top, tip);
  const root = html("div", { class: "nb-map" }, frame, html("div", { class: "nb-side" }, tools, legend, help), live);
  return { root, frame, canvas, top, axes, tip, live, boxButton, legend };
}
