/** Search panel: a run replayed over the map, and the regret of all algorithms. The page and reports have it. */

import { OKABE_ITO } from "./colours.js";
import { button, html, select } from "./dom.js";
import { drawLineChart } from "./line_chart.js";
import { duration, fraction, grouped } from "./numbers.js";
import { replayed } from "./replay.js";

const PLAY_MS = 60;
const PLAY_STEPS = 200; // a run is played in about so many steps

/**
 * @param {any} app the page: facts.searches, map.overlay, pick, set and state
 * @param {(id: string) => Promise<any>} ask the runs and the regret of a search, as /api/searches/ID answers; nothing
 *   where another one was asked for since
 */
export function createSearch(app, ask) {
  const element = html("div", {});
  const searches = app.facts.searches ?? [];
  let search = null;
  let run = null;
  let events = 0;
  let timer = 0;

  const play = button("Play", () => (timer ? pause() : start()), { class: "play" });
  const slider = html("input", {
    type: "range",
    min: 0,
    value: 0,
    "aria-label": "Evaluations so far",
    oninput: () => go(Number(slider.value)),
  });
  const facts = html("p", { class: "muted" });
  const chart = html("div", {});
  const best = button("Show the best", () => app.pick(replayed(run, events).row));

  async function load(id) {
    close();
    search = run = null;
    app.set({ search: id });
    element.replaceChildren(html("p", { class: "hint" }, "Loading the search …"));
    try {
      const found = await ask(id);
      if (!found) return;
      search = found;
      choose(0);
    } catch (error) {
      element.replaceChildren(chooser(), html("p", { class: "error" }, error.message));
    }
  }

  function chooser() {
    const choices = searches.map(({ id, label }) => ({ value: id, text: label }));
    return select("Search", choices, app.state().search || searches[0].id, load);
  }

  function choose(number) {
    pause();
    run = search.runs[number] ?? null;
    const runs = search.runs.map(({ label }, value) => ({ value: String(value), text: label }));
    if (!run) {
      element.replaceChildren(chooser(), html("p", { class: "muted" }, "This search has no runs."));
      return;
    }
    slider.max = String(run.rows.length);
    const controls = html(
      "div",
      { class: "row" },
      play,
      button("−1", () => step(-1), { title: "One evaluation back" }),
      button("+1", () => step(1), { title: "One evaluation on" }),
      slider,
    );
    element.replaceChildren(
      html(
        "div",
        { class: "row" },
        chooser(),
        select("Run", runs, String(number), (value) => choose(Number(value))),
      ),
      controls,
      facts,
      best,
      html("h2", {}, "Regret"),
      chart,
    );
    drawRegret();
    go(run.rows.length);
  }

  /** What the evaluations have cost; nothing where they themselves are what is counted. */
  function costText(cost) {
    const { x_label: label } = search;
    if (label === "evaluations") return "";
    return `cost ${label.endsWith("(s)") ? duration(cost) : `${grouped(cost)} ${label}`}`;
  }

  function step(count) {
    pause();
    go(events + count);
  }

  function start() {
    if (events >= run.rows.length) go(0);
    play.textContent = "Pause";
    const stride = Math.max(1, Math.round(run.rows.length / PLAY_STEPS));
    timer = setInterval(() => {
      go(events + stride);
      if (events >= run.rows.length) pause();
    }, PLAY_MS);
  }

  function pause() {
    clearInterval(timer);
    timer = 0;
    play.textContent = "Play";
  }

  function go(to) {
    events = Math.min(run.rows.length, Math.max(0, to));
    const now = replayed(run, events);
    slider.value = String(events);
    slider.setAttribute("aria-valuetext", `${events} of ${run.rows.length} evaluations`);
    const known = [`${grouped(events)} of ${grouped(run.rows.length)} evaluations`, costText(now.cost)].filter(Boolean);
    facts.textContent = [...known, `best ${fraction(now.best)}`].join(", ");
    best.disabled = now.row < 0;
    const overlays = [
      { label: "evaluated", rows: now.visited, colour: OKABE_ITO[4] },
      { label: "the last 20", rows: now.recent, colour: OKABE_ITO[1] },
    ];
    app.map.overlay("search", overlays, { trail: now.trail });
    markRegret(now.cost);
  }

  let lines = [];
  function drawRegret() {
    const regret = search.regret ?? [];
    lines = regret.map(({ algorithm, cost, mean, low, high }, number) => {
      const known = (values) => values?.filter((_, step) => mean[step] != null);
      return {
        label: algorithm,
        colour: OKABE_ITO[number % OKABE_ITO.length],
        x: known(cost),
        y: known(mean),
        low: known(low),
        high: known(high),
      };
    });
    if (!lines.length)
      chart.replaceChildren(html("p", { class: "muted" }, search.note ?? "No regret is known for this search."));
  }

  function markRegret(cost) {
    if (!lines.length) return;
    const key = lines.map(({ label, colour }, number) => {
      const swatch = html("i", { "aria-hidden": "true" });
      swatch.style.background = colour;
      return html(
        "li",
        {},
        swatch,
        `${label}${search.regret[number].runs ? ` (${search.regret[number].runs} runs)` : ""}`,
      );
    });
    const labels = { x: search.x_label, y: search.y_label ?? "regret (log)" };
    chart.replaceChildren(
      drawLineChart(lines, labels, cost || null),
      html("ul", { class: "key" }, ...key),
      html("p", { class: "muted" }, `Mean of the runs; band: quartiles. ${search.note ?? ""}`),
    );
  }

  /** Take the replay off the map when another panel is opened. */
  function close() {
    pause();
    app.map.overlay("search", [], { trail: [] });
  }

  function open() {
    if (!searches.length) {
      const how =
        "No search is loaded. Run one with `nasbench search run` and open it with `nasbench explore TABLE --searches FOLDER`.";
      element.replaceChildren(html("p", { class: "hint" }, how));
    } else if (run) go(events);
    else load(app.state().search || searches[0].id);
  }

  return { element, open, close };
}
