/** What a pointer or the keys do on a map: the cell under them, its lines beside it, a box of cells. */

import { listenToKeys, listenToPointers } from "./gestures.js";
import { nearestRow } from "./grid_index.js";
import { toPosition } from "./map_view.js";
import { counted, exact } from "./numbers.js";
import { boxValues, rowsBetween } from "./placed_rows.js";
import { MISSING } from "./scales.js";
import { showTooltip } from "./tooltip.js";

const REACH = 10; // CSS pixels from the pointer to the cell that it means
const KEY_REACH = 24;

export class MapPointer {
  /**
   * @param {any} map
   * @param {"always"|"focus"} wheel whether the wheel zooms at once, or only where the map has the focus
   */
  constructor(map, wheel) {
    this.map = map;
    this.hovered = -1;
    this.box = null;
    this.cursor = null;
    this.selecting = false;
    const gestures = {
      wheel,
      selecting: () => this.selecting,
      size: () => map.plot,
      pan: (dx, dy) => map.pan(dx, dy),
      zoom: (x, y, factor) => map.zoom(factor, x, y),
      hover: (x, y, byKey) => this.hover(x, y, byKey),
      leave: () => this.leave(),
      click: (x, y, byKey) => this.click(x, y, byKey),
      box: (corners, done) => this.drawBox(corners, done),
      whole: () => map.reset(),
      bulk: () => map.showBulk(),
    };
    listenToPointers(map.top, gestures, map.stop.signal);
    listenToKeys(map.top, gestures, map.stop.signal);
  }

  setSelecting(selecting) {
    this.selecting = selecting;
    this.map.boxButton.setAttribute("aria-pressed", String(selecting));
    this.map.top.classList.toggle("nb-selecting", selecting);
  }

  rowAt(x, y, reach) {
    const { view, plot, index, shown } = this.map;
    const at = toPosition(view, plot, x, y);
    const near = toPosition(view, plot, x + reach, y - reach);
    return nearestRow(index, at, { u: near.u - at.u, v: near.v - at.v }, shown);
  }

  hover(x, y, byKey = false) {
    const { map } = this;
    const row = this.rowAt(x, y, byKey ? KEY_REACH : REACH);
    const lines = row >= 0 ? this.lines(row) : null;
    if (row !== this.hovered || !lines) {
      const at = row >= 0 ? map.pixelOf(row) : { x, y };
      const { clientWidth: width, clientHeight: height } = map.frame;
      showTooltip(map.tip, lines, { x: at.x + map.plot.left, y: at.y + map.plot.top }, { width, height });
    }
    if (byKey) map.live.textContent = lines ? lines.map((line) => line.join(" ")).join(", ") : "no cell here";
    this.cursor = byKey ? { x, y } : null;
    if (row !== this.hovered) map.on.hover?.(row);
    this.hovered = row;
    map.remark();
  }

  lines(row) {
    const { x, y, colour, describe } = this.map.data;
    const columns = [...new Set([y, x, ...(colour ? [colour] : [])])];
    return [...columns.map((column) => [column.label, valueText(column, row)]), ...(describe?.(row) ?? [])];
  }

  leave() {
    const { map } = this;
    if (this.hovered >= 0) map.on.hover?.(-1);
    this.cursor = null;
    this.hovered = -1;
    map.tip.hidden = true;
    map.remark();
  }

  click(x, y, byKey = false) {
    const row = this.rowAt(x, y, byKey ? KEY_REACH : REACH);
    if (row < 0) return;
    this.map.set({ row });
    this.map.on.pick?.(row);
  }

  drawBox(corners, done) {
    const { map } = this;
    this.box = done ? null : corners;
    map.remark();
    if (!done || !corners) return;
    const { x0, y0, x1, y1 } = corners;
    const from = toPosition(map.view, map.plot, Math.min(x0, x1), Math.max(y0, y1));
    const to = toPosition(map.view, map.plot, Math.max(x0, x1), Math.min(y0, y1));
    const box = boxValues(from, to, map.scales);
    const rows = rowsBetween(map, box, map.shown);
    map.live.textContent = `${counted(rows.length, "cell")} in the box`;
    map.on.select?.(rows, box);
  }
}

/** Text of a row's value in a column. */
export function valueText(column, row) {
  const value = column.values[row];
  if (column.kind !== "category") return exact(value, column.unit);
  return value === MISSING ? "–" : (column.legend?.[value] ?? String(value));
}
