/** The rows that an address selects: those of a box, and cells by their hashes. */

import { getBytes, getJson } from "./api.js";
import { rowCodes, shownRows } from "./map_colouring.js";
import { counted, grouped } from "./numbers.js";
import { placeRows, rowsBetween } from "./placed_rows.js";
import { boxState } from "./state.js";

const NONE = new Uint32Array(0);

/**
 * Return the rows of a box, those of the cells by themselves, what of the address stays, and sentences about the rest.
 * @param {{box: string, cells: string}} state
 * @param {any} app the page
 */
export async function selectedRows({ box, cells }, app) {
  const sentences = [];
  const trying = async (read, text) => {
    try {
      return await read(text, app, sentences);
    } catch (error) {
      sentences.push(`The selection of the address cannot be shown: ${error.message}.`);
      return null;
    }
  };
  const [boxed, named] = await Promise.all([box && trying(rowsOfBox, box), cells && trying(rowsOfHashes, cells)]);
  return {
    boxed: boxed || NONE,
    single: named?.rows ?? NONE,
    box: boxed ? box : "",
    cells: named?.cells ?? "",
    sentences,
  };
}

async function rowsOfBox(text, app, sentences) {
  const state = boxState(text, app.facts);
  const { where, hidden } = state;
  const [{ x, y, colour }, bytes] = await Promise.all([
    app.map.columnsOf(state),
    where && getBytes(`/api/filter?where=${encodeURIComponent(where)}`),
  ]);
  const codes = new Set(hidden ? hidden.split(",").map(Number) : []);
  const shown = shownRows(bytes ? new Uint8Array(bytes) : null, codes.size ? rowCodes(colour) : null, codes);
  const found = rowsBetween(placeRows(x, y), state.view, shown);
  if (!found.length) sentences.push("No cell of this table lies in the box of the address.");
  return found;
}

async function rowsOfHashes(text, app, sentences) {
  const { rows, missing } = await getJson(`/api/rows?hashes=${text}`);
  const hashes = text.split(".");
  if (missing.length) {
    const named = missing.slice(0, 3).join(", ") + (missing.length > 3 ? ", …" : "");
    const all = `${grouped(missing.length)} of the ${counted(hashes.length, "selected cell")}`;
    sentences.push(`This table lacks ${all} of the address: ${named}.`);
  }
  const kept = hashes.filter((hash) => !missing.includes(hash));
  return { rows: Uint32Array.from(rows).sort(), cells: kept.join(".") };
}
