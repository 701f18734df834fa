/** The page: what it shows, the server's answers, and the address in step with each other. */

import { Columns, getJson, latest, post } from "./api.js";
import { axesBar } from "./axes_bar.js";
import { drawCellPanel } from "./cell_panel.js";
import { createCompare } from "./compare.js";
import { html } from "./dom.js";
import { createEditor } from "./editor.js";
import { filterField, samplerField } from "./filters.js";
import { createMap } from "./map.js";
import { grouped } from "./numbers.js";
import { createSearch } from "./search.js";
import { createSelection } from "./selection.js";
import { fromAddress, toAddress } from "./state.js";
import { makeTabs } from "./tabs.js";
import { themeButton } from "./theme.js";

const SAID_MS = 7000;
const ADDRESS_MS = 200;
const TAB_TEXTS = { cell: "Cell", edit: "Editor", search: "Search", compare: "Compare", selection: "Selection" };
const byId = (id) => document.getElementById(id);

class App {
    /** @param {any} facts what /api/table answers */
    constructor(facts) {
        this.facts = facts;
        this.columns = new Columns(facts);
        this.cell = null;
        this.metric = "test";
        this.walked = 0;
        this.steps = 0;
        this.overlays = { sample: [], search: [], selection: [] };
        this.loadCell = latest((signal, row) => getJson(`/api/cells/${row}`, signal));
        const { state, misfits } = fromAddress(location.hash, facts);
        this.now = state;
        this.misfits = misfits;
    }

    state() {
        return this.now;
    }

    async start() {
        const { facts } = this;
        document.title = `${facts.name} – nasbench explorer`;
        byId("name").textContent = facts.name;
        byId("about").textContent = `${grouped(facts.cells)} cells${facts.about ? ` · ${facts.about}` : ""}`;
        byId("about").title = facts.about ?? "";
        byId("head-tools").append(themeButton(() => this.map?.set({})));
        if (facts.notice) byId("about").after(html("p", { class: "notice" }, facts.notice));
        this.panels = {
            edit: createEditor(this),
            search: createSearch(this),
            compare: facts.compare ? createCompare(this) : null,
            selection: createSelection(this),
        };
        const tabs = Object.keys(TAB_TEXTS).filter((id) => id === "cell" || this.panels[id]);
        const choices = tabs.map((id) => ({ id, text: TAB_TEXTS[id] }));
        this.showTab = makeTabs(byId("tabs"), byId("tab-panel"), choices, (tab) => this.openTab(tab));
        if (!tabs.includes(this.now.tab)) this.now.tab = "cell";
        this.axes = axesBar(this);
        byId("axes-bar").append(...this.axes.elements);
        this.filter = filterField(this);
        this.sampler = samplerField(this);
        byId("filter-bar").append(...[this.filter.element, this.sampler.element].filter(Boolean));
        this.openTab(this.now.tab, false);
        this.axes.show(this.now);
        await this.drawFirst();
        this.panels[this.now.tab]?.open?.();
        if (this.misfits.length)
            this.say(`The address does not fit this table and is ignored there: ${this.misfits.join(", ")}.`);
        addEventListener("popstate", () => this.restore());
        byId("find").addEventListener("submit", (event) => {
            event.preventDefault();
            this.find(byId("find-text").value);
        });
    }

    async drawFirst() {
        const { where, sample, cell } = this.now;
        const data = await this.mapData();
        const on = {
            pick: (row) => this.pick(row),
            select: (rows) => this.panels.selection.replace(rows),
            view: (view) => this.moved(view),
        };
        this.map = createMap(byId("map"), data, {
            label: `Map of ${grouped(this.facts.cells)} cells`,
            view: this.now.view,
            on,
        });
        byId("map").map = this.map;
        await Promise.all([
            where && this.filter.apply(where),
            sample && this.sampler.apply(sample),
            cell && this.find(cell, { push: false }),
        ]);
    }

    /** The columns that the map shows now. */
    async mapData() {
        const { x, y, colour, xscale, yscale } = this.now;
        const names = [x, y, colour === "density" ? null : colour];
        const [xColumn, yColumn, colourColumn] = await Promise.all(names.map((name) => name && this.columns.get(name)));
        const scaled = (column, scale) => (scale && scale !== column.scale ? this.scaled(column, scale) : column);
        return { x: scaled(xColumn, xscale), y: scaled(yColumn, yscale), colour: colourColumn };
    }

    /** One object for each column and scale, since the map draws anew what is another object. */
    scaled(column, scale) {
        column.others ??= {};
        return (column.others[scale] ??= { ...column, scale });
    }

    /** Change what the page shows: parts of the address, and `filter` or `overlays` of the map. */
    async set({ filter, overlays, ...changes }) {
        Object.assign(this.now, changes);
        this.keepAddress();
        this.axes.show(this.now);
        if (!this.map) return;
        const others = {};
        if (filter !== undefined) others.filter = filter;
        if (overlays) {
            this.overlays.sample = overlays;
            Object.assign(others, this.allOverlays());
        }
        if (["x", "y", "colour", "xscale", "yscale"].some((name) => name in changes)) {
            const wanted = (this.wanted = {});
            try {
                Object.assign(others, await this.mapData());
            } catch (error) {
                this.say(error.message);
                return;
            }
            if (this.wanted !== wanted) return;
        }
        if ("view" in changes) others.view = changes.view;
        this.map.set(others);
    }

