/** The map of a report: the data are in the file, and nothing is fetched. */

import { drawCell } from "./cell.js";
import { columnChoice, DENSITY } from "./column_choice.js";
import { html } from "./dom.js";
import { createMap } from "./map.js";
import { counted, exact } from "./numbers.js";

const STEPS = 65534;
const reportMap = document.getElementById("report-map");
const reportFacts = JSON.parse(document.getElementById("report-facts").textContent);
const reportValues = new Map();

/** Return the bytes of an element that holds them as base64, compressed. */
export async function packedBytes(id) {
  const letters = atob(document.getElementById(id).textContent);
  const packed = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Return numbers from their codes: the upper bytes first, then the lower ones; code 0 is a missing number. */
function unpackNumbers(bytes, { low, width, log }) {
  const count = bytes.length / 2;
  const numbers = new Float32Array(count);
  for (let row = 0; row < count; row++) {
    const code = bytes[row] * 256 + bytes[count + row];
    const number = low + ((code - 1) / STEPS) * width;
    numbers[row] = code === 0 ? NaN : log ? Math.exp(number) : number;
  }
  return numbers;
}

/** Return a column with its values, which are unpacked at the first call. */
async function reportColumn(name) {
  const column = reportFacts.columns.find((one) => one.name === name);
  if (!reportValues.has(name)) {
    const bytes = await packedBytes(`column-${reportFacts.columns.indexOf(column)}`);
    reportValues.set(name, column.packed ? unpackNumbers(bytes, column.packed) : bytes);
  }
  const legend = column.legend.length ? column.legend : undefined;
  return { ...column, legend, note: column.note || undefined, values: reportValues.get(name) };
}

/** Return the first eight digits of every cell's hash; bytes are planes of differences, the highest first. */
async function hashBeginnings() {
  const bytes = await packedBytes("report-hashes");
  const count = bytes.length / 4;
  const keys = new Uint32Array(count);
  for (let row = 0, key = 0; row < count; row++) {
    const plane = (place) => bytes[place * count + row];
    key += ((plane(0) * 256 + plane(1)) * 256 + plane(2)) * 256 + plane(3);
    keys[row] = key;
  }
  return (row) => keys[row].toString(16).padStart(8, "0");
}

/** Return a function from a row to its graph: {matrix, ops}. */
async function cellGraphs() {
  const bytes = await packedBytes("report-graphs");
  const { rows: count, operations } = reportFacts;
  const vertices = bytes.subarray(0, count);
  const firstOperation = new Uint32Array(count + 1);
  const firstEdge = new Float64Array(count + 1);
  for (let row = 0; row < count; row++) {
    firstOperation[row + 1] = firstOperation[row] + vertices[row] - 2;
    firstEdge[row + 1] = firstEdge[row] + (vertices[row] * (vertices[row] - 1)) / 2;
  }
  const codes = bytes.subarray(count, count + firstOperation[count]);
  const bits = bytes.subarray(count + firstOperation[count]);
  return (row) => {
    const inner = Array.from(codes.subarray(firstOperation[row], firstOperation[row + 1]), (code) => operations[code]);
    let edge = firstEdge[row];
    const next = () => (bits[Math.floor(edge / 8)] >> (7 - (edge++ % 8))) & 1;
    const size = vertices[row];
    const line = (from) => Array.from({ length: size }, (_, to) => (to > from ? next() : 0));
    return { matrix: Array.from({ length: size }, (_, from) => line(from)), ops: ["input", ...inner, "output"] };
  };
}

/**
 * Fill the report's map; browsers without DecompressionStream show the picture in its place.
 * @returns {Promise<{map: any, pick: (row: number) => void}|null>} the map, and a function that shows a cell below it
 */
export async function showReportMap() {
  if (!("DecompressionStream" in window)) return null;
  const { x, y, colour } = reportFacts.default;
  const [hashOf, graphOf] = [await hashBeginnings(), await cellGraphs()];
  const about = html("div", { class: "picked", "aria-live": "polite" });
  const frame = html("div", { class: "map-frame" });
  const described = (row) => [["hash", `${hashOf(row)}…`]];
  const data = { x: await reportColumn(x), y: await reportColumn(y), colour: await reportColumn(colour) };
  const choices = html("p", { class: "choices" });
  reportMap.replaceChildren(choices, frame, about);
  reportMap.hidden = false;
  reportMap.closest("section").classList.add("interactive");
  const show = (row) => showPicked(about, row, hashOf, graphOf);
  const label = `Map of ${counted(reportFacts.rows, "cell")}`;
  const map = createMap(frame, data, { label, describe: described, wheel: "focus", on: { pick: show } });
  reportMap.map = map;
  const change = (key) => async (name) => map.set({ [key]: name ? await reportColumn(name) : null });
  choices.append(
    columnChoice("across", reportFacts.columns, x, change("x")),
    columnChoice("upwards", reportFacts.columns, y, change("y")),
    columnChoice("colour", reportFacts.columns, colour, change("colour"), [DENSITY]),
  );
  const pick = (row) => {
    map.set({ row });
    show(row);
  };
  return { map, pick };
}

async function showPicked(about, row, hashOf, graphOf) {
  if (!(row >= 0)) return about.replaceChildren();
  const lines = [];
  for (const { name } of reportFacts.columns) {
    const { label, unit, values, kind, legend } = await reportColumn(name);
    const value = kind === "category" ? (legend?.[values[row]] ?? String(values[row])) : exact(values[row], unit);
    lines.push(html("tr", {}, html("th", { scope: "row" }, label), html("td", {}, value)));
  }
  const { matrix, ops } = graphOf(row);
  const written = `nasbench train --matrix "${matrix.map((line) => line.join("")).join(" ")}" --ops ${ops.slice(1, -1).join(",")}`;
  return about.replaceChildren(
    html("h3", {}, `Cell ${hashOf(row)}…`),
    html("div", { class: "beside" }, drawCell(matrix, ops), html("table", { class: "facts" }, html("tbody", {}, lines))),
    html("pre", {}, written),
  );
}
