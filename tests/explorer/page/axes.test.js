// Scales, ticks, views, histograms: numbers in, numbers out.
import assert from "node:assert/strict";
import { test } from "node:test";

import { random } from "./helpers.js";
import { histogramPath } from "./histogram.js";
import { bulkView, panned, toPosition, viewFromValues, viewToValues, wholeView, zoomed } from "./map_view.js";
import { tickText } from "./numbers.js";
import { fromUnit, scaleOf, ticks, toUnit, unitPositions } from "./scales.js";

const SIZE = { width: 800, height: 500 };
const near = (value, wanted, tolerance = 1e-9) =>
  assert.ok(Math.abs(value - wanted) <= tolerance * Math.max(1, Math.abs(wanted)), `${value} is not ${wanted}`);
const column = (values, more = {}) => ({
  name: "c",
  label: "c",
  kind: "number",
  values: Float32Array.from(values),
  ...more,
});

test("ticks are round, evenly spaced, inside, and about as many as wanted", () => {
  const next = random(5);
  for (let trial = 0; trial < 300; trial++) {
    const low = (next() - 0.5) * 10 ** (6 * next());
    const high = low + 10 ** (8 * next() - 4);
    const found = ticks("linear", low, high, 8);
    assert.ok(found.length >= 4 && found.length <= 14, `${found.length} ticks from ${low} to ${high}`);
    const step = found[1].value - found[0].value;
    found.slice(1).forEach(({ value }, number) => near(value - found[number].value, step, 1e-6));
    assert.ok(["1", "2", "5"].includes((step / 10 ** Math.floor(Math.log10(step) + 1e-6)).toFixed(3)[0]));
    assert.ok(found.every(({ value }) => value >= low - step * 1e-6 && value <= high + step * 1e-6));
    assert.equal(new Set(found.map(({ text }) => text)).size, found.length, found.map(({ text }) => text).join());
  }
});

test("logarithmic ticks are 1, 2 or 5 times a power of ten", () => {
  assert.deepEqual(
    ticks("log", 150_000, 60_000_000, 9).map(({ text }) => text),
    ["200k", "500k", "1M", "2M", "5M", "10M", "20M", "50M"],
  );
  assert.equal(tickText(2_500_000, 500_000), "2.5M");
  assert.equal(tickText(0.95, 0.05), "0.95");
});

test("a value goes to its unit position and back on both scales", () => {
  for (const kind of ["linear", "log"]) {
    const scale = scaleOf(column([0.5, 3, 40, NaN]), kind);
    for (const value of [0.5, 1, 17, 40]) near(fromUnit(scale, toUnit(scale, value)), value);
    near(toUnit(scale, 0.5), 0);
    near(toUnit(scale, 40), 1);
  }
});

test("columns without values, with one value, or with none above 0 have a scale", () => {
  for (const values of [[], [NaN, NaN], [3, 3], [0, 0], [-2, -1], [Infinity]]) {
    for (const kind of ["linear", "log"]) {
      const { low, high } = scaleOf(column(values), kind);
      assert.ok(Number.isFinite(low) && Number.isFinite(high) && low < high, `${values} ${kind}: ${low} ${high}`);
    }
  }
});

test("positions on a log axis leave out values that are not above 0, and categories stay near their value", () => {
  const log = column([0, -1, 1, 100, NaN]);
  const positions = unitPositions(log, scaleOf(log, "log"), 1);
  assert.deepEqual(Array.from(positions, Number.isNaN), [true, true, false, false, true]);
  const bytes = column([], { kind: "category", values: Uint8Array.of(2, 3, 7, 255) });
  const scale = scaleOf(bytes, "linear");
  const places = unitPositions(bytes, scale, 1);
  [2, 3, 7].forEach((value, row) => assert.ok(Math.abs(fromUnit(scale, places[row]) - value) < 0.36));
  assert.ok(Number.isNaN(places[3]));
});

test("categories on both axes spread over a square, evenly and not along a line", () => {
  const bytes = column([], { kind: "category", values: new Uint8Array(20_000).fill(3) });
  const scale = scaleOf(bytes, "linear");
  const [u, v] = [unitPositions(bytes, scale, 1), unitPositions(bytes, scale, 77_777)];
  const counts = new Uint32Array(16);
  u.forEach(
    (_, row) => counts[4 * Math.floor(((u[row] - 0.15) / 0.7) * 4) + Math.floor(((v[row] - 0.15) / 0.7) * 4)]++,
  );
  for (const count of counts) assert.ok(count > 1100 && count < 1400, `${counts}`);
});

test("zooming keeps the place under the pointer, and panning moves it by the pixels", () => {
  const next = random(9);
  for (let trial = 0; trial < 100; trial++) {
    const [x, y] = [100 + next() * 600, 100 + next() * 300];
    const before = toPosition(wholeView(), SIZE, x, y);
    const after = toPosition(zoomed(wholeView(), SIZE, x, y, 1 + 3 * next()), SIZE, x, y);
    near(after.u, before.u);
    near(after.v, before.v);
  }
  const moved = toPosition(panned(zoomed(wholeView(), SIZE, 400, 250, 4), SIZE, 30, -20), SIZE, 430, 230);
  near(moved.u, 0.5);
  near(moved.v, 0.5);
});

test("zooming stops before positions lose their digits, and cannot lose the data", () => {
  let view = wholeView();
  for (let turn = 0; turn < 200; turn++) view = zoomed(view, SIZE, 10, 10, 2);
  assert.ok(view.u1 - view.u0 >= 1.9e-5);
  for (let turn = 0; turn < 200; turn++) view = panned(zoomed(view, SIZE, 10, 10, 0.5), SIZE, 5000, 5000);
  assert.ok(view.u0 < 1 && view.u1 > 0 && view.v0 < 1 && view.v1 > 0);
});

test("a view goes into values and back; values that do not fit give none", () => {
  const [x, y] = [scaleOf(column([1, 1000]), "log"), scaleOf(column([0.1, 0.95]), "linear")];
  const view = { u0: 0.2, u1: 0.4, v0: 0.5, v1: 0.9 };
  const back = viewFromValues(viewToValues(view, x, y), x, y);
  for (const side of Object.keys(view)) near(back[side], view[side]);
  for (const values of [null, [1, 2, 3], [5, 1, 0.2, 0.4], [-4, 5, 0.2, 0.4], [1e6, 1e7, 0.2, 0.4], [1, 10, NaN, 1]])
    assert.equal(viewFromValues(values, x, y), null);
});

test("the bulk leaves out the outermost rows of each axis", () => {
  const u = Float32Array.from({ length: 1000 }, (_, row) => (row < 3 ? 0 : 0.8 + row / 10_000));
  const view = bulkView(u, u, null);
  assert.ok(view.u0 > 0.7 && view.u1 < 1);
});

test("a histogram's outline reaches its height at the greatest count", () => {
  assert.equal(histogramPath([0, 2, 4], 30, 10), "M0 0V0.0H10.0V5.0H20.0V10.0H30.0V0Z");
  assert.equal(histogramPath([0, 0], 30, 10), "");
  assert.equal(histogramPath([], 30, 10), "");
});
