/** What the page shows, the server's answers, and the address, in step with each other. */

import { getJson, latest, post } from "./api.js";
import { drawCellPanel } from "./cell_panel.js";
import { html } from "./dom.js";
import { ExploredMap } from "./explored_map.js";
import { byId, copy, say, sayMisfits } from "./messages.js";
import { grouped } from "./numbers.js";
import { boxText, fromAddress, toAddress } from "./state.js";

const ADDRESS_MS = 200;
const MOST_RINGS = 120; // neighbours marked on the map

export class App {
  /** @param {any} facts what /api/table answers */
  constructor(facts) {
    this.facts = facts;
    this.map = new ExploredMap(byId("map"), facts);
    this.cell = null;
    this.steps = history.state?.step ?? 0;
    this.walked = this.steps;
    this.panels = {};
    this.loadCell = latest((signal, row) => getJson(`/api/cells/${row}`, signal));
    const { state, misfits } = fromAddress(location.hash, facts);
    this.now = state;
    this.misfits = misfits;
  }

  state() {
    return this.now;
  }

  say(text) {
    say(text);
  }

  copy(text, what) {
    return copy(text, what);
  }

  /** Draw all that the address asks for. */
  async start() {
    history.replaceState({ step: this.steps }, "", location.href); // marks the entry as one of this page
    const { where, sample, cell, view } = this.now;
    this.openTab(this.now.tab, false);
    this.axes.show(this.now);
    await this.map.draw(this.now, {
      pick: (row) => this.pick(row),
      select: (rows, box) => this.panels.selection.replace(rows, boxText(this.now, box)),
      view: (view) => this.moved(view),
      hidden: (codes) => this.set({ hidden: codes.join() }),
    });
    if (view && !this.map.map.setView(view)) {
      this.misfits.push("view");
      this.moved(null);
    }
    await Promise.all([
      where && this.filter.apply(where),
      sample && this.sampler.apply(sample),
      cell && this.find(cell, { push: false }),
      this.panels.selection.restore(this.now),
    ]);
    sayMisfits(this.misfits);
    addEventListener("popstate", () => this.restore());
  }

  /** Change parts of the state, and with them the map and the address. */
  async set(changes) {
    if ("colour" in changes && changes.colour !== this.now.colour) this.now.hidden = "";
    Object.assign(this.now, changes);
    this.keepAddress();
    this.axes.show(this.now);
    try {
      await this.map.follow(this.now, changes);
    } catch (error) {
      say(error.message);
    }
  }

  moved(view) {
    this.now.view = view;
    this.keepAddress();
  }

  address() {
    return `#${toAddress(this.now, this.facts)}`;
  }

  keepAddress() {
    clearTimeout(this.addressTimer);
    const write = () => history.replaceState({ step: this.steps }, "", this.address());
    this.addressTimer = setTimeout(write, ADDRESS_MS);
  }

  /** Show the cell in a row, and its neighbours on the map. A new cell is a step in the browser's history. */
  async pick(row, { push = true, tab = push ? "cell" : this.now.tab } = {}) {
    const panel = byId("tab-panel");
    panel.setAttribute("aria-busy", "true");
    try {
      const cell = await this.loadCell(row);
      if (!cell) return;
      const another = this.cell?.row !== cell.row;
      this.cell = cell;
      this.now.cell = cell.hash ?? `row ${row}`;
      this.map.set({ row, rings: cell.neighbours.slice(0, MOST_RINGS).map((neighbour) => neighbour.row) });
      if (push && another) {
        clearTimeout(this.addressTimer);
        this.steps += 1;
        this.walked = this.steps;
        this.now.tab = this.leaveTab(tab);
        history.pushState({ step: this.steps }, "", this.address());
      }
      this.openTab(tab, false);
      const rank = cell.rank ? `, rank ${grouped(cell.rank)} of ${grouped(this.facts.cells)}` : "";
      byId("announced").textContent = `Cell ${cell.hash?.slice(0, 8) ?? row}${rank}`;
    } catch (error) {
      say(error.message);
    } finally {
      panel.removeAttribute("aria-busy");
    }
  }

