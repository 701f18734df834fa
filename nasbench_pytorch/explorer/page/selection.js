/** Selection panel: cells of a box or chosen one by one; a list, files, and a campaign of them. */

import { latest, post } from "./api.js";
import { button, download, html } from "./dom.js";
import { compact, counted, duration, exact, fraction, grouped } from "./numbers.js";
import { selectedRows } from "./selected_rows.js";

const LISTED = 200; // in the panel and in an address
const HASH_DIGITS = 12; // of a hash in an address
const COLOUR = "#e0367c"; // apart from the categories, on light and dark
const HEADS = { training_time_s: "time", validation: "valid.", parameters: "param." };

/**
 * The selection is what lies in a box, and cells by themselves. The address has the box with the map that it was drawn
 * on, and the cells by their hashes; a box of few cells becomes cells.
 * @param {any} app the page
 */
export function createSelection(app) {
  const element = html("div", {});
  let boxed = new Uint32Array(0);
  let single = new Uint32Array(0);
  let rows = new Uint32Array(0);
  const ask = latest((signal, body) => post("/api/selection", body, signal));
  const askNames = latest((signal, body) => post("/api/selection", body, signal));

  function mark() {
    rows = joined(boxed, single);
    app.map.overlay("selection", rows.length ? [{ label: "selected", rows, colour: COLOUR }] : []);
  }

  /** Write the selection to the address. */
  async function keep(box) {
    try {
      const response = single.length && (await askNames({ rows: Array.from(single), format: "list" }));
      if (response === undefined) return;
      const found = response ? (await response.json()).cells : [];
      app.set({ box, cells: found.map(({ hash }) => hash.slice(0, HASH_DIGITS)).join(".") });
    } catch (error) {
      app.say(error.message);
    }
  }

  /** Select these rows and no others; `box` is their box as `boxText` writes it. */
  function replace(chosen, box = "") {
    const few = chosen.length <= LISTED;
    [boxed, single] = few ? [new Uint32Array(0), chosen] : [chosen, new Uint32Array(0)];
    mark();
    keep(few ? "" : box);
    app.say(`${counted(rows.length, "cell")} ${rows.length === 1 ? "is" : "are"} selected.`);
    app.openTab("selection");
  }

  /** Add cells and stay where the user is. */
  function add(more) {
    const all = joined(single, more);
    const tooMany = all.length > LISTED;
    if (!tooMany) single = all;
    mark();
    keep(app.state().box);
    const full = `More than ${LISTED} cells one by one are not possible: draw a box.`;
    app.say(tooMany ? full : `${counted(rows.length, "cell")} ${rows.length === 1 ? "is" : "are"} selected.`);
  }

  /** Select what the address says. */
  async function restore(state) {
    if (!state.box && !state.cells) return;
    const found = await selectedRows(state, app);
    [boxed, single] = [found.boxed, found.single];
    mark();
    for (const sentence of found.sentences) app.say(sentence);
    if (found.sentences.length) app.set({ box: found.box, cells: found.cells });
    if (app.state().tab === "selection") open();
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
    const count = html("p", {}, `${counted(rows.length, "cell")} selected`);
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

  return { element, open, add, replace, restore };
}

/** Return the rows of both, ascending, each once. */
function joined(some, others) {
  return Uint32Array.from(new Set([...some, ...others])).sort();
}

function cellTable(cells, count, app) {
  const names = Object.keys(cells[0] ?? {}).filter((name) => name !== "row" && name !== "hash");
  const text = (value, name) =>
    name.endsWith("_s")
      ? duration(value ?? NaN)
      : name === "parameters"
        ? compact(value ?? NaN)
        : name === "rank"
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
