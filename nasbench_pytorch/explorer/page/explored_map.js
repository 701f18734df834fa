/** The page's map: columns of the table on its axes, and marks that several panels lay over it. */

import { Columns } from "./api.js";
import { createMap } from "./map.js";
import { counted } from "./numbers.js";

const AXES = ["x", "y", "colour", "xscale", "yscale"];

export class ExploredMap {
  /**
   * @param {HTMLElement} element
   * @param {any} facts what /api/table answers
   */
  constructor(element, facts) {
    this.element = element;
    this.facts = facts;
    this.columns = new Columns(facts);
    this.overlays = { sample: [], search: [], selection: [] };
    this.early = {};
    this.map = null;
    this.newest = 0;
  }

  /** Draw the map of a state for the first time. */
  async draw(state, on) {
    const data = { ...(await this.columnsOf(state)), ...this.early };
    const hidden = state.hidden ? state.hidden.split(",").map(Number) : [];
    const label = `Map of ${counted(this.facts.cells, "cell")}`;
    this.map = createMap(this.element, data, { label, view: state.view, hidden, on });
    this.element.map = this.map;
  }

  /** Follow a state of which some parts have changed; of several at once the last is drawn. */
  async follow(state, changes) {
    if (!this.map) return;
    const columns = AXES.some((name) => name in changes);
    const number = columns ? ++this.newest : this.newest;
    this.element.setAttribute("aria-busy", "true");
    const data = await (columns ? this.columnsOf(state) : {});
    this.element.removeAttribute("aria-busy");
    if (number !== this.newest) return;
    if ("view" in changes) this.map.set({ ...data, view: state.view });
    else if (columns) this.map.set(data);
  }

  /** Give the map other data; before it is drawn, keep it. */
  set(changes) {
    if (this.map) this.map.set(changes);
    else Object.assign(this.early, changes);
  }

  /**
   * Lay the marks of one panel over the map; other panels keep theirs. Samples and replays lie over a grey cloud, since
   * their colours are not those of the legend.
   */
  overlay(name, overlays, more = {}) {
    this.overlays[name] = overlays;
    const { sample, search } = this.overlays;
    const faded = sample.length + search.length > 0;
    this.set({ overlays: Object.values(this.overlays).flat(), faded, ...more });
  }

  async columnsOf({ x, y, colour, xscale, yscale }) {
    const names = [x, y, colour === "density" ? null : colour];
    const [xColumn, yColumn, colourColumn] = await Promise.all(names.map((name) => name && this.columns.get(name)));
    return { x: scaled(xColumn, xscale), y: scaled(yColumn, yscale), colour: colourColumn };
  }
}

/** One object for each column and scale, since the map draws anew what is another object. */
function scaled(column, scale) {
  if (!scale || scale === column.scale) return column;
  column.others ??= {};
  return (column.others[scale] ??= { ...column, scale });
}
