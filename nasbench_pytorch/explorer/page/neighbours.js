/** Neighbours of a cell, one edit away: small drawings with accuracies, to walk through the space by hand. */

import { drawCell, cellInWords } from "./cell.js";
import { button, html } from "./dom.js";
import { fraction, grouped } from "./numbers.js";

const AT_ONCE = 6; // drawings before the browser may paint
const SHOWN = 40; // neighbours, until more are asked for

/**
 * @param {any} cell
 * @param {{facts: any, pick: (row: number) => void}} app
 */
export function drawNeighbours(cell, { facts, pick }) {
  const sorted = [...cell.neighbours].sort((a, b) => (b.accuracy ?? -1) - (a.accuracy ?? -1));
  const total = cell.neighbours_total ?? sorted.length;
  const own = ownAccuracy(cell, facts.default_epochs);
  const outside = cell.neighbours_outside ? `${grouped(cell.neighbours_outside)} more are not in this table. ` : "";
  const title = html("h2", {}, `One edit away: ${grouped(total)}`);
  if (!sorted.length) return [title, html("p", { class: "muted" }, outside || "No neighbour is in this table.")];
  const some = total > sorted.length ? `The best ${grouped(sorted.length)}. ` : "";
  const what = `Test accuracy, ${facts.default_epochs} epochs, and the difference to this cell.`;
  const list = html("div", { class: "neighbours" });
  const more = button("Show more", () => show(list.childElementCount), { class: "more" });

  function show(from) {
    const buttons = sorted.slice(from, from + SHOWN).map((neighbour) => neighbourButton(neighbour, own, pick));
    list.append(...buttons.map(({ element }) => element));
    more.hidden = list.childElementCount >= sorted.length;
    requestAnimationFrame(() => drawInTurn(list, buttons));
  }

  show(0);
  return [title, html("p", { class: "muted" }, `${some}${outside}${what}`), list, more];
}

/** Draw a few cells in each frame, so that a page with many stays quick. */
function drawInTurn(list, buttons) {
  for (const { draw } of buttons.slice(0, AT_ONCE)) draw();
  const others = buttons.slice(AT_ONCE);
  if (others.length && list.isConnected) requestAnimationFrame(() => drawInTurn(list, others));
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
