/** The editor's drawing: vertices in a column, every possible edge an arc to click; what is pruned is faded. */

import { operationColours, operationName } from "./cell.js";
import { svg } from "./dom.js";
import { verticesOnPath } from "./graph_edits.js";

const STEP = 46;
const BOX = [88, 24];
const MIDDLE = 118;

/** Return the path of an edge: straight to the next vertex, else an arc, odd lengths left and even ones right. */
export function arcPath(from, to) {
  const [top, bottom] = [20 + from * STEP + BOX[1] / 2, 20 + to * STEP - BOX[1] / 2 - 2];
  if (to === from + 1) return `M${MIDDLE} ${top}V${bottom}`;
  const side = (to - from) % 2 ? -1 : 1;
  const [start, end] = [20 + from * STEP, 20 + to * STEP];
  const x = MIDDLE + (side * BOX[0]) / 2;
  const out = x + side * (8 + 13 * (to - from));
  return `M${x} ${start + 4}C${out} ${start + 14} ${out} ${end - 14} ${x + side * 2} ${end - 4}`;
}

/**
 * @param {import("./graph_edits.js").Graph} graph
 * @param {(from: number, to: number) => void} flip
 * @param {(vertex: number) => void} turn take the next operation
 */
export function drawArcs({ matrix, ops }, flip, turn) {
  const kept = verticesOnPath(matrix);
  const edges = [];
  for (let from = 0; from < ops.length; from++) {
    for (let to = from + 1; to < ops.length; to++) edges.push({ from, to, on: matrix[from][to] });
  }
  edges.sort((a, b) => a.on - b.on);
  const height = 40 + (ops.length - 1) * STEP;
  const marker = svg(
    "marker",
    { id: "arc-head", viewBox: "0 0 8 8", refX: 6, refY: 4, markerWidth: 6, markerHeight: 6, orient: "auto" },
    svg("path", { d: "M1 1L7 4L1 7", fill: "none", class: "arc-tip" }),
  );
  return svg(
    "svg",
    {
      class: "arcs",
      width: 2 * MIDDLE,
      height,
      viewBox: `0 0 ${2 * MIDDLE} ${height}`,
      "aria-hidden": "true",
      "text-anchor": "middle",
      "font-size": 11,
    },
    svg("defs", {}, marker),
    ...edges.map(({ from, to, on }) => {
      const state = on ? (kept[from] && kept[to] ? "on" : "on pruned") : "";
      const title = svg("title", {}, `${from} → ${to}: click to ${on ? "remove" : "add"}`);
      const d = arcPath(from, to);
      return svg(
        "g",
        { class: `arc ${state}`, onclick: () => flip(from, to) },
        title,
        svg("path", { class: "arc-hit", d }),
        svg("path", { class: "arc-line", d, "marker-end": on ? "url(#arc-head)" : null }),
      );
    }),
    ...ops.map((operation, vertex) => {
      const { fill, text } = operationColours(operation);
      const y = 20 + vertex * STEP;
      const box = { x: MIDDLE - BOX[0] / 2, y: y - BOX[1] / 2, width: BOX[0], height: BOX[1], rx: 7, fill };
      const inner = vertex > 0 && vertex < ops.length - 1;
      return svg(
        "g",
        {
          class: `${kept[vertex] ? "" : "faded"} ${inner ? "arc-box" : ""}`,
          onclick: () => inner && turn(vertex),
        },
        svg("rect", box),
        svg("text", { x: MIDDLE, y: y + 4, fill: text }, operationName(operation)),
      );
    }),
  );
}
