/** Filter by a condition, and samplers over the cloud: the bar below the axes. */

import { getBytes, latest } from "./api.js";
import { button, html, select } from "./dom.js";
import { grouped } from "./numbers.js";
import { OKABE_ITO } from "./colours.js";

const SAMPLES = ["100", "1000", "5000"];

/** @typedef {{say: (text: string) => void, set: (changes: any) => void, state: () => any, facts: any}} FilterApp */

/**
 * A field for a condition; its answer, a byte for each row, goes to `app.set({filter})`.
 * @param {FilterApp} app
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

    async function apply(where) {
        input.value = where;
        if (where.trim() === applied) return;
        applied = where.trim();
        error.hidden = true;
        input.removeAttribute("aria-invalid");
        if (!applied) {
            count.textContent = "";
            app.set({ where: "", filter: null });
            return;
        }
        try {
            const bytes = await ask(applied);
            if (!bytes) return;
            const filter = new Uint8Array(bytes);
            const passed = filter.reduce((sum, one) => sum + one, 0);
            count.textContent = `${grouped(passed)} of ${grouped(filter.length)} cells`;
            app.say(count.textContent);
            app.set({ where: applied, filter });
        } catch (problem) {
            error.textContent = problem.message;
            error.hidden = false;
            count.textContent = "";
            input.setAttribute("aria-invalid", "true");
            app.say(problem.message);
            applied = null;
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

/**
 * A select of samplers; the rows drawn go to `app.set({overlays})`.
 * @param {FilterApp} app
 */
export function samplerField(app) {
    const samplers = app.facts.samplers ?? [];
    if (!samplers.length) return { element: null, apply: async () => {} };
    const choices = [{ value: "", text: "none" }];
    for (const { name, label } of samplers) {
        for (const count of SAMPLES)
            choices.push({
                value: `${name}:${count}:0`,
                text: `${grouped(Number(count))} cells, seed 0`,
                group: label,
            });
    }
    const ask = latest((signal, path) => getBytes(path, signal));
    const apply = async (sample) => {
        const [name, count, seed = "0"] = sample.split(":");
        const choice = field.querySelector("select");
        if (![...choice.options].some(({ value }) => value === sample))
            choice.append(html("option", { value: sample }, sample.replaceAll(":", ", ")));
        choice.value = sample;
        if (!sample) return app.set({ sample: "", overlays: [] });
        if (!samplers.some((sampler) => sampler.name === name) || !(Number(count) > 0)) {
            app.say(`The address names an unknown sampler, ${sample}; it is ignored.`);
            return app.set({ sample: "", overlays: [] });
        }
        try {
            const bytes = await ask(
                `/api/samplers/${encodeURIComponent(name)}?count=${Number(count)}&seed=${encodeURIComponent(seed)}`,
            );
            if (!bytes) return undefined;
            const { label } = samplers.find((sampler) => sampler.name === name);
            return app.set({ sample, overlays: [{ label, rows: new Uint32Array(bytes), colour: OKABE_ITO[1] }] });
        } catch (problem) {
            app.say(problem.message);
            return undefined;
        }
    };
    const field = select("Sampler", choices, "", apply);
    const another = button(
        "Redraw",
        () => {
            const [name, count, seed] = app.state().sample.split(":");
            if (name) apply(`${name}:${count}:${Number(seed) + 1}`);
        },
        { title: "Draw again with the next seed" },
    );
    return { element: html("div", { class: "row" }, field, another), apply };
}
