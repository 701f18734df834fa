/**
 * A map of many cells: a scatter on a canvas with zoom, hover, box, histograms and a legend. It fetches nothing.
 *
 * One module for the page, for reports and for notebooks; `map.css` is its style.
 */

import { drawAxes, hiddenText, placeInBox, plotBox } from "./axes.js";
import { Cloud } from "./cloud.js";
import { colourCodes, countCodes, paletteOf, rgb } from "./colours.js";
import { button, html, onFrame, svg } from "./dom.js";
import { listenToKeys, listenToPointers } from "./gestures.js";
import { buildIndex, nearestRow, rowsInBox } from "./grid_index.js";
import { drawLegend } from "./legend.js";
import { bulkView, panned, toPixel, toPosition, viewFromValues, viewToValues, wholeView, zoomed } from "./map_view.js";
import { drawMarks } from "./marks.js";
import { exact, grouped } from "./numbers.js";
import { MISSING, scaleOf, unitPositions } from "./scales.js";
import { showTooltip } from "./tooltip.js";

const REACH = 10; // CSS pixels from the pointer to the cell that it means
const KEY_REACH = 24;
const NARROW = 560; // CSS pixels; the legend goes below the points
const MOUSE = "Drag to move, scroll or pinch to zoom, Shift-drag for a box of cells, double-click for everything.";
const KEYS =
    "Arrow keys move a cursor (with Shift faster), Enter chooses the cell under it, B begins and ends a box of cells, " +
    "plus and minus zoom, 0 shows everything, F the bulk of the cells, Escape ends a box.";

