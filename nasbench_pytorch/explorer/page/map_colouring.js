/** Colours of a map: the theme of its element, and codes and palette of the column that colours the cells. */

import { colourCodes, countCodes, paletteOf, rgb } from "./colours.js";
import { scaleOf } from "./scales.js";

/** Read the theme from the `--nb-…` properties of an element. */
export function themeOf(element) {
  const style = getComputedStyle(element);
  const value = (name, otherwise) => style.getPropertyValue(name).trim() || otherwise;
  return {
    dark: value("--nb-dark", "0") === "1",
    ink: value("--nb-ink", "#1c2733"),
    paper: value("--nb-paper", "#ffffff"),
    accent: value("--nb-accent", "#b3134f"),
    ghost: value("--nb-ghost", "#b8c0c8"),
  };
}

/**
 * Return the codes of all rows and what the legend needs; the codes of `before` are kept while the column is the same.
 * Without a column the map shows the density, and there are no codes.
 */
export function colouringOf(column, theme, before) {
  if (!column) return { column, codes: null, palette: new Uint8Array(768) };
  const same = before?.column === column ? before : null;
  const scale = same?.scale ?? colourScale(column);
  const codes = same?.codes ?? colourCodes(column, scale);
  const { counts, present } = same ?? countCodes(codes);
  return { column, scale, codes, counts, present, palette: paletteOf(column, present, theme.dark, rgb(theme.ghost)) };
}

/** Return the colour code of each row; null for the density, which has none. */
export function rowCodes(column) {
  return column && colourCodes(column, colourScale(column));
}

function colourScale(column) {
  return scaleOf({ ...column, kind: "number" }, column.scale ?? "linear");
}

/** Return one byte a row: 1 where the cell passes the filter and its category is not hidden; null: all do. */
export function shownRows(filter, codes, hidden) {
  if (!hidden.size || !codes) return filter;
  const shown = new Uint8Array(codes.length);
  for (let row = 0; row < shown.length; row++) {
    shown[row] = (!filter || filter[row]) && !hidden.has(codes[row]) ? 1 : 0;
  }
  return shown;
}
