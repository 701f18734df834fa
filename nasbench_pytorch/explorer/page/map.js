/**
 * A map of many cells: a scatter on a canvas with zoom, hover, box, histograms and a legend. It fetches nothing.
 *
 * One module for the page, for reports and for notebooks; `map.css` is its style.
 */

import { drawAxes, placeInBox, plotBox } from "./axes.js";
import { Cloud } from "./cloud.js";
import { onFrame } from "./dom.js";
import { drawLegend } from "./legend.js";
import { colouringOf, shownRows, themeOf } from "./map_colouring.js";
import { buildFrame } from "./map_frame.js";
import { bulkView, panned, toPixel, viewFromValues, viewToValues, wholeView, zoomed } from "./map_view.js";
import { MapPointer } from "./map_pointer.js";
import { drawMarks } from "./marks.js";
import { placeRows } from "./placed_rows.js";

const NARROW = 560; // CSS pixels; the legend goes below the points
const MARKS = ["row", "rings", "trail", "on", "describe"]; // what leaves the painted points as they are

/**
 * @typedef {import("./scales.js").Column} Column
 * @typedef {{x: Column, y: Column, colour?: Column|null, filter?: Uint8Array|null,
 *   overlays?: {label: string, rows: Uint32Array, colour: string, size?: number}[], rings?: ArrayLike<number>,
 *   trail?: ArrayLike<number>}} MapData  colour null: density; filter: a byte per row, 0 fades the cell
 * @typedef {{label?: string, view?: number[]|null, row?: number, hidden?: number[], faded?: boolean, diagonal?: boolean,
 *   wheel?: "always"|"focus", describe?: (row: number) => [string, string][],
 *   on?: {hover?: (row: number) => void, pick?: (row: number) => void, select?: (rows: Uint32Array, box: number[]) => void,
 *   view?: (values: number[]|null) => void, hidden?: (codes: number[]) => void}}} MapOptions  hidden: category codes;
 *   box: [x0, x1, y0, y1] in values
 */

/**
 * Fill an element with a map.
 * @param {HTMLElement} element
 * @param {MapData} data
 * @param {MapOptions} [options]
 */
export function createMap(element, data, options = {}) {
  const map = new CellMap(element, options);
  map.set({ ...options, ...data });
  return map;
}

