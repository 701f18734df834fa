/** Compare panel: the same cells in two tables, budget by budget. */

import { getBytes, getJson, latest } from "./api.js";
import { factList } from "./cell_panel.js";
import { html, select } from "./dom.js";
import { createMap } from "./map.js";
import { exact, grouped } from "./numbers.js";

const FEW_PAIRS = 5000; // more are drawn as a density
const BOTH = { name: "both", label: "Cells in both tables", kind: "category", legend: ["cells"] };
const STATISTICS = ["pearson", "spearman", "kendall"];

/** @param {any} app the page */
export function createCompare(app) {
  const { compare } = app.facts;
  const place = html("div", { class: "compare-map" });
  const facts = html("div", { "aria-live": "polite" });
  const budgets = html("div", { class: "scroll", tabindex: 0 });
  const epochs = select(
    "Budget",
    compare.epochs.map((value) => ({ value: String(value), text: `${value} epochs` })),
    "",
    (value) => show({ epochs: value }),
  );
  const metric = select(
    "of",
    compare.metrics.map((value) => ({ value, text: value.replaceAll("_", " ") })),
    "",
    (value) => show({ metric: value }),
  );
  const wanted = { epochs: app.state().epochs || String(compare.epochs.at(-1)), metric: compare.metrics[0] };
  const about = html("p", { class: "muted" }, compare.about ?? "");
  const element = html(
    "div",
    {},
    html("h2", {}, `Beside ${compare.name}`),
    about,
    html("div", { class: "row" }, epochs, metric),
    place,
    facts,
    budgets,
  );
  let map = null;
  let shown = "";
  const ask = latest(async (signal, chosen) => {
    const path = `/api/compare/${encodeURIComponent(chosen.epochs)}`;
    const query = `?metric=${encodeURIComponent(chosen.metric)}`;
    const parts = ["x", "y", "rows"].map((part) => getBytes(`${path}/${part}${query}`, signal));
    const [pair, all, x, y, rows] = await Promise.all([
      getJson(path + query, signal),
      getJson(`/api/compare${query}`, signal),
      ...parts,
    ]);
    const column = (axis, bytes) => ({
      name: axis,
      unit: "",
      kind: "number",
      scale: "linear",
      ...pair[axis],
      values: new Float32Array(bytes),
    });
    return { pair, all, x: column("x", x), y: column("y", y), rows: new Uint32Array(rows) };
  });

  async function show(changes) {
    Object.assign(wanted, changes);
    epochs.querySelector("select").value = wanted.epochs;
    metric.querySelector("select").value = wanted.metric;
    const key = `${wanted.epochs} ${wanted.metric}`;
    if (shown === key) return;
    if (!map) place.replaceChildren(html("p", { class: "loading" }, "Comparing …"));
    try {
      const found = await ask(wanted);
      if (!found) return;
      shown = key;
      app.set({ epochs: wanted.epochs });
      const { pair, all, x, y, rows } = found;
      facts.replaceChildren(factList(pair.statistics.map(({ label, value }) => [label, exact(value ?? NaN)])));
      const on = { pick: (place) => app.pick(rows[place]) };
      const colour = rows.length > FEW_PAIRS ? null : { ...BOTH, values: new Uint8Array(rows.length) };
      if (map) map.set({ x, y, colour, on, row: -1 });
      else
        map = createMap(
          place,
          { x, y, colour },
          { label: `Scatter of ${app.facts.name} and ${compare.name}`, diagonal: true, wheel: "focus", on },
        );
      budgets.replaceChildren(budgetTable(all.budgets));
    } catch (error) {
      if (!map) place.replaceChildren();
      facts.replaceChildren(html("p", { class: "error" }, error.message));
    }
  }

  return { element, open: () => show({}) };
}

function budgetTable(budgets) {
  const head = ["epochs", "cells", ...STATISTICS].map((name) => html("th", { scope: "col" }, name));
  const body = budgets.map(({ epochs, cells, ...statistics }) => {
    const values = [grouped(cells), ...STATISTICS.map((name) => exact(statistics[name] ?? NaN))];
    return html("tr", {}, html("th", { scope: "row" }, String(epochs)), ...values.map((text) => html("td", {}, text)));
  });
  return html(
    "table",
    { class: "numbers" },
    html("caption", {}, "Correlation by budget"),
    html("thead", {}, html("tr", {}, ...head)),
    html("tbody", {}, ...body),
  );
}
