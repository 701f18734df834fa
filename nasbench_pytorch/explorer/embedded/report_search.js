/** Script of a report of searches: the map of their table, and their runs replayed over it. */

import { packedBytes, showReportMap } from "./report_map.js";
import { createSearch } from "./search.js";

/** Show the panel of the page's searches over the report's map; it asks the file in place of the server. */
async function showReplay() {
  const shown = await showReportMap();
  if (!shown) return;
  const { searches, all, replays } = JSON.parse(new TextDecoder().decode(await packedBytes("report-searches")));
  const place = document.getElementById("report-replay");
  let chosen = searches[0].id;
  const overlay = (name, overlays, { trail }) => shown.map.set({ overlays, trail, faded: overlays.length > 0 });
  const app = {
    facts: { searches },
    map: { overlay },
    pick: shown.pick,
    set: ({ search }) => (chosen = search),
    state: () => ({ search: chosen }),
  };
  const panel = createSearch(app, async (id) => (id === all ? sideBySide(Object.values(replays)) : replays[id]));
  place.replaceChildren(panel.element);
  place.hidden = false;
  panel.open();
}

/** Return searches as one: all their runs, and their regrets in one picture. */
function sideBySide(several) {
  const [{ x_label, note }] = several;
  return {
    x_label,
    note,
    runs: several.flatMap(({ runs }) => runs),
    regret: several.flatMap(({ regret }) => regret),
  };
}

showReplay();