  /** Find a cell by hash or notation, and show it. */
  async find(text, options = {}) {
    const wanted = text.trim();
    if (!wanted) return;
    try {
      const number = /^row (\d+)$/.exec(wanted)?.[1];
      const row = number ?? (await getJson(`/api/find?text=${encodeURIComponent(wanted)}`)).row;
      await this.pick(Number(row), options);
    } catch (error) {
      const ofAddress = options.push === false;
      say(ofAddress ? `The cell of the address, ${wanted.slice(0, 40)}, is not shown: ${error.message}` : error.message);
      if (ofAddress) this.showNoCell();
      else this.editAbsent(wanted, error.message);
    }
  }

  /** A cell that the table does not have can still be looked at in the editor. */
  async editAbsent(text, why) {
    try {
      const edited = await (await post("/api/edit", { text })).json();
      if (!edited.valid) return;
      this.edit(edited.matrix, edited.ops);
      say(`${why}; the editor shows it`);
    } catch {
      // the text is no cell in any notation; what it is not has been said
    }
  }

  edit(matrix, ops) {
    this.panels.edit.load(matrix, ops);
    this.openTab("edit");
  }

  /** Show what the address says, after "back" or "forward"; the selection stays, which is gathered along the way. */
  async restore() {
    if (!history.state) return location.reload(); // an address that somebody typed or followed
    const { state, misfits } = fromAddress(location.hash, this.facts);
    const before = { ...this.now };
    const { x, y, colour, hidden, xscale, yscale, view, cell, metric } = state;
    Object.assign(this.now, { cell, metric }); // at once: the address is written before the server has answered
    this.steps = history.state?.step ?? 0;
    await this.set({ x, y, colour, xscale, yscale, view });
    this.now.hidden = hidden;
    this.map.set({ hidden: codesOf(hidden) });
    if (state.where !== before.where) await this.filter.apply(state.where);
    if (state.sample !== before.sample) await this.sampler.apply(state.sample);
    if (state.cell && state.cell !== before.cell) {
      await this.find(state.cell, { push: false, tab: state.tab });
    } else {
      if (!state.cell) this.showNoCell();
      this.openTab(state.tab, false);
    }
    return sayMisfits(misfits);
  }

  showNoCell() {
    this.cell = null;
    this.now.cell = "";
    this.keepAddress();
    this.map.set({ row: -1, rings: [] });
  }

  leaveTab(next) {
    if (this.now.tab !== next) this.panels[this.now.tab]?.close?.();
    return next;
  }

  /** Show a panel; `keep` writes it to the address. */
  openTab(tab, keep = true) {
    this.now.tab = this.leaveTab(tab);
    this.showTab(tab);
    const panel = byId("tab-panel");
    const other = this.panels[tab];
    const held = panel.contains(document.activeElement) ? document.activeElement : null;
    panel.replaceChildren(...(other ? [other.element] : this.cellPanel()));
    panel.scrollTop = 0;
    if (held) keepFocus(panel, held);
    other?.open?.();
    if (keep) this.keepAddress();
  }

  cellPanel() {
    if (!this.cell) return [html("p", { class: "hint" }, "Choose a cell on the map, or find one by its hash.")];
    return drawCellPanel(this.cell, {
      facts: this.facts,
      metric: this.now.metric,
      setMetric: (metric) => {
        this.now.metric = metric;
        this.openTab("cell");
        byId("tab-panel").querySelector("select").focus();
      },
      pick: (row) => this.pick(row),
      add: (rows) => this.panels.selection.add(rows),
      edit: (matrix, ops) => this.edit(matrix, ops),
      copy,
      walk: { back: this.steps > 0, forward: this.steps < this.walked },
    });
  }
}

/** After a change of the panel, focus the button that stands for the one that had the focus, else the panel. */
function keepFocus(panel, held) {
  const same = held.title && held.closest(".row") && panel.querySelector(`.row [title="${CSS.escape(held.title)}"]`);
  (same && !same.disabled ? same : panel).focus({ preventScroll: true });
}

function codesOf(text) {
  return text ? text.split(",").map(Number) : [];
}
