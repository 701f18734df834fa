/** Filter of the cells by a condition. */

import { getBytes, latest } from "./api.js";
import { html } from "./dom.js";
import { counted, grouped } from "./numbers.js";

/**
 * A field for a condition; its answer, a byte for each row, goes to the map.
 * @param {any} app the page
 */
export function filterField(app) {
  const error = html("p", { class: "error", id: "filter-error", tabindex: 0, hidden: true });
  const count = html("output", { class: "muted" });
  const input = html("input", {
    type: "search",
    id: "filter",
    placeholder: "vertices<=5 and maxpool3x3==0",
    spellcheck: "false",
    autocomplete: "off",
    "aria-describedby": "filter-error",
    list: "filter-names",
    onkeydown: (event) => event.key === "Enter" && apply(input.value),
    onchange: () => apply(input.value),
  });
  const names = (app.facts.fields ?? app.facts.columns.map(({ name }) => name)).map((value) =>
    html("option", { value }),
  );
  const ask = latest((signal, where) => getBytes(`/api/filter?where=${encodeURIComponent(where)}`, signal));
  let applied = "";
  let shown = "";

  async function apply(where) {
    input.value = where;
    if (where.trim() === applied) return;
    applied = where.trim();
    error.hidden = true;
    input.removeAttribute("aria-invalid");
    if (!applied) {
      count.textContent = shown = "";
      app.map.set({ filter: null });
      app.set({ where: "" });
      return;
    }
    try {
      const bytes = await ask(applied);
      if (!bytes || applied !== where.trim()) return;
      const filter = new Uint8Array(bytes);
      const passed = filter.reduce((sum, one) => sum + one, 0);
      count.textContent = `${grouped(passed)} of ${counted(filter.length, "cell")}`;
      app.say(count.textContent);
      shown = applied;
      app.map.set({ filter });
      app.set({ where: applied });
    } catch (problem) {
      error.textContent = problem.message;
      error.hidden = false;
      count.textContent = "";
      input.setAttribute("aria-invalid", "true");
      app.say(problem.message);
      applied = null;
      app.set({ where: shown });
    }
  }
  const label = html("label", { class: "field grow" }, html("span", {}, "Where"), input);
  const element = html(
    "div",
    { class: "filter" },
    label,
    count,
    html("datalist", { id: "filter-names" }, ...names),
    error,
  );
  return { element, apply };
}