class CellMap {
  constructor(element, options) {
    this.element = element;
    this.data = { colour: null, filter: null, overlays: [], rings: [], trail: [], row: -1, faded: false, ...options };
    this.on = options.on ?? {};
    this.view = wholeView();
    this.hidden = new Set();
    this.stop = new AbortController();
    const actions = {
      zoom: (factor) => this.zoom(factor),
      whole: () => this.reset(),
      bulk: () => this.showBulk(),
      select: () => this.pointer.setSelecting(!this.pointer.selecting),
    };
    Object.assign(this, buildFrame(options.label ?? "Map of cells", actions));
    this.cloud = new Cloud(this.canvas);
    this.element.replaceChildren(this.root);
    this.repaint = onFrame(() => this.paint());
    this.remark = onFrame(() => this.mark());
    this.pointer = new MapPointer(this, options.wheel ?? "always");
    this.observer = new ResizeObserver(() => {
      this.root.classList.toggle("nb-narrow", this.root.clientWidth < NARROW);
      this.paint();
    });
    this.observer.observe(this.root);
    this.observer.observe(this.frame);
    const { signal } = this.stop;
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.set({}), { signal });
  }

  /** Change any part of the data or the options, and draw; `set({})` reads the theme anew. */
  set(changes) {
    const { data } = this;
    const changed = (name) => name in changes && changes[name] !== data[name];
    const names = Object.keys(changes);
    const moved = changed("x") || changed("y");
    const recoloured = changed("colour") || !this.theme || !names.length;
    if (changed("colour")) this.hidden.clear();
    if (changes.hidden) this.hidden = new Set(changes.hidden);
    Object.assign(data, changes);
    if (changes.on) this.on = changes.on;
    if (moved || !this.index) this.place();
    if (moved || "view" in changes) {
      this.view = viewFromValues(changes.view ?? null, this.scales.x, this.scales.y) ?? wholeView();
    }
    if (recoloured) this.recolour();
    if (names.length && names.every((name) => MARKS.includes(name))) {
      this.remark();
      return;
    }
    this.mask();
    this.repaint();
  }

  /** Positions of all rows on the axes, and the index that finds them. */
  place() {
    const { x, y } = this.data;
    Object.assign(this, placeRows(x, y));
    this.missing = x.values.length - this.index.rows.length;
    this.pointer.hovered = -1;
  }

  /** Colours after another column, or another theme. */
  recolour() {
    this.theme = themeOf(this.root);
    this.colouring = colouringOf(this.data.colour, this.theme, this.colouring);
  }

  mask() {
    this.shown = shownRows(this.data.filter, this.colouring.codes, this.hidden);
  }

  paint() {
    const { clientWidth, clientHeight } = this.frame;
    if (!clientWidth || !this.index) return;
    const { data, view, index, scales, theme, colouring } = this;
    const { diagonal, faded } = data;
    this.plot = plotBox(clientWidth, clientHeight);
    for (const part of [this.canvas, this.top]) placeInBox(part, this.plot);
    const { codes, palette } = colouring;
    const { dark, ghost } = theme;
    const scene = { index, view, shown: this.shown, codes, palette, faded, dark, ghost, overlays: data.overlays };
    const painted = this.cloud.paint(scene, this.plot, screenRatio());
    drawAxes(this.axes, { x: data.x, y: data.y, scales, view, box: this.plot, painted, diagonal });
    this.drawLegend(painted.most);
    this.mark();
    this.element.dispatchEvent(new CustomEvent("map-painted", { bubbles: true }));
  }

  /** The legend keeps its elements, and so the focus, while only the view moves. */
  drawLegend(most) {
    const { colouring, hidden, legend, missing } = this;
    const { overlays, faded } = this.data;
    const key = [colouring, overlays, faded, missing, colouring.column ? 0 : most, [...hidden].join()];
    if (this.legendKey?.every((part, number) => part === key[number])) return;
    this.legendKey = key;
    const buttons = () => [...legend.querySelectorAll("button")];
    const focused = buttons().indexOf(document.activeElement);
    const count = this.data.x.values.length;
    const toggle = (code) => this.toggle(code);
    drawLegend(legend, { ...colouring, hidden, toggle, overlays, faded, missing, most, count, dark: this.theme.dark });
    buttons()[focused]?.focus();
  }

  mark() {
    if (!this.plot) return;
    const { data, index, view, theme } = this;
    const { hovered, box, cursor } = this.pointer;
    const rows = { hovered, row: data.row, rings: data.rings, trail: data.trail };
    drawMarks(this.top, { index, view, size: this.plot, ratio: screenRatio(), ...rows, box, cursor, ...theme });
  }

  toggle(code) {
    if (!this.hidden.delete(code)) this.hidden.add(code);
    this.mask();
    this.repaint();
    this.on.hidden?.([...this.hidden]);
  }

  show(view) {
    this.view = view;
    this.pointer.leave();
    this.repaint();
    this.on.view?.(viewToValues(view, this.scales.x, this.scales.y));
  }

  /** Zoom around a pixel, or the middle. */
  zoom(factor, x = this.plot.width / 2, y = this.plot.height / 2) {
    this.show(zoomed(this.view, this.plot, x, y, factor));
  }

  /** Show everything. */
  reset() {
    this.show(wholeView());
    this.on.view?.(null);
  }

  showBulk() {
    this.show(bulkView(this.index.u, this.index.v, this.shown));
  }

  /** Show [x0, x1, y0, y1] in values; null: everything. Return whether the values fit. */
  setView(values) {
    const view = viewFromValues(values, this.scales.x, this.scales.y);
    this.view = view ?? wholeView();
    this.repaint();
    return values === null || view !== null;
  }

  /** Move the picture by pixels. */
  pan(dx, dy) {
    this.show(panned(this.view, this.plot, dx, dy));
  }

  /** Where a row is painted, in pixels of the plot. */
  pixelOf(row) {
    return toPixel(this.view, this.plot, this.index.u[row], this.index.v[row]);
  }

  /** Where a row is painted, in pixels of the window. */
  placeOf(row) {
    const { x, y } = this.pixelOf(row);
    const { left, top } = this.top.getBoundingClientRect();
    return { x: left + x, y: top + y };
  }

  /** Take the map away and stop listening. */
  destroy() {
    this.stop.abort();
    this.observer.disconnect();
    this.root.remove();
  }
}

/** Device pixels in a CSS pixel; more than 2 cost time and show nothing. */
function screenRatio() {
  return Math.min(2, devicePixelRatio || 1);
}
