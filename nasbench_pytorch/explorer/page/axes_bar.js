/** The choices of axes and colour above the map. */

import { button, html, select } from "./dom.js";

/**
 * @param {{facts: any, state: () => any, set: (changes: any) => void}} app
 * @returns {{elements: HTMLElement[], show: (state: any) => void}}
 */
export function axesBar(app) {
  const columns = app.facts.columns.map(({ name, label, group, ...facts }) => ({
    value: name,
    text: label,
    group: group ?? groupOf(name, facts),
  }));
  const density = { value: "density", text: "density of cells" };
  const fields = {
    x: select("x", columns, "", (x) => app.set({ x, xscale: "", view: null })),
    y: select("y", columns, "", (y) => app.set({ y, yscale: "", view: null })),
    colour: select("Colour", [density, ...columns], "", (colour) => app.set({ colour })),
  };
  const logs = Object.fromEntries(["x", "y"].map((axis) => [axis, logButton(axis, app)]));
  const swap = button(
    "⇄",
    () => {
      const { x, y, xscale, yscale } = app.state();
      app.set({ x: y, y: x, xscale: yscale, yscale: xscale, view: null });
    },
    { title: "Swap the axes" },
  );
  const show = (state) => {
    for (const [name, field] of Object.entries(fields)) field.querySelector("select").value = state[name];
    for (const axis of ["x", "y"]) {
      const column = app.facts.columns.find(({ name }) => name === state[axis]);
      logs[axis].disabled = column.kind === "category";
      logs[axis].setAttribute("aria-pressed", String((state[`${axis}scale`] || column.scale) === "log"));
    }
  };
  const pair = (axis) => html("div", { class: "row" }, fields[axis], logs[axis]);
  return { elements: [pair("y"), pair("x"), swap, fields.colour], show };
}

function logButton(axis, app) {
  const toggle = () =>
    app.set({ [`${axis}scale`]: element.getAttribute("aria-pressed") === "true" ? "linear" : "log", view: null });
  const element = button("log", toggle, {
    title: `Logarithmic ${axis} axis`,
    "aria-label": `log, ${axis} axis`,
    "aria-pressed": "false",
  });
  return element;
}

function groupOf(name, { kind }) {
  const epochs = name.match(/^(?:halfway_)?(?:test|validation|train|training|failed)\w*_(\d+)$/);
  if (epochs) return `${epochs[1]} epochs`;
  return kind === "category" || name === "parameters" || name === "flops" ? "Cell" : "Other";
}
