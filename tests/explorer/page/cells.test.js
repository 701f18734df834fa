// Layout and edits of cells, replay of searches.
import assert from "node:assert/strict";
import { test } from "node:test";

import { arcPath } from "./arcs.js";
import { depthsOf, edgesOf, layOutCell } from "./cell_layout.js";
import { UndoList, verticesOnPath, withEdgeFlipped, withoutVertex, withVertex } from "./graph_edits.js";
import { random, randomMatrix } from "./helpers.js";
import { replayed } from "./replay.js";

const GAPS = { vertexGap: 100, bendGap: 60, layerGap: 50 };

/** All paths from a vertex to the last, by walking them. */
function paths(matrix, from = 0) {
  if (from === matrix.length - 1) return [[from]];
  return matrix[from].flatMap((edge, to) => (edge ? paths(matrix, to).map((path) => [from, ...path]) : []));
}

test("pruning keeps the vertices that some path visits", () => {
  const next = random(3);
  for (let trial = 0; trial < 200; trial++) {
    const matrix = randomMatrix(next, 2 + Math.floor(next() * 6), next());
    const visited = new Set(paths(matrix).flat());
    assert.deepEqual(
      verticesOnPath(matrix),
      matrix.map((_, vertex) => visited.has(vertex)),
    );
  }
});

test("a cell is laid out in layers of longest paths, with gaps, and with every edge downwards", () => {
  const next = random(4);
  for (let trial = 0; trial < 150; trial++) {
    const full = randomMatrix(next, 7, 0.3 + 0.4 * next());
    const kept = verticesOnPath(full);
    const matrix = full.filter((_, vertex) => kept[vertex]).map((line) => line.filter((_, vertex) => kept[vertex]));
    if (matrix.length < 2) continue;
    const { centres, routes, width } = layOutCell(matrix, GAPS);
    centres.forEach(([, y], vertex) => assert.equal(y, depthsOf(matrix)[vertex] * GAPS.layerGap));
    assert.deepEqual(
      routes.map(({ from, to }) => [from, to]),
      edgesOf(matrix),
    );
    for (const { from, to, points } of routes) {
      assert.deepEqual([points[0], points.at(-1)], [centres[from], centres[to]]);
      points.slice(1).forEach(([, y], step) => assert.equal(y - points[step][1], GAPS.layerGap));
    }
    const places = centres.map(([x, y]) => ({ x, y, gap: GAPS.vertexGap }));
    for (const one of places)
      for (const other of places)
        if (one !== other && one.y === other.y) assert.ok(Math.abs(one.x - other.x) >= one.gap - 1e-6);
    for (const { points } of routes) for (const [x] of points) assert.ok(Math.abs(x) <= width / 2 + 1e-6);
  }
});

test("a chain is a straight line", () => {
  const chain = [0, 1, 2, 3].map((from) => [0, 1, 2, 3].map((to) => (to === from + 1 ? 1 : 0)));
  assert.deepEqual(
    layOutCell(chain, GAPS).centres.map(([x]) => x),
    [0, 0, 0, 0],
  );
});

test("edits leave the graph before them alone, and undo gives it back", () => {
  const first = {
    matrix: [
      [0, 1, 0],
      [0, 0, 1],
      [0, 0, 0],
    ],
    ops: ["input", "a", "output"],
  };
  const copy = structuredClone(first);
  const list = new UndoList(first);
  list.add(withEdgeFlipped(list.now, 0, 2));
  assert.equal(list.now.matrix[0][2], 1);
  list.add(withVertex(list.now, "b"));
  assert.deepEqual(list.now, {
    matrix: [
      [0, 1, 0, 1],
      [0, 0, 0, 1],
      [0, 0, 0, 0],
      [0, 0, 0, 0],
    ],
    ops: ["input", "a", "b", "output"],
  });
  list.add(withoutVertex(list.now, 1));
  assert.deepEqual(list.now, {
    matrix: [
      [0, 0, 1],
      [0, 0, 0],
      [0, 0, 0],
    ],
    ops: ["input", "b", "output"],
  });
  while (list.move(-1));
  assert.deepEqual(list.now, copy);
  assert.ok(list.move(1) && list.now.matrix[0][2] === 1);
  list.add(first);
  assert.equal(list.move(1), false);
});

test("every possible edge of seven vertices has its own arc", () => {
  const arcs = [];
  for (let from = 0; from < 7; from++) for (let to = from + 1; to < 7; to++) arcs.push(arcPath(from, to));
  assert.equal(new Set(arcs).size, 21);
});

test("a replay shows the cells seen so far, and the incumbents in their order", () => {
  const run = {
    label: "r",
    rows: [5, 9, -1, 7, 9],
    costs: [10, 20, 30, 40, 50],
    accuracies: [0.5, 0.4, 0.9, 0.8, 0.4],
    incumbents: [0, 0, 0, 3, 3],
  };
  assert.deepEqual(Array.from(replayed(run, 4).visited), [5, 9, 7]);
  assert.deepEqual(replayed(run, 4).trail, [5, 7]);
  assert.deepEqual([replayed(run, 4).cost, replayed(run, 4).best, replayed(run, 4).row], [40, 0.8, 7]);
  assert.deepEqual([replayed(run, 0).cost, replayed(run, 0).row, replayed(run, 0).trail], [0, -1, []]);
});
