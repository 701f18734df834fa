/** The legend of a map: categories to switch off and on, a bar for numbers or for the density. */

import { cssColour, viridis } from "./colours.js";
import { html } from "./dom.js";
import { counted, grouped, tickText } from "./numbers.js";
import { fromUnit, tickStep } from "./scales.js";

/**
 * @param {HTMLElement} element
 * @param {{column: any, scale: any, counts: Uint32Array, present: number[], palette: Uint8Array, hidden: Set<number>,
 *   dark: boolean, most: number, missing: number, overlays: any[], faded: boolean, count: number, toggle: (code: number) => void}} scene
 */
export function drawLegend(element, scene) {
  const { column, overlays, missing } = scene;
  const parts = [];
  if (scene.faded) parts.push(html("p", { class: "nb-name" }, "All cells in grey, and:"));
  else if (!column)
    parts.push(html("p", { class: "nb-name" }, "Cells in each square"), bar(scene, densityTexts(scene.most)));
  else {
    parts.push(html("p", { class: "nb-name" }, column.label));
    if (column.kind === "category") parts.push(categories(scene));
    else parts.push(bar(scene, numberTexts(scene)));
    if (column.note) parts.push(html("p", { class: "nb-note" }, column.note));
  }
  for (const { label, colour, rows } of overlays) {
    parts.push(html("p", { class: "nb-overlay" }, swatch(colour), `${label} (${grouped(rows.length)})`));
  }
  if (!scene.count) parts.push(html("p", { class: "nb-note" }, "There are no cells to draw."));
  if (missing)
    parts.push(html("p", { class: "nb-note" }, `Not drawn: ${counted(missing, "cell")} without a value here.`));
  element.replaceChildren(...parts);
}

function categories({ column, counts, present, palette, hidden, toggle }) {
  const entry = (code) => {
    const colour = cssColour([palette[3 * code], palette[3 * code + 1], palette[3 * code + 2]]);
    const text = column.legend?.[code] ?? String(code);
    const attributes = {
      type: "button",
      "aria-pressed": String(!hidden.has(code)),
      title: "Show or fade these cells",
    };
    return html(
      "li",
      {},
      html(
        "button",
        { ...attributes, onclick: () => toggle(code) },
        swatch(colour),
        html("span", {}, text),
        html("small", {}, grouped(counts[code])),
      ),
    );
  };
  return html("ul", {}, ...present.map(entry));
}

function swatch(colour) {
  const element = html("i", { "aria-hidden": "true" });
  element.style.background = colour;
  return element;
}

function bar({ dark }, texts) {
  const element = html("div", { class: "nb-bar", "aria-hidden": "true" });
  const stops = Array.from({ length: 9 }, (_, step) => cssColour(viridis(step / 8, dark)));
  element.style.background = `linear-gradient(to right, ${stops.join(",")})`;
  return html(
    "div",
    {},
    element,
    html("div", { class: "nb-bar-texts" }, ...texts.map((text) => html("span", {}, text))),
  );
}

function numberTexts({ column, scale }) {
  const step = tickStep(scale.low, scale.high, 20);
  const text = (unit) => tickText(fromUnit(scale, unit), scale.kind === "log" ? fromUnit(scale, unit) / 10 : step);
  return [text(0), text(0.5), `${text(1)}${column.unit ? ` ${column.unit}` : ""}`];
}

function densityTexts(most) {
  return ["1", most > 3 ? grouped(Math.round(Math.sqrt(most))) : "", grouped(Math.max(1, most))];
}
