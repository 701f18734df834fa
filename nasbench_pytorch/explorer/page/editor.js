/** Editor of a cell: edges and operations by click or key; the server's facts about the cell follow. */

import { latest, post } from "./api.js";
import { drawArcs } from "./arcs.js";
import { button, html } from "./dom.js";
import { matrixTable } from "./edge_matrix.js";
import { describeEdited, verdictOf } from "./edited_cell.js";
import { UndoList, withEdgeFlipped, withOperation, withVertex } from "./graph_edits.js";
import { grouped } from "./numbers.js";

const CHAIN = [0, 1, 2].map((from) => [0, 1, 2].map((to) => Number(to === from + 1)));
const LARGEST_FILE = 100_000; // bytes; a cell has a few hundred

/** @param {any} app the page */
export function createEditor(app) {
  const operations = app.facts.operations ?? ["conv3x3-bn-relu", "conv1x1-bn-relu", "maxpool3x3"];
  const most = app.facts.max_vertices ?? 7;
  const edits = new UndoList({ matrix: CHAIN, ops: ["input", operations[0], "output"] });
  const graph = html("div", { class: "editor" });
  const verdict = html("p", { "aria-live": "polite" });
  const facts = html("div", { class: "edited" });
  const undo = button("Undo", () => move(-1), { title: "Undo (Ctrl+Z)" });
  const redo = button("Redo", () => move(1), { title: "Redo (Ctrl+Y)" });
  const grow = button("+ vertex", () => change(withVertex(edits.now, operations[0])));
  const ask = latest((signal, body) => post("/api/edit", body, signal).then((response) => response.json()));

  function change(next) {
    edits.add(next);
    show();
  }

  function move(step) {
    if (edits.move(step)) show();
  }

  function show() {
    const { now } = edits;
    const place = graph.contains(document.activeElement) ? document.activeElement.dataset.place : null;
    graph.replaceChildren(drawArcs(now, flip, turn), matrixTable(now, { operations, flip, change }));
    if (place) graph.querySelector(`[data-place="${place}"]`)?.focus();
    undo.disabled = edits.at === 0;
    redo.disabled = edits.at === edits.states.length - 1;
    grow.disabled = now.ops.length >= most;
    refresh(now);
  }

  function flip(from, to) {
    change(withEdgeFlipped(edits.now, from, to));
  }

  function turn(vertex) {
    const { now } = edits;
    change(withOperation(now, vertex, operations[(operations.indexOf(now.ops[vertex]) + 1) % operations.length]));
  }

  async function refresh(now) {
    try {
      const edited = await ask(now);
      if (!edited) return;
      judge(verdictOf(edited, now), edited.valid);
      facts.replaceChildren(...(edited.valid ? describeEdited(edited, now, app) : []));
    } catch (error) {
      judge(error.message, false);
    }
  }

  function judge(sentence, valid) {
    verdict.textContent = sentence;
    verdict.className = valid ? "muted" : "error";
  }

  async function read(text) {
    if (!text.trim()) return;
    try {
      if (text.length > LARGEST_FILE)
        throw new Error(`${grouped(text.length)} characters are too many for one cell, at most ${grouped(LARGEST_FILE)}`);
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
    placeholder: "JSON, Python, a hash, rows of digits, a train command …",
  });
  const file = html("input", {
    type: "file",
    accept: ".json,.txt",
    "aria-label": "File with a cell",
    onchange: () => readFile(file.files[0]),
  });
  const element = html(
    "div",
    {},
    html("div", { class: "row" }, undo, redo, grow),
    graph,
    verdict,
    facts,
    html("h2", {}, html("label", { for: "notation" }, "Paste a cell, or drop a file anywhere")),
    notation,
    refused,
    html(
      "div",
      { class: "row" },
      button("Read", () => read(notation.value)),
      file,
    ),
  );
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    app.openTab("edit");
    readFile(event.dataTransfer.files[0]);
  });
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
