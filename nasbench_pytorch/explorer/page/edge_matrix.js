/** The matrix of the edited cell as buttons, with its operations; arrow keys move between the fields. */

import { operationName } from "./cell.js";
import { button, html } from "./dom.js";
import { verticesOnPath, withOperation, withoutVertex } from "./graph_edits.js";

/**
 * @param {import("./graph_edits.js").Graph} graph
 * @param {{operations: string[], flip: (from: number, to: number) => void, change: (next: any) => void}} edit
 */
export function matrixTable(graph, { operations, flip, change }) {
  const { matrix, ops } = graph;
  const kept = verticesOnPath(matrix);
  const name = (vertex) => `${vertex} ${operationName(ops[vertex])}`;
  const field = (from, to) => {
    if (to <= from) return html("td", { class: "below" });
    const attributes = {
      "aria-pressed": String(matrix[from][to] === 1),
      "data-place": `${from}-${to}`,
      "aria-label": `Edge from ${name(from)} to ${name(to)}`,
    };
    return html(
      "td",
      {},
      button(String(matrix[from][to]), () => flip(from, to), attributes),
    );
  };
  const lines = ops.map((operation, vertex) => {
    const inner = vertex > 0 && vertex < ops.length - 1;
    const choices = [...new Set([...operations, operation])].map((value) =>
      html("option", { value, selected: value === operation }, operationName(value)),
    );
    const choose = html(
      "select",
      {
        "aria-label": `Operation of vertex ${vertex}`,
        "data-place": `op-${vertex}`,
        onchange: () => change(withOperation(graph, vertex, choose.value)),
      },
      ...choices,
    );
    const remove = button("×", () => change(withoutVertex(graph, vertex)), {
      title: `Remove vertex ${vertex}`,
      class: "plain",
    });
    const head = html(
      "th",
      { scope: "row", class: kept[vertex] ? "" : "faded" },
      `${vertex} `,
      inner ? choose : operation,
    );
    return html("tr", {}, head, ...ops.map((_, to) => field(vertex, to)), html("td", {}, inner ? remove : null));
  });
  const table = html(
    "table",
    { class: "matrix" },
    html("caption", {}, "Row: from; column: to"),
    html("tbody", {}, ...lines),
  );
  table.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    const [from, to] = (event.target.dataset.place ?? "").split("-").map(Number);
    if (!step || !Number.isInteger(from)) return;
    event.preventDefault();
    table.querySelector(`[data-place="${from + step[0]}-${to + step[1]}"]`)?.focus();
  });
  return table;
}
