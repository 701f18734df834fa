/** Where the rows of two columns lie on the map, and which of them lie in a box of values: the same for all who ask. */

import { buildIndex, rowsInBox } from "./grid_index.js";
import { fromUnit, scaleOf, toUnit, unitPositions } from "./scales.js";

const BOX_DIGITS = 9; // of a box's sides, as an address has them

/** Return the scales of two columns and the index of their rows. */
export function placeRows(x, y) {
  const scales = { x: scaleOf(x, x.scale ?? "linear"), y: scaleOf(y, y.scale ?? "linear") };
  return { scales, index: buildIndex(unitPositions(x, scales.x, 1), unitPositions(y, scales.y, 77_777)) };
}

/** Return [x0, x1, y0, y1] of two corners (unit positions), rounded as an address writes them. */
export function boxValues(from, to, { x, y }) {
  const sides = [fromUnit(x, from.u), fromUnit(x, to.u), fromUnit(y, from.v), fromUnit(y, to.v)];
  return sides.map((value) => Number(value.toPrecision(BOX_DIGITS)));
}

/** Return the rows in a box of values, ascending; `shown` (a byte per row) leaves some out. */
export function rowsBetween({ index, scales }, [x0, x1, y0, y1], shown) {
  const { x, y } = scales;
  return rowsInBox(index, { u0: toUnit(x, x0), u1: toUnit(x, x1), v0: toUnit(y, y0), v1: toUnit(y, y1) }, shown);
}
