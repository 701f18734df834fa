// The grid index against looking at every row.
import assert from "node:assert/strict";
import { test } from "node:test";

import { buildIndex, nearestRow, rowsInBox } from "./grid_index.js";
import { random } from "./helpers.js";

function cloud(seed, count) {
  const next = random(seed);
  const place = () => (next() < 0.05 ? NaN : next() < 0.5 ? next() : 0.9 + 0.02 * next());
  return { u: Float32Array.from({ length: count }, place), v: Float32Array.from({ length: count }, place) };
}

function nearestByHand({ u, v }, at, reach, shown) {
  let [best, least] = [-1, 1];
  u.forEach((_, row) => {
    const distance = ((u[row] - at.u) / reach.u) ** 2 + ((v[row] - at.v) / reach.v) ** 2;
    if (shown[row] && distance < least) [best, least] = [row, distance];
  });
  return best;
}

test("the nearest row is the one that a look at all rows finds", () => {
  for (let seed = 1; seed <= 60; seed++) {
    const [next, points] = [random(seed * 31), cloud(seed, 400)];
    const shown = Uint8Array.from(points.u, () => (next() < 0.7 ? 1 : 0));
    const index = buildIndex(points.u, points.v);
    for (let trial = 0; trial < 20; trial++) {
      const [at, reach] = [
        { u: next() * 1.2 - 0.1, v: next() * 1.2 - 0.1 },
        { u: 0.001 + next() * 0.1, v: 0.001 + next() * 0.1 },
      ];
      assert.equal(nearestRow(index, at, reach, shown), nearestByHand(points, at, reach, shown));
    }
  }
});

test("a box holds the rows whose positions lie in it, ascending", () => {
  for (let seed = 1; seed <= 40; seed++) {
    const [next, { u, v }] = [random(seed), cloud(seed + 100, 300)];
    const [u0, v0] = [next() - 0.1, next() - 0.1];
    const box = { u0, v0, u1: u0 + next(), v1: v0 + next() };
    const inside = Array.from(u.keys()).filter(
      (row) => u[row] >= box.u0 && u[row] <= box.u1 && v[row] >= box.v0 && v[row] <= box.v1,
    );
    assert.deepEqual(Array.from(rowsInBox(buildIndex(u, v), box, null)), inside);
  }
});

test("an index of nothing, and of missing positions alone, finds nothing", () => {
  for (const positions of [new Float32Array(0), Float32Array.of(NaN, NaN)]) {
    const index = buildIndex(positions, positions);
    assert.equal(index.rows.length, 0);
    assert.equal(nearestRow(index, { u: 0.5, v: 0.5 }, { u: 1, v: 1 }, null), -1);
    assert.equal(rowsInBox(index, { u0: 0, u1: 1, v0: 0, v1: 1 }, null).length, 0);
  }
});
