/** What the page shows, as an address to share, and back. */

/**
 * @typedef {{x: string, y: string, colour: string, xscale: string, yscale: string, view: number[]|null, where: string,
 *   hidden: string, cell: string, metric: string, tab: string, sample: string, search: string, epochs: string, box: string,
 *   cells: string}} State  box: the address of the map on which a box was drawn, with the box as its view; cells: the
 *   beginnings of hashes, joined by dots; both together are the selection
 */

export const TABS = ["cell", "edit", "search", "compare", "selection"];
export const METRICS = ["test", "validation", "train"];
const CODES = /^\d{1,3}(,\d{1,3})*$/; // of categories, as in "0,3"
const HASHES = /^[0-9a-f]{4,32}(\.[0-9a-f]{4,32}){0,199}$/;
const OF_A_BOX = ["x", "y", "colour", "xscale", "yscale", "where", "hidden"];
const FIELDS = [
  "x",
  "y",
  "colour",
  "xscale",
  "yscale",
  "where",
  "hidden",
  "cell",
  "metric",
  "tab",
  "sample",
  "search",
  "epochs",
  "box",
  "cells",
];

/** Return the state that a page begins with. */
export function firstState(facts) {
  const { x, y, colour } = facts.default;
  return {
    x,
    y,
    colour,
    xscale: "",
    yscale: "",
    view: null,
    where: "",
    hidden: "",
    metric: "test",
    cell: "",
    tab: "cell",
    sample: "",
    search: "",
    epochs: "",
    box: "",
    cells: "",
  };
}

/** Return the part of an address after `#`; what is as at the beginning is left out. */
export function toAddress(state, facts) {
  const first = firstState(facts);
  const parts = new URLSearchParams();
  for (const name of FIELDS) if (state[name] && state[name] !== first[name]) parts.set(name, state[name]);
  if (state.view) parts.set("view", state.view.map((value) => Number(value.toPrecision(9))).join(","));
  return parts.toString();
}

/** Return a box as a text: the map that it was drawn on, in full, and its sides in values. */
export function boxText(state, sides) {
  const { x, y, xscale, yscale, where, hidden } = state;
  const parts = { x, y, xscale, yscale, where, hidden, colour: hidden && state.colour, view: sides.join(",") };
  return new URLSearchParams(Object.entries(parts).filter(([, value]) => value)).toString();
}

/** Return the map that a box was drawn on, its sides as the view; null where the text is no box on this table. */
export function boxState(text, facts) {
  const { state, misfits } = fromAddress(text, facts);
  const names = [...new URLSearchParams(text).keys()];
  const fits = !misfits.length && state.view && names.every((name) => name === "view" || OF_A_BOX.includes(name));
  return fits ? state : null;
}

/**
 * Read an address. What does not fit the table is left as at the beginning and named.
 * @returns {{state: State, misfits: string[]}}
 */
export function fromAddress(address, facts) {
  const state = firstState(facts);
  const misfits = [];
  const names = facts.columns.map((column) => column.name);
  const allowed = {
    x: names,
    y: names,
    colour: [...names, "density"],
    xscale: ["linear", "log"],
    yscale: ["linear", "log"],
    metric: METRICS,
    tab: TABS,
    search: (facts.searches ?? []).map(({ id }) => id),
    epochs: (facts.compare?.epochs ?? []).map(String),
  };
  const checks = {
    hidden: (text) => CODES.test(text),
    cells: (text) => HASHES.test(text),
    box: (text) => boxState(text, facts) !== null,
  };
  for (const [name, value] of new URLSearchParams(address.replace(/^#/, ""))) {
    const view = name === "view" ? viewOf(value) : null;
    const known = FIELDS.includes(name) && (allowed[name]?.includes(value) ?? true);
    if (view) state.view = view;
    else if (known && (checks[name]?.(value) ?? true)) state[name] = value;
    else misfits.push(shortened(`${name}=${value}`));
  }
  if (misfits.some((misfit) => /^[xy](scale)?=/.test(misfit))) state.view = null;
  return { state, misfits };
}

function shortened(text) {
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

function viewOf(text) {
  const view = text.split(",").map(Number);
  const fits = view.length === 4 && view.every(Number.isFinite) && view[0] < view[1] && view[2] < view[3];
  return fits ? view : null;
}
