/** Choosing the columns of a map: what reports and notebooks have in place of the page's panels. */

import { html } from "./dom.js";

/**
 * Return a label with a choice of columns.
 * @param {string} label
 * @param {{name: string, label: string}[]} columns
 * @param {string} chosen name of the column to begin with
 * @param {(name: string) => void} onChange
 * @param {{name: string, label: string}[]} [extra] choices before the columns
 */
export function columnChoice(label, columns, chosen, onChange, extra = []) {
  const options = [...extra, ...columns].map(({ name, label: text }) =>
    html("option", { value: name, selected: name === chosen }, text),
  );
  return html("label", {}, `${label} `, html("select", { onchange: (event) => onChange(event.target.value) }, options));
}

/** The choice of a colour that shows how many cells there are. */
export const DENSITY = { name: "", label: "density" };
