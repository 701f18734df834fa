/** Start of the page: read what the table has, put the parts together, draw. */

import { getJson, latest } from "./api.js";
import { App } from "./app.js";
import { axesBar } from "./axes_bar.js";
import { createCompare } from "./compare.js";
import { html } from "./dom.js";
import { createEditor } from "./editor.js";
import { filterField } from "./filters.js";
import { byId } from "./messages.js";
import { counted } from "./numbers.js";
import { samplerField } from "./samplers.js";
import { createSearch } from "./search.js";
import { createSelection } from "./selection.js";
import { makeTabs } from "./tabs.js";
import { themeButton } from "./theme.js";

const TAB_TEXTS = { cell: "Cell", edit: "Editor", search: "Search", compare: "Compare", selection: "Selection" };

/** Fill the parts of the page that need no data of cells. */
function putTogether(app) {
  const { facts } = app;
  document.title = `${facts.name} – nasbench explorer`;
  byId("name").textContent = facts.name;
  byId("about").textContent = `${counted(facts.cells, "cell")}${facts.about ? ` · ${facts.about}` : ""}`;
  byId("about").title = facts.about ?? "";
  byId("head-tools").append(themeButton(() => app.map.set({})));
  const askSearch = latest((signal, id) => getJson(`/api/searches/${encodeURIComponent(id)}`, signal));
  app.panels = { edit: createEditor(app), search: createSearch(app, askSearch), selection: createSelection(app) };
  if (facts.compare) app.panels.compare = createCompare(app);
  const tabs = Object.keys(TAB_TEXTS).filter((id) => id === "cell" || app.panels[id]);
  const choices = tabs.map((id) => ({ id, text: TAB_TEXTS[id] }));
  app.showTab = makeTabs(byId("tabs"), byId("tab-panel"), choices, (tab) => app.openTab(tab));
  if (!tabs.includes(app.now.tab)) {
    app.misfits.push(`tab=${app.now.tab}`);
    app.now.tab = "cell";
  }
  app.axes = axesBar(app);
  app.filter = filterField(app);
  app.sampler = samplerField(app);
  byId("axes-bar").append(...app.axes.elements);
  byId("filter-bar").append(...[app.filter.element, app.sampler.element].filter(Boolean));
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault(); // the address is the state of the page, and no place for the name of a part
    byId("panel").focus();
  });
  byId("find").addEventListener("submit", (event) => {
    event.preventDefault();
    app.find(byId("find-text").value);
  });
}

async function main() {
  try {
    const app = new App(await getJson("/api/table"));
    putTogether(app);
    await app.start();
  } catch (error) {
    const sentence = `The table cannot be shown: ${error.message}.`;
    byId("map").replaceChildren(html("p", { class: "error", role: "alert" }, sentence));
  }
}

main();
