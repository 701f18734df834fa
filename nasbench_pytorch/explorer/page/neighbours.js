/** Neighbours of a cell, one edit away: small drawings with accuracies, to walk through the space by hand. */

import { drawCell, cellInWords } from "./cell.js";
import { html } from "./dom.js";
import { fraction, grouped } from "./numbers.js";

const AT_ONCE = 6; // drawings before the browser may paint

/**
 * @param {any} cell
 * @param {{facts: any, pick: (row: number) => void}} app
 */
export function drawNeighbours(cell, { facts, pick }) {
  const sorted = [...cell.neighbours].sort((a, b) => (b.accuracy ?? -1) - (a.accuracy ?? -1));
  const own = ownAccuracy(cell, facts.default_epochs);
  const title = html("h2", {}, `One edit away: ${grouped(sorted.length)}`);
  const outside = cell.neighbours_outside ? `${grouped(cell.neighbours_outside)} more are not in this table. ` : "";
  const list = html("div", { class: "neighbours" });
  const buttons = sorted.map((neighbour) => neighbourButton(neighbour, own, pick));
  list.append(...buttons.map((entry) => entry.element));
  const draw = (from) => {
    for (const entry of buttons.slice(from, from + AT_ONCE)) entry.draw();
    if (from + AT_ONCE < buttons.length && list.isConnected) requestAnimationFrame(() => draw(from + AT_ONCE));
  };
  requestAnimationFrame(() => draw(0));
  const note = html(
    "p",
    { class: "muted" },
    `${outside}Test accuracy, ${facts.default_epochs} epochs, and the difference to this cell.`,
  );
  return sorted.length
    ? [title, note, list]
    : [title, html("p", { class: "muted" }, outside || "No neighbour is in this table.")];
}

function neighbourButton({ row, matrix, ops, accuracy, edit }, own, pick) {
  const difference = accuracy != null && own != null ? accuracy - own : null;
  const sign = difference == null ? "" : `${difference < 0 ? "−" : "+"}${Math.abs(difference).toFixed(4)}`;
  const place = html("span", { class: "drawing" });
  const texts = [
    html("b", {}, fraction(accuracy ?? NaN)),
    html("small", { class: difference < 0 ? "worse" : "better" }, sign),
  ];
  texts.push(html("span", { class: "nb-hidden" }, edit ?? cellInWords(matrix, ops)));
  const attributes = { type: "button", title: edit, onclick: () => pick(row) };
  return {
    element: html("button", attributes, place, ...texts),
    draw: () => place.append(drawCell(matrix, ops, { small: true })),
  };
}

/** Mean final test accuracy of a cell at a budget; null without one. */
export function ownAccuracy({ budgets }, epochs) {
  const repeats = budgets.find((budget) => budget.epochs === epochs)?.repeats ?? [];
  const values = repeats.map(({ final }) => final?.test).filter((value) => value != null);
  return values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : null;
}