    /** Points over the map from one panel; other panels keep theirs. */
    overlay(name, overlays, more = {}) {
        this.overlays[name] = overlays;
        this.map?.set({ ...this.allOverlays(), ...more });
    }

    /** Samples and replays lie over a grey cloud, since their colours are not those of the legend. */
    allOverlays() {
        const { sample, search } = this.overlays;
        return { overlays: Object.values(this.overlays).flat(), faded: sample.length + search.length > 0 };
    }

    moved(view) {
        this.now.view = view;
        this.keepAddress();
    }

    keepAddress() {
        clearTimeout(this.addressTimer);
        this.addressTimer = setTimeout(
            () => history.replaceState({ step: this.steps }, "", `#${toAddress(this.now, this.facts)}`),
            ADDRESS_MS,
        );
    }

    /** Show the cell in a row, and its neighbours on the map. */
    async pick(row, { push = true, tab = push ? "cell" : this.now.tab } = {}) {
        byId("tab-panel").setAttribute("aria-busy", "true");
        try {
            const cell = await this.loadCell(row);
            if (!cell) return;
            this.cell = cell;
            this.now.cell = cell.hash ?? `row ${row}`;
            if (push) {
                clearTimeout(this.addressTimer);
                this.steps += 1;
                this.walked = this.steps;
                history.pushState({ step: this.steps }, "", `#${toAddress({ ...this.now, tab: "cell" }, this.facts)}`);
            }
            this.map?.set({ row, rings: cell.neighbours.map((neighbour) => neighbour.row) });
            this.openTab(tab, false);
        } catch (error) {
            this.say(error.message);
        } finally {
            byId("tab-panel").removeAttribute("aria-busy");
        }
    }

    /** Find a cell by hash or notation, and show it. */
    async find(text, options = {}) {
        if (!text.trim()) return;
        try {
            const row =
                /^row (\d+)$/.exec(text)?.[1] ?? (await getJson(`/api/find?text=${encodeURIComponent(text)}`)).row;
            await this.pick(Number(row), options);
        } catch (error) {
            this.say(error.message);
            this.editAbsent(text, error.message);
        }
    }

    /** A cell that the table does not have can still be looked at in the editor. */
    async editAbsent(text, why) {
        const edited = await post("/api/edit", { text })
            .then((response) => response.json())
            .catch(() => null);
        if (!edited?.valid) return;
        this.panels.edit.load(edited.matrix, edited.ops);
        this.openTab("edit");
        this.say(`${why}; the editor shows it`);
    }

    /** Show what the address says, after "back" or "forward". */
    async restore() {
        const { state, misfits } = fromAddress(location.hash, this.facts);
        const before = { ...this.now };
        this.steps = history.state?.step ?? 0;
        const { view, ...axes } = Object.fromEntries(
            ["x", "y", "colour", "xscale", "yscale", "view"].map((name) => [name, state[name]]),
        );
        await this.set({ ...axes, view });
        if (state.where !== before.where) await this.filter.apply(state.where);
        if (state.sample !== before.sample) await this.sampler.apply(state.sample);
        if (state.cell && state.cell !== before.cell) await this.find(state.cell, { push: false, tab: state.tab });
        else this.openTab(state.tab, false);
        if (misfits.length)
            this.say(`The address does not fit this table and is ignored there: ${misfits.join(", ")}.`);
    }

    openTab(tab, keep = true) {
        if (this.now.tab !== tab) this.panels[this.now.tab]?.close?.();
        this.now.tab = tab;
        this.showTab(tab);
        const panel = byId("tab-panel");
        const other = this.panels[tab];
        panel.replaceChildren(...(other ? [other.element] : this.cellPanel()));
        panel.scrollTop = 0;
        other?.open?.();
        if (keep) this.keepAddress();
    }

    cellPanel() {
        if (!this.cell) return [html("p", { class: "hint" }, "Choose a cell on the map, or find one by its hash.")];
        return drawCellPanel(this.cell, {
            facts: this.facts,
            metric: this.metric,
            setMetric: (metric) => {
                this.metric = metric;
                this.openTab("cell", false);
                byId("tab-panel").querySelector("select").focus();
            },
            pick: (row) => this.pick(row),
            add: (rows) => this.panels.selection.add(rows),
            edit: (matrix, ops) => {
                this.panels.edit.load(matrix, ops);
                this.openTab("edit");
            },
            copy: (text, what) => this.copy(text, what),
            walk: { back: this.steps > 0, forward: this.steps < this.walked },
        });
    }

    async copy(text, what) {
        try {
            await navigator.clipboard.writeText(text);
            this.say(`${what} is copied.`);
        } catch {
            this.say("The browser does not allow copying; select the text by hand.");
        }
    }

    /** Say a sentence, on the page and to a screen reader. */
    say(text) {
        const status = byId("status");
        status.textContent = text;
        clearTimeout(this.saidTimer);
        this.saidTimer = setTimeout(() => (status.textContent = ""), SAID_MS);
    }
}

async function start() {
    try {
        const app = new App(await getJson("/api/table"));
        await app.start();
    } catch (error) {
        byId("map").replaceChildren(
            html("p", { class: "error", role: "alert" }, `The table cannot be shown: ${error.message}.`),
        );
    }
}

start();
