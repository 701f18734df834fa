/** Facts about the edited cell, as the server answers them. */

import { drawCell } from "./cell.js";
import { factList } from "./cell_panel.js";
import { button, download, html } from "./dom.js";
import { ownAccuracy } from "./neighbours.js";
import { exact, fraction, grouped } from "./numbers.js";

/** Say whether a cell is valid, and what pruning does. */
export function verdictOf(edited, now) {
  if (!edited.valid) return edited.error;
  const gone = now.ops.length - edited.pruned.ops.length;
  if (!gone) return "Valid; nothing to prune:";
  return `Valid; pruning removes ${gone === 1 ? "one vertex" : `${gone} vertices`}:`;
}

/**
 * @param {any} edited what /api/edit answers for a valid cell
 * @param {import("./graph_edits.js").Graph} now as it is edited
 * @param {any} app the page
 */
export function describeEdited(edited, now, app) {
  const { pruned, row, cell, python, train_command: command } = edited;
  const accuracy = cell && ownAccuracy(cell, app.facts.default_epochs);
  const save = () =>
    download(
      `${JSON.stringify({ matrix: now.matrix, ops: now.ops })}\n`,
      `${edited.hash ?? "cell"}.json`,
      "application/json",
    );
  return [
    html("figure", { class: "cell" }, drawCell(pruned.matrix, pruned.ops, { channels: pruned.channels })),
    factList([
      ["hash", html("code", {}, edited.hash ?? "none")],
      ["parameters", exact(edited.parameters ?? NaN)],
      ["FLOPs", exact(edited.flops ?? NaN)],
      [
        "in the table",
        row == null
          ? (edited.note ?? "no")
          : html("button", { type: "button", onclick: () => app.pick(row) }, `row ${grouped(row)}`),
      ],
      ...(cell
        ? [
            [`test, ${app.facts.default_epochs} epochs`, fraction(accuracy ?? NaN)],
            ["rank", cell.rank ? grouped(cell.rank) : "–"],
          ]
        : []),
    ]),
    html(
      "div",
      { class: "row" },
      button("Copy Python", () => app.copy(python, "Python")),
      button("Copy command", () => app.copy(command, "The train command"), { title: "Copy the train command" }),
      button("Download JSON", save),
    ),
  ];
}
