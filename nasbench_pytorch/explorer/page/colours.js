/** Colours that people with any colour vision tell apart: Okabe and Ito's for categories, viridis for numbers. */

import { MISSING } from "./scales.js";

/** Okabe and Ito 2008, the strongest on white first; black and white follow the theme and are left out. */
export const OKABE_ITO = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#f0e442"];
const ON_DARK = ["#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#f0e442", "#d55e00", "#0072b2"];

/** Viridis (van der Walt and Smith 2015) at 0, 1/8 … 1. */
const VIRIDIS = ["#440154", "#472d7b", "#3b528b", "#2c728e", "#21918c", "#28ae80", "#5ec962", "#addc30", "#fde725"];

/** "#rrggbb" as [red, green, blue]. */
export function rgb(colour) {
  const number = parseInt(colour.slice(1), 16);
  return [number >> 16, (number >> 8) & 255, number & 255];
}

/** Return viridis at `part` of the way; the end that would vanish into the background is left out. */
export function viridis(part, dark) {
  const place = (dark ? 0.16 + 0.84 * part : 0.92 * part) * (VIRIDIS.length - 1);
  const step = Math.min(VIRIDIS.length - 2, Math.floor(place));
  const [from, to] = [rgb(VIRIDIS[step]), rgb(VIRIDIS[step + 1])];
  return from.map((channel, index) => Math.round(channel + (to[index] - channel) * (place - step)));
}

export function cssColour([red, green, blue]) {
  return `rgb(${red} ${green} ${blue})`;
}

/**
 * Return a colour for each code 0 … 255, as 256 × (red, green, blue); code 255 is "missing".
 * @param {import("./scales.js").Column} column
 * @param {number[]} present codes that occur, ascending
 * @param {boolean} dark
 * @param {number[]} missing
 */
export function paletteOf(column, present, dark, missing) {
  const palette = new Uint8Array(256 * 3);
  const few =
    column.kind === "category" && (column.legend || present.length <= 3) && present.length <= OKABE_ITO.length;
  for (let code = 0; code < MISSING; code++) palette.set(viridis(code / (MISSING - 1), dark), 3 * code);
  if (column.kind === "category") {
    present.forEach((code, place) => {
      const colour = few
        ? rgb((dark ? ON_DARK : OKABE_ITO)[place])
        : viridis(place / Math.max(1, present.length - 1), dark);
      palette.set(colour, 3 * code);
    });
  }
  palette.set(missing, 3 * MISSING);
  return palette;
}

/**
 * Return every row's colour code: a category's value, or a number's place on the scale in 255 steps.
 * @param {import("./scales.js").Column} column
 * @param {import("./scales.js").Scale} scale
 */
export function colourCodes(column, scale) {
  if (column.values instanceof Uint8Array && column.kind === "category") return column.values;
  const codes = new Uint8Array(column.values.length);
  const log = scale.kind === "log";
  const low = log ? Math.log(scale.low) : scale.low;
  const factor = MISSING / ((log ? Math.log(scale.high) : scale.high) - low);
  for (let row = 0; row < codes.length; row++) {
    const value = column.values[row];
    const code = ((log ? Math.log(value) : value) - low) * factor;
    codes[row] = code >= 0 ? Math.min(MISSING - 1, code) : MISSING;
  }
  return codes;
}

/** Return the codes that occur, ascending, without "missing", and how often each does. */
export function countCodes(codes) {
  const counts = new Uint32Array(256);
  for (let row = 0; row < codes.length; row++) counts[codes[row]]++;
  const present = [];
  for (let code = 0; code < MISSING; code++) if (counts[code]) present.push(code);
  return { counts, present };
}
