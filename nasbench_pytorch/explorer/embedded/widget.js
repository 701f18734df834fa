/** The map of a table in a notebook: columns come from Python when they are chosen, as bytes. */

import { drawCell } from "./cell.js";
import { columnChoice, DENSITY } from "./column_choice.js";
import { html } from "./dom.js";
import { createMap } from "./map.js";

/** Return a column as the map wants it, from its description and its bytes. */
function widgetColumn(description, bytes) {
  const view = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = description.kind === "category" ? view.slice() : new Float32Array(view.slice().buffer);
  const legend = description.legend.length ? description.legend : undefined;
  return { ...description, legend, note: description.note || undefined, values };
}

/** Return a function that asks Python for a column, once, and waits for its values. */
function columnsOf(model) {
  const known = new Map();
  const waiting = new Map();
  const find = (name) => model.get("columns").find((one) => one.name === name);
  const answer = (message, buffers) => {
    if (message.kind !== "column" || !waiting.has(message.name)) return;
    waiting.get(message.name)(widgetColumn(find(message.name), buffers[0]));
    waiting.delete(message.name);
  };
  model.on("msg:custom", answer);
  const ask = (name) => {
    if (!known.has(name)) {
      const arrived = new Promise((resolve) => waiting.set(name, resolve));
      known.set(name, arrived);
      model.send({ kind: "column", name });
    }
    return known.get(name);
  };
  return { ask, stop: () => model.off("msg:custom", answer) };
}

async function render({ model, el: element }) {
  const columns = columnsOf(model);
  const frame = html("div", { class: "nb-widget-frame" });
  const choices = html("div", { class: "nb-widget-choices" });
  const about = html("div", { class: "nb-widget-picked", "aria-live": "polite" });
  element.replaceChildren(choices, frame, about);
  const [x, y] = await Promise.all([columns.ask(model.get("x")), columns.ask(model.get("y"))]);
  const colour = model.get("colour") ? await columns.ask(model.get("colour")) : null;
  const on = {
    pick: (row) => {
      model.set("row", row);
      model.save_changes();
    },
    select: (rows) => {
      const bytes = new Uint32Array(rows);
      model.send({ kind: "selection" }, undefined, [bytes.buffer]);
    },
  };
  const label = model.get("label");
  const map = createMap(frame, { x, y, colour }, { label, wheel: "focus", row: model.get("row"), on });
  for (const [axis, text, extra] of [
    ["x", "across", []],
    ["y", "upwards", []],
    ["colour", "colour", [DENSITY]],
  ]) {
    const change = (name) => {
      model.set(axis, name);
      model.save_changes();
    };
    choices.append(columnChoice(text, model.get("columns"), model.get(axis), change, extra));
    model.on(`change:${axis}`, async () => {
      const name = model.get(axis);
      map.set({ [axis]: name ? await columns.ask(name) : null });
      choices.querySelectorAll("select")[["x", "y", "colour"].indexOf(axis)].value = name;
    });
  }
  const showPicked = () => {
    map.set({ row: model.get("row") });
    const { matrix, ops } = model.get("graph");
    about.replaceChildren(html("p", {}, model.get("picked")), ...(matrix ? [drawCell(matrix, ops)] : []));
  };
  model.on("change:row", showPicked);
  model.on("change:picked", showPicked);
  model.on("change:graph", showPicked);
  showPicked();
  return () => {
    columns.stop();
    map.destroy();
  };
}

export default { render };
