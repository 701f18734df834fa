/** Panel of one cell: drawing, facts, curves, table of results, neighbours. */

import { drawCell } from "./cell.js";
import { drawCurves } from "./curves.js";
import { button, html, select } from "./dom.js";
import { drawNeighbours } from "./neighbours.js";
import { METRICS } from "./state.js";
import { duration, exact, fraction, grouped } from "./numbers.js";

/**
 * @param {any} cell what /api/cells/ROW answers
 * @param {{facts: any, metric: string, setMetric: (metric: string) => void, pick: (row: number) => void,
 *   edit: (matrix: number[][], ops: string[]) => void, add: (rows: number[]) => void, copy: (text: string, what: string) => void,
 *   walk: {back: boolean, forward: boolean}}} app
 */
export function drawCellPanel(cell, app) {
  const { facts, copy, walk } = app;
  return [
    html(
      "div",
      { class: "row" },
      button("←", () => history.back(), { title: "Cell before", disabled: !walk.back }),
      button("→", () => history.forward(), { title: "Cell after", disabled: !walk.forward }),
      button("Edit", () => app.edit(cell.matrix, cell.ops)),
      button("Select", () => app.add([cell.row]), { title: "Add to the selection" }),
      button("Copy Python", () => copy(cell.python, "Python")),
      button("Copy command", () => copy(cell.train_command, "The train command"), {
        title: "Copy the train command",
      }),
    ),
    html("figure", { class: "cell" }, drawCell(cell.matrix, cell.ops, { channels: cell.channels })),
    factList([
      ["hash", cell.hash ? html("code", {}, cell.hash) : "none: a foreign operation"],
      ["parameters", exact(cell.parameters ?? NaN)],
      ["FLOPs", exact(cell.flops ?? NaN)],
      [
        `rank, test ${facts.default_epochs} epochs`,
        cell.rank ? `${grouped(cell.rank)} of ${grouped(facts.cells)}` : "–",
      ],
    ]),
    ...results(cell, app),
    ...drawNeighbours(cell, app),
  ];
}

/** A list of names and values. */
export function factList(pairs) {
  return html(
    "dl",
    { class: "facts" },
    ...pairs.flatMap(([name, value]) => [html("dt", {}, name), html("dd", {}, value)]),
  );
}

function results(cell, { metric, setMetric }) {
  if (!cell.budgets.length) return [html("p", { class: "muted" }, "The table has no results of this cell.")];
  const choices = METRICS.map((value) => ({ value, text: `${value} accuracy` }));
  const curves = drawCurves(cell.budgets, metric) ?? html("p", { class: "muted" }, `No ${metric} accuracy is known.`);
  return [
    html("div", { class: "row" }, html("h2", {}, "Results"), select("of", choices, metric, setMetric)),
    curves,
    resultTable(cell.budgets),
  ];
}

function resultTable(budgets) {
  const head = ["epochs", "repeat", "train", "valid.", "test", "time"].map((name) =>
    html("th", { scope: "col" }, name),
  );
  const both = (end, half, text) => [text(end ?? NaN), html("small", {}, text(half ?? NaN))];
  const lines = budgets.flatMap(({ epochs, repeats }) =>
    repeats.map(({ repeat, halfway, final }, number) =>
      html(
        "tr",
        {},
        html("th", { scope: "row", class: number ? "again" : "" }, String(epochs)),
        html("td", {}, String(repeat ?? number)),
        ...["train", "validation", "test"].map((name) =>
          html("td", {}, both(final?.[name], halfway?.[name], fraction)),
        ),
        html("td", {}, both(final?.time_s, halfway?.time_s, duration)),
      ),
    ),
  );
  const caption = html(
    "caption",
    {},
    "A line in the picture is a repeat, from halfway to the end. Numbers at the end; small: halfway",
  );
  return html(
    "div",
    { class: "scroll", tabindex: 0 },
    html("table", { class: "numbers" }, caption, html("thead", {}, html("tr", {}, head)), html("tbody", {}, lines)),
  );
}
