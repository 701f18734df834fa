/** Compare panel: the same cells in two tables, budget by budget. */

import { getBytes, getJson, latest } from "./api.js";
import { html, select } from "./dom.js";
import { createMap } from "./map.js";
import { exact, grouped } from "./numbers.js";

/** @param {any} app the page */
export function createCompare(app) {
  const { compare } = app.facts;
  const place = html("div", { class: "compare-map" });
  const facts = html("div", { "aria-live": "polite" });
  const choices = compare.epochs.map((epochs) => ({ value: String(epochs), text: `${epochs} epochs` }));
  const first = () => app.state().epochs || String(compare.epochs.at(-1));
  const budget = select("Budget", choices, first(), (epochs) => show(epochs));
  const title = html("h3", {}, compare.name ? `Beside ${compare.name}` : "Two tables");
  const element = html("div", {}, title, budget, facts, place, byBudget(compare.statistics_by_budget));
  let map = null;
  let shown = "";
  const ask = latest(async (signal, epochs) => {
    const path = `/api/compare/${encodeURIComponent(epochs)}`;
    const [about, x, y] = await Promise.all([getJson(path, signal), getBytes(`${path}/x`, signal), getBytes(`${path}/y`, signal)]);
    const column = (axis, bytes) => ({ name: axis, unit: "", kind: "number", scale: "linear", ...about[axis], values: new Float32Array(bytes) });
    return { about, x: column("x", x), y: column("y", y) };
  });

  async function show(epochs) {
    budget.querySelector("select").value = epochs;
    if (shown === epochs) return;
    try {
      const found = await ask(epochs);
      if (!found) return;
      shown = epochs;
      app.set({ epochs });
      const { about, x, y } = found;
      const statistics = (about.statistics ?? []).map(({ label, value, text }) => `${label} ${text ?? exact(value)}`);
      const texts = [about.cells != null && `${grouped(about.cells)} cells in both`, ...statistics].filter(Boolean);
      facts.replaceChildren(html("p", {}, texts.join(" · ")));
      if (map) map.set({ x, y });
      else map = createMap(place, { x, y, colour: null }, { label: "Scatter of two tables", diagonal: true, wheel: "focus", on: { pick: (row) => app.pick(row) } });
    } catch (error) {
      facts.replaceChildren(html("p", { class: "error" }, error.message));
    }
  }

  return { element, open: () => show(first()) };
}

/** Statistics of all budgets as a table, with whatever columns the server knows. */
function byBudget(lines) {
  if (!lines?.length) return null;
  const names = Object.keys(lines[0]);
  const text = (value) => (typeof value === "number" ? exact(value) : String(value ?? "–"));
  const head = html("tr", {}, ...names.map((name) => html("th", { scope: "col" }, name)));
  const body = lines.map((line) => html("tr", {}, ...names.map((name, number) => html(number ? "td" : "th", number ? {} : { scope: "row" }, text(line[name])))));
  return html("div", { class: "scroll", tabindex: 0 }, html("table", { class: "numbers" }, html("thead", {}, head), html("tbody", {}, ...body)));
}
