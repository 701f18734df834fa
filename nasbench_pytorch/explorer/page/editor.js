/** Editor of a cell: edges and operations by click or key; the server's facts about the cell follow. */

import { latest, post } from "./api.js";
import { drawArcs } from "./arcs.js";
import { drawCell, operationName } from "./cell.js";
import { factList } from "./cell_panel.js";
import { button, download, html } from "./dom.js";
import { UndoList, verticesOnPath, withEdgeFlipped, withOperation, withoutVertex, withVertex } from "./graph_edits.js";
import { ownAccuracy } from "./neighbours.js";
import { exact, fraction, grouped } from "./numbers.js";

const LARGEST_FILE = 100_000; // bytes; a cell has a few hundred
const FIRST = {
    matrix: [
        [0, 1, 0],
        [0, 0, 1],
        [0, 0, 0],
    ],
    ops: ["input", "", "output"],
};

/** @param {any} app the page */
export function createEditor(app) {
    const operations = app.facts.operations ?? ["conv3x3-bn-relu", "conv1x1-bn-relu", "maxpool3x3"];
    const most = app.facts.max_vertices ?? 7;
    const edits = { list: new UndoList({ ...FIRST, ops: FIRST.ops.map((operation) => operation || operations[0]) }) };
    const graph = html("div", { class: "editor" });
    const facts = html("div", { class: "edited", "aria-live": "polite" });
    const undo = button("Undo", () => move(-1), { title: "Undo (Ctrl+Z)" });
    const redo = button("Redo", () => move(1), { title: "Redo (Ctrl+Y)" });
    const grow = button("+ vertex", () => change(withVertex(edits.list.now, operations[0])));
    const ask = latest((signal, body) => post("/api/edit", body, signal).then((response) => response.json()));

    function change(next) {
        edits.list.add(next);
        show();
    }

    function move(step) {
        if (edits.list.move(step)) show();
    }

    function show() {
        const { now } = edits.list;
        const place = graph.contains(document.activeElement) ? document.activeElement.dataset.place : null;
        graph.replaceChildren(drawArcs(now, flip, turn), matrixTable(now, { operations, flip, change }));
        if (place) graph.querySelector(`[data-place="${place}"]`)?.focus();
        undo.disabled = edits.list.at === 0;
        redo.disabled = edits.list.at === edits.list.states.length - 1;
        grow.disabled = now.ops.length >= most;
        refresh(now);
    }

    function flip(from, to) {
        change(withEdgeFlipped(edits.list.now, from, to));
    }

    function turn(vertex) {
        const { now } = edits.list;
        change(withOperation(now, vertex, operations[(operations.indexOf(now.ops[vertex]) + 1) % operations.length]));
    }

    async function refresh(now) {
        try {
            const edited = await ask(now);
            if (edited) facts.replaceChildren(...describeEdited(edited, now, app));
        } catch (error) {
            facts.replaceChildren(html("p", { class: "error" }, error.message));
        }
    }

    async function read(text) {
        if (!text.trim()) return;
        try {
            const edited = await ask({ text });
            if (!edited) return;
            const found = edited.matrix ? edited : edited.pruned;
            if (!found) throw new Error(edited.error);
            notation.removeAttribute("aria-invalid");
            refused.hidden = true;
            change({ matrix: found.matrix, ops: found.ops });
        } catch (error) {
            refused.textContent = error.message;
            refused.hidden = false;
            notation.setAttribute("aria-invalid", "true");
        }
    }

    async function readFile(file) {
        if (!file) return;
        if (file.size > LARGEST_FILE)
            app.say(
                `${file.name} has ${grouped(file.size)} bytes; a file with one cell has at most ${grouped(LARGEST_FILE)}.`,
            );
        else {
            notation.value = await file.text();
            read(notation.value);
        }
    }

    const refused = html("p", { class: "error", role: "alert", hidden: true });
    const notation = html("textarea", {
        id: "notation",
        rows: 3,
        spellcheck: "false",
        placeholder: "JSON, Python, a hash, a matrix in bits, arch strings …",
    });
    const file = html("input", {
        type: "file",
        accept: ".json,.txt",
        "aria-label": "File with a cell",
        onchange: () => readFile(file.files[0]),
    });
    const element = html(
        "div",
        {
            ondragover: (event) => event.preventDefault(),
            ondrop: (event) => [event.preventDefault(), readFile(event.dataTransfer.files[0])],
        },
        html("div", { class: "row" }, undo, redo, grow),
        graph,
        facts,
        html("h2", {}, html("label", { for: "notation" }, "Paste a cell, or drop a file")),
        notation,
        refused,
        html(
            "div",
            { class: "row" },
            button("Read", () => read(notation.value)),
            file,
        ),
    );
    element.addEventListener("keydown", (event) => {
        if (!(event.ctrlKey || event.metaKey) || event.target === notation) return;
        const step = { z: event.shiftKey ? 1 : -1, y: 1 }[event.key.toLowerCase()];
        if (!step) return;
        event.preventDefault();
        move(step);
    });
    const load = (matrix, ops) => change({ matrix, ops });
    return { element, load, open: show };
}

