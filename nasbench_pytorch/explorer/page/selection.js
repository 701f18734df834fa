/** Selection panel: cells of a box or chosen one by one; a list, files, and a campaign of them. */

import { latest, post } from "./api.js";
import { button, download, html } from "./dom.js";
import { duration, exact, fraction, grouped } from "./numbers.js";

const LISTED = 200;
const COLOUR = "#e0367c"; // apart from the categories, on light and dark
const HEADS = { training_time_s: "time", validation: "valid." };

/** @param {any} app the page */
export function createSelection(app) {
  const element = html("div", {});
  let rows = new Uint32Array(0);
  const ask = latest((signal, body) => post("/api/selection", body, signal));

  function replace(chosen) {
    rows = chosen;
    app.map.overlay("selection", rows.length ? [{ label: "selected", rows, colour: COLOUR }] : []);
    app.say(`${grouped(rows.length)} cells are selected.`);
    app.openTab("selection");
  }

  /** Add cells and stay where the user is. */
  function add(more) {
    rows = Uint32Array.from(new Set([...rows, ...more])).sort();
    app.map.overlay("selection", [{ label: "selected", rows, colour: COLOUR }]);
    app.say(`${grouped(rows.length)} ${rows.length === 1 ? "cell is" : "cells are"} selected.`);
  }

  async function save(format) {
    try {
      const response = await post("/api/selection", { rows: Array.from(rows), format });
      download(await response.blob(), `cells.${format}`, "");
    } catch (error) {
      app.say(error.message);
    }
  }

  async function campaign() {
    try {
      const { command, file, text } = await (
        await post("/api/selection", { rows: Array.from(rows), format: "campaign" })
      ).json();
      place.replaceChildren(
        html("p", { class: "muted" }, `Save ${file} beside the campaign, then run:`),
        html("pre", { tabindex: 0 }, command),
      );
      place.append(
        html(
          "div",
          { class: "row" },
          button(`Download ${file}`, () => download(text, file, "text/plain")),
          button("Copy the command", () => app.copy(command, "The command")),
        ),
      );
    } catch (error) {
      place.replaceChildren(html("p", { class: "error" }, error.message));
    }
  }

  const place = html("div", {});
  const list = html("div", { class: "scroll", tabindex: 0 });

  async function open() {
    if (!rows.length) {
      element.replaceChildren(
        html(
          "p",
          { class: "hint" },
          "Nothing is selected. Hold Shift and draw a box on the map (keys: B), or press Select beside a cell.",
        ),
      );
      return;
    }
    const count = html("p", {}, `${grouped(rows.length)} ${rows.length === 1 ? "cell" : "cells"} selected`);
    const actions = html(
      "div",
      { class: "row" },
      button("Download CSV", () => save("csv")),
      button("Download Arrow", () => save("arrow")),
      button("Campaign", campaign, { title: "The command that trains these cells" }),
      button("Clear", () => replace(new Uint32Array(0))),
    );
    place.replaceChildren();
    element.replaceChildren(count, actions, place, list);
    try {
      const response = await ask({ rows: Array.from(rows.slice(0, LISTED)), format: "list" });
      const found = response && (await response.json());
      if (found) list.replaceChildren(cellTable(found.cells, rows.length, app));
    } catch (error) {
      list.replaceChildren(html("p", { class: "error" }, error.message));
    }
  }

  return { element, open, add, replace };
}

function cellTable(cells, count, app) {
  const names = Object.keys(cells[0] ?? {}).filter((name) => name !== "row" && name !== "hash");
  const text = (value, name) =>
    name.endsWith("_s")
      ? duration(value ?? NaN)
      : name === "rank" || name === "parameters"
        ? exact(value ?? NaN)
        : fraction(value ?? NaN);
  const head = html("tr", {}, ...["hash", ...names].map((name) => html("th", { scope: "col" }, HEADS[name] ?? name)));
  const lines = cells.map((cell) => {
    const name = cell.hash ? `${cell.hash.slice(0, 8)}…` : `row ${cell.row}`;
    const link = html(
      "button",
      { type: "button", class: "plain", title: cell.hash, onclick: () => app.pick(cell.row) },
      html("code", {}, name),
    );
    return html(
      "tr",
      {},
      html("th", { scope: "row" }, link),
      ...names.map((key) => html("td", {}, text(cell[key], key))),
    );
  });
  const caption = html("caption", {}, count > cells.length ? `The first ${grouped(cells.length)}` : "");
  return html("table", { class: "numbers" }, caption, html("thead", {}, head), html("tbody", {}, ...lines));
}
