/** Samplers over the cloud of all cells: where the draws of each fall. */

import { getBytes, latest } from "./api.js";
import { OKABE_ITO } from "./colours.js";
import { button, html, select } from "./dom.js";
import { grouped } from "./numbers.js";

const COUNTS = [100, 1000, 5000];

/**
 * A select of samplers; the rows drawn go to the map. A sample is written as name:count:seed.
 * @param {any} app the page
 */
export function samplerField(app) {
  const samplers = app.facts.samplers ?? [];
  if (!samplers.length) return { element: null, apply: async () => {} };
  const ask = latest((signal, path) => getBytes(path, signal));
  const field = select("Sampler", choicesOf(samplers), "", apply);
  const choice = field.querySelector("select");

  async function apply(sample) {
    const [name, count, seed = "0"] = sample.split(":");
    const sampler = samplers.find((one) => one.name === name);
    if (sample && !sampler) app.say(`There is no sampler ${name}; the address is ignored there.`);
    choose(sampler ? sample : "");
    if (!sampler) return show("", []);
    try {
      const query = `count=${encodeURIComponent(count ?? "")}&seed=${encodeURIComponent(seed)}`;
      const bytes = await ask(`/api/samplers/${encodeURIComponent(name)}?${query}`);
      if (!bytes || choice.value !== sample) return undefined;
      return show(sample, [{ label: sampler.label, rows: new Uint32Array(bytes), colour: OKABE_ITO[1] }]);
    } catch (error) {
      app.say(error.message);
      choose("");
      return show("", []);
    }
  }

  function choose(sample) {
    const known = [...choice.options].some(({ value }) => value === sample);
    if (!known) choice.append(html("option", { value: sample }, sample.replaceAll(":", ", ")));
    choice.value = sample;
  }

  function show(sample, overlays) {
    app.map.overlay("sample", overlays);
    return app.set({ sample });
  }

  function drawAgain() {
    const [name, count, seed = "0"] = app.state().sample.split(":");
    if (name) apply(`${name}:${count}:${Number(seed) + 1}`);
  }
  const again = button("Redraw", drawAgain, { title: "Draw again with the next seed" });
  return { element: html("div", { class: "row" }, field, again), apply };
}

function choicesOf(samplers) {
  const counts = (name) => COUNTS.map((count) => ({ value: `${name}:${count}:0`, text: `${grouped(count)} cells` }));
  const groups = samplers.flatMap(({ name, label }) => counts(name).map((choice) => ({ ...choice, group: label })));
  return [{ value: "", text: "none" }, ...groups];
}