/** The matrix as buttons, with the operations; arrow keys move between its fields. */
function matrixTable(graph, { operations, flip, change }) {
    const { matrix, ops } = graph;
    const kept = verticesOnPath(matrix);
    const name = (vertex) => `${vertex} ${operationName(ops[vertex])}`;
    const field = (from, to) => {
        if (to <= from) return html("td", { class: "below" });
        const attributes = {
            "aria-pressed": String(matrix[from][to] === 1),
            "data-place": `${from}-${to}`,
            "aria-label": `Edge from ${name(from)} to ${name(to)}`,
        };
        return html(
            "td",
            {},
            button(String(matrix[from][to]), () => flip(from, to), attributes),
        );
    };
    const lines = ops.map((operation, vertex) => {
        const inner = vertex > 0 && vertex < ops.length - 1;
        const choices = [...new Set([...operations, operation])].map((value) =>
            html("option", { value, selected: value === operation }, operationName(value)),
        );
        const choose = html(
            "select",
            {
                "aria-label": `Operation of vertex ${vertex}`,
                "data-place": `op-${vertex}`,
                onchange: () => change(withOperation(graph, vertex, choose.value)),
            },
            ...choices,
        );
        const remove = button("×", () => change(withoutVertex(graph, vertex)), {
            title: `Remove vertex ${vertex}`,
            class: "plain",
        });
        const head = html(
            "th",
            { scope: "row", class: kept[vertex] ? "" : "faded" },
            `${vertex} `,
            inner ? choose : operation,
        );
        return html("tr", {}, head, ...ops.map((_, to) => field(vertex, to)), html("td", {}, inner ? remove : null));
    });
    const table = html(
        "table",
        { class: "matrix" },
        html("caption", {}, "Row: from; column: to"),
        html("tbody", {}, ...lines),
    );
    table.addEventListener("keydown", (event) => {
        const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
        const [from, to] = (event.target.dataset.place ?? "").split("-").map(Number);
        if (!step || !Number.isInteger(from)) return;
        event.preventDefault();
        table.querySelector(`[data-place="${from + step[0]}-${to + step[1]}"]`)?.focus();
    });
    return table;
}

function describeEdited(edited, now, app) {
    if (!edited.valid) return [html("p", { class: "error" }, edited.error)];
    const { pruned, row, cell, python, train_command: command } = edited;
    const gone = now.ops.length - pruned.ops.length;
    const accuracy = cell && ownAccuracy(cell, app.facts.default_epochs);
    const save = () =>
        download(
            `${JSON.stringify({ matrix: now.matrix, ops: now.ops })}\n`,
            `${edited.hash ?? "cell"}.json`,
            "application/json",
        );
    return [
        html(
            "p",
            { class: "muted" },
            gone
                ? `Valid; pruning removes ${gone === 1 ? "one vertex" : `${gone} vertices`}:`
                : "Valid; nothing to prune:",
        ),
        html("figure", { class: "cell" }, drawCell(pruned.matrix, pruned.ops, { channels: pruned.channels })),
        factList([
            ["hash", html("code", {}, edited.hash ?? "none")],
            ["parameters", exact(edited.parameters ?? NaN)],
            ["FLOPs", exact(edited.flops ?? NaN)],
            [
                "in the table",
                row == null
                    ? (edited.note ?? "no")
                    : html("button", { type: "button", onclick: () => app.pick(row) }, `row ${grouped(row)}`),
            ],
            ...(cell
                ? [
                      [`test, ${app.facts.default_epochs} epochs`, fraction(accuracy ?? NaN)],
                      ["rank", cell.rank ? grouped(cell.rank) : "–"],
                  ]
                : []),
        ]),
        html(
            "div",
            { class: "row" },
            button("Copy Python", () => app.copy(python, "Python")),
            button("Copy command", () => app.copy(command, "The train command"), { title: "Copy the train command" }),
            button("Download JSON", save),
        ),
    ];
}