/**
 * @typedef {import("./scales.js").Column} Column
 * @typedef {{x: Column, y: Column, colour?: Column|null, filter?: Uint8Array|null,
 *   overlays?: {label: string, rows: Uint32Array, colour: string, size?: number}[], rings?: ArrayLike<number>,
 *   trail?: ArrayLike<number>}} MapData  colour null: density; filter: a byte per row, 0 fades the cell
 * @typedef {{label?: string, view?: number[]|null, row?: number, faded?: boolean, diagonal?: boolean,
 *   wheel?: "always"|"focus", describe?: (row: number) => [string, string][],
 *   on?: {hover?: (row: number) => void, pick?: (row: number) => void, select?: (rows: Uint32Array) => void,
 *   view?: (values: number[]|null) => void}}} MapOptions
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
        this.data = {
            colour: null,
            filter: null,
            overlays: [],
            rings: [],
            trail: [],
            row: -1,
            faded: false,
            ...options,
        };
        this.on = options.on ?? {};
        this.view = wholeView();
        this.hovered = -1;
        this.hidden = new Set();
        this.box = null;
        this.cursor = null;
        this.selecting = false;
        this.stop = new AbortController();
        this.build(options);
        this.repaint = onFrame(() => this.paint());
        this.remark = onFrame(() => this.mark());
        this.listen(options.wheel ?? "always");
    }

    build({ label = "Map of cells" }) {
        const id = `nb-help-${Math.random().toString(36).slice(2, 8)}`;
        this.canvas = html("canvas", { class: "nb-cloud", "aria-hidden": "true" });
        this.top = html("canvas", {
            class: "nb-top",
            tabindex: 0,
            role: "application",
            "aria-label": label,
            "aria-describedby": id,
        });
        this.axes = svg("svg", { class: "nb-axes", "aria-hidden": "true" });
        this.tip = html("div", { class: "nb-tip", hidden: true });
        this.live = hiddenText({ "aria-live": "polite" });
        const zoomMiddle = (factor) => () => this.zoom(factor);
        this.boxButton = button("Box", () => this.setSelecting(!this.selecting), {
            title: "Select cells with a box",
            "aria-pressed": "false",
        });
        this.tools = html(
            "div",
            { class: "nb-tools", role: "group", "aria-label": "Map tools" },
            button("+", zoomMiddle(1.6), { title: "Zoom in" }),
            button("−", zoomMiddle(1 / 1.6), { title: "Zoom out" }),
            button("All", () => this.reset(), { title: "Show everything (0)" }),
            button("Bulk", () => this.showBulk(), { title: "Show the middle 99 % of each axis (F)" }),
            this.boxButton,
        );
        this.legend = html("div", { class: "nb-legend", role: "group", "aria-label": "Legend" });
        this.frame = html("div", { class: "nb-frame-box" }, this.axes, this.canvas, this.top, this.tip);
        this.cloud = new Cloud(this.canvas);
        const help = html(
            "details",
            { class: "nb-note" },
            html("summary", {}, "Mouse and keys"),
            html("p", {}, MOUSE),
            html("p", { id }, KEYS),
        );
        const side = html("div", { class: "nb-side" }, this.tools, this.legend, help);
        this.root = html("div", { class: "nb-map" }, this.frame, side, this.live);
        this.element.replaceChildren(this.root);
    }

    listen(wheel) {
        const { signal } = this.stop;
        const gestures = {
            wheel,
            selecting: () => this.selecting,
            size: () => this.plot,
            pan: (dx, dy) => this.show(panned(this.view, this.plot, dx, dy)),
            zoom: (x, y, factor) => this.show(zoomed(this.view, this.plot, x, y, factor)),
            hover: (x, y, byKey) => this.hover(x, y, byKey),
            leave: () => this.leave(),
            click: (x, y, byKey) => this.click(x, y, byKey),
            box: (corners, done) => this.drawBox(corners, done),
            whole: () => this.reset(),
            bulk: () => this.showBulk(),
        };
        listenToPointers(this.top, gestures, signal);
        listenToKeys(this.top, gestures, signal);
        this.observer = new ResizeObserver(() => {
            this.root.classList.toggle("nb-narrow", this.root.clientWidth < NARROW);
            this.paint();
        });
        this.observer.observe(this.root);
        this.observer.observe(this.frame);
        matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.set({}), { signal });
    }

    /** Change any part of the data or the options, and draw. */
    set(changes) {
        const { data } = this;
        const changed = (name) => name in changes && changes[name] !== data[name];
        const moved = changed("x") || changed("y");
        const values = moved && this.scales && !("view" in changes) ? null : changes.view;
        if (changed("colour")) this.hidden.clear();
        Object.assign(data, changes);
        if (changes.on) this.on = changes.on;
        if (moved || !this.index) this.place();
        if (moved || "view" in changes) this.view = viewFromValues(values, this.scales.x, this.scales.y) ?? wholeView();
        this.colour();
        this.mask();
        this.repaint();
    }

    /** Positions of all rows on the axes, and the index that finds them. */
    place() {
        const { x, y } = this.data;
        this.scales = { x: scaleOf(x, x.scale ?? "linear"), y: scaleOf(y, y.scale ?? "linear") };
        this.index = buildIndex(unitPositions(x, this.scales.x, 1), unitPositions(y, this.scales.y, 77_777));
        this.missing = x.values.length - this.index.rows.length;
        this.hovered = -1;
    }

    colour() {
        const { colour } = this.data;
        const style = getComputedStyle(this.root);
        const value = (name, otherwise) => style.getPropertyValue(name).trim() || otherwise;
        this.theme = {
            dark: value("--nb-dark", "0") === "1",
            ink: value("--nb-ink", "#1c2733"),
            paper: value("--nb-paper", "#ffffff"),
            accent: value("--nb-accent", "#c2185b"),
            ghost: value("--nb-ghost", "#b8c0c8"),
        };
        if (colour && (this.codesOf !== colour || !this.codes)) {
            this.colourScale = scaleOf({ ...colour, kind: "number" }, colour.scale ?? "linear");
            this.codes = colourCodes(colour, this.colourScale);
            Object.assign(this, countCodes(this.codes));
        }
        this.codesOf = colour;
        this.palette = colour
            ? paletteOf(colour, this.present, this.theme.dark, rgb(this.theme.ghost))
            : new Uint8Array(768);
    }

    /** One byte a row: 1 where the cell passes the filter and its category is switched on; null: all do. */
    mask() {
        const { filter, colour } = this.data;
        if (!this.hidden.size || !colour) {
            this.shown = filter;
            return;
        }
        const shown = new Uint8Array(this.codes.length);
        for (let row = 0; row < shown.length; row++) {
            shown[row] = (!filter || filter[row]) && !this.hidden.has(this.codes[row]) ? 1 : 0;
        }
        this.shown = shown;
    }

    paint() {
        const { clientWidth, clientHeight } = this.frame;
        if (!clientWidth || !this.index) return;
        const { data, view, index, scales, theme } = this;
        this.plot = plotBox(clientWidth, clientHeight);
        const ratio = Math.min(2, devicePixelRatio || 1);
        for (const part of [this.canvas, this.top]) placeInBox(part, this.plot);
        const codes = data.colour ? this.codes : null;
        const scene = { index, view, shown: this.shown, codes, palette: this.palette, faded: data.faded };
        const overlays = data.overlays ?? [];
        this.painted = this.cloud.paint({ ...scene, overlays, dark: theme.dark, ghost: theme.ghost }, this.plot, ratio);
        drawAxes(this.axes, {
            x: data.x,
            y: data.y,
            scales,
            view,
            box: this.plot,
            painted: this.painted,
            diagonal: data.diagonal,
        });
        const counts = { counts: this.counts, present: this.present, palette: this.palette };
        const toggle = (code) => this.toggle(code);
        const legend = {
            ...counts,
            column: data.colour,
            scale: this.colourScale,
            hidden: this.hidden,
            toggle,
            overlays,
            faded: data.faded,
            count: data.x.values.length,
        };
        this.drawLegendIfChanged({ ...legend, dark: theme.dark, most: this.painted.most, missing: this.missing });
        this.mark();
        this.element.dispatchEvent(new CustomEvent("map-painted", { bubbles: true }));
    }

    /** The legend keeps its elements, and so the focus, while only the view moves. */
    drawLegendIfChanged(scene) {
        const key = [
            scene.column?.name,
            scene.dark,
            scene.column ? 0 : scene.most,
            scene.missing,
            scene.faded,
            ...scene.hidden,
        ].join();
        const same = this.legendKey === key && this.legendOf === scene.column && this.legendOverlays === scene.overlays;
        Object.assign(this, { legendKey: key, legendOf: scene.column, legendOverlays: scene.overlays });
        if (same) return;
        const focused = [...this.legend.querySelectorAll("button")].indexOf(document.activeElement);
        drawLegend(this.legend, scene);
        if (focused >= 0) this.legend.querySelectorAll("button")[focused]?.focus();
    }

    mark() {
        if (!this.plot) return;
        const { data, index, view, theme } = this;
        const ratio = Math.min(2, devicePixelRatio || 1);
        const rows = { hovered: this.hovered, row: data.row, rings: data.rings ?? [], trail: data.trail ?? [] };
        drawMarks(this.top, {
            index,
            view,
            size: this.plot,
            ratio,
            ...rows,
            box: this.box,
            cursor: this.cursor,
            ...theme,
        });
    }

    toggle(code) {
        if (!this.hidden.delete(code)) this.hidden.add(code);
        this.mask();
        this.repaint();
    }

    show(view) {
        this.view = view;
        this.leave();
        this.repaint();
        this.on.view?.(viewToValues(view, this.scales.x, this.scales.y));
    }

    /** Zoom around the middle. */
    zoom(factor) {
        this.show(zoomed(this.view, this.plot, this.plot.width / 2, this.plot.height / 2, factor));
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

    setSelecting(selecting) {
        this.selecting = selecting;
        this.boxButton.setAttribute("aria-pressed", String(selecting));
        this.top.classList.toggle("nb-selecting", selecting);
    }

    rowAt(x, y, reach) {
        const at = toPosition(this.view, this.plot, x, y);
        const near = toPosition(this.view, this.plot, x + reach, y - reach);
        return nearestRow(this.index, at, { u: near.u - at.u, v: near.v - at.v }, this.shown);
    }

    hover(x, y, byKey = false) {
        const row = this.rowAt(x, y, byKey ? KEY_REACH : REACH);
        const lines = row >= 0 ? this.lines(row) : null;
        const at = row >= 0 ? toPixel(this.view, this.plot, this.index.u[row], this.index.v[row]) : { x, y };
        const inFrame = { x: at.x + this.plot.left, y: at.y + this.plot.top };
        if (row !== this.hovered || !lines)
            showTooltip(this.tip, lines, inFrame, { width: this.frame.clientWidth, height: this.frame.clientHeight });
        if (byKey) {
            this.live.textContent = lines ? lines.map((line) => line.join(" ")).join(", ") : "no cell here";
        }
        this.cursor = byKey ? { x, y } : null;
        if (row !== this.hovered) this.on.hover?.(row);
        this.hovered = row;
        this.remark();
    }

    lines(row) {
        const { x, y, colour, describe } = this.data;
        const columns = [...new Set([y, x, ...(colour ? [colour] : [])])];
        return [...columns.map((column) => [column.label, valueText(column, row)]), ...(describe?.(row) ?? [])];
    }

    leave() {
        this.cursor = null;
        this.hovered = -1;
        this.tip.hidden = true;
        this.on.hover?.(-1);
        this.remark();
    }

    click(x, y, byKey = false) {
        const row = this.rowAt(x, y, byKey ? KEY_REACH : REACH);
        if (row < 0) return;
        this.set({ row });
        this.on.pick?.(row);
    }

    /** Where a row is painted, in pixels of the window. */
    placeOf(row) {
        const at = toPixel(this.view, this.plot, this.index.u[row], this.index.v[row]);
        const { left, top } = this.top.getBoundingClientRect();
        return { x: left + at.x, y: top + at.y };
    }

    drawBox(corners, done) {
        this.box = done ? null : corners;
        this.remark();
        if (!done || !corners) return;
        const from = toPosition(
            this.view,
            this.plot,
            Math.min(corners.x0, corners.x1),
            Math.max(corners.y0, corners.y1),
        );
        const to = toPosition(this.view, this.plot, Math.max(corners.x0, corners.x1), Math.min(corners.y0, corners.y1));
        const rows = rowsInBox(this.index, { u0: from.u, u1: to.u, v0: from.v, v1: to.v }, this.shown);
        this.live.textContent = `${grouped(rows.length)} cells in the box`;
        this.on.select?.(rows);
    }

    /** Take the map away and stop listening. */
    destroy() {
        this.stop.abort();
        this.observer.disconnect();
        this.root.remove();
    }
}

/** Text of a row's value in a column. */
export function valueText(column, row) {
    const value = column.values[row];
    if (column.kind !== "category") return exact(value, column.unit);
    return value === MISSING ? "–" : (column.legend?.[value] ?? String(value));
}
