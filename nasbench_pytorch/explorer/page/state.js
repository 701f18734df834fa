/** What the page shows, as an address to share, and back. */

/**
 * @typedef {{x: string, y: string, colour: string, xscale: string, yscale: string, view: number[]|null, where: string,
 *   cell: string, tab: string, sample: string, search: string, epochs: string}} State
 */

export const TABS = ["cell", "edit", "search", "compare", "selection"];
const FIELDS = ["x", "y", "colour", "xscale", "yscale", "where", "cell", "tab", "sample", "search", "epochs"];

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
    cell: "",
    tab: "cell",
    sample: "",
    search: "",
    epochs: "",
  };
}

/** Return the part of an address after `#`; what is as at the beginning is left out. */
export function toAddress(state, facts) {
  const first = firstState(facts);
  const parts = new URLSearchParams();
  for (const name of FIELDS) if (state[name] && state[name] !== first[name]) parts.set(name, state[name]);
  if (state.view) parts.set("view", state.view.map((value) => Number(value.toPrecision(7))).join(","));
  return parts.toString();
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
    tab: TABS,
    sample: null,
    search: (facts.searches ?? []).map(({ id }) => id),
    epochs: (facts.compare?.epochs ?? []).map(String),
  };
  for (const [name, value] of new URLSearchParams(address.replace(/^#/, ""))) {
    if (name === "view") {
      const view = value.split(",").map(Number);
      if (view.length === 4 && view.every(Number.isFinite) && view[0] < view[1] && view[2] < view[3]) state.view = view;
      else misfits.push(`view=${value}`);
    } else if (!FIELDS.includes(name) || (allowed[name] && !allowed[name].includes(value)))
      misfits.push(`${name}=${value}`);
    else state[name] = value;
  }
  if (misfits.some((misfit) => /^[xy](scale)?=/.test(misfit))) state.view = null;
  return { state, misfits };
}
