// Points into pixels.
import assert from "node:assert/strict";
import { test } from "node:test";

import { colourCodes, countCodes, paletteOf } from "./colours.js";
import { Accumulator, discMask, paintDensity, radiusFor } from "./paint.js";
import { scaleOf } from "./scales.js";

const SIZE = { width: 30, height: 20 };
const RED_AND_BLUE = Uint8Array.of(200, 0, 0, 0, 0, 100);

function painted(pixels, codes, radius, alpha) {
  const picture = new Uint8ClampedArray(SIZE.width * SIZE.height * 4);
  const sums = new Accumulator();
  sums.begin(SIZE.width, SIZE.height);
  sums.addDiscs(Int32Array.from(pixels), Uint8Array.from(codes), pixels.length, RED_AND_BLUE, radius);
  sums.blendOver(picture, alpha);
  return (x, y) => Array.from(picture.slice(4 * (y * SIZE.width + x), 4 * (y * SIZE.width + x) + 4));
}

test("a disc has its colour and opacity in the middle and nothing outside its radius", () => {
  const at = painted([10 * 30 + 15], [0], 2, 0.6);
  assert.deepEqual(at(15, 10), [200, 0, 0, 153]);
  assert.deepEqual(at(15, 13), [0, 0, 0, 0]);
  assert.ok(at(17, 10)[3] > 0 && at(17, 10)[3] < 153);
});

test("where discs meet, the colour is their mean and the opacity grows with their number", () => {
  const at = painted([10 * 30 + 15, 10 * 30 + 15, 5 * 30 + 5], [0, 1, 0], 1, 0.5);
  assert.deepEqual(at(15, 10).slice(0, 3), [100, 0, 50]);
  assert.ok(at(15, 10)[3] > at(5, 5)[3]);
});

test("the order of points does not change the picture", () => {
  const pixels = [315, 316, 285, 315, 346];
  const [forth, back] = [
    painted(pixels, [0, 1, 0, 1, 1], 1.5, 0.5),
    painted([...pixels].reverse(), [1, 1, 0, 1, 0], 1.5, 0.5),
  ];
  for (let x = 10; x < 20; x++) for (let y = 6; y < 14; y++) assert.deepEqual(forth(x, y), back(x, y));
});

test("the density of squares is coloured by the logarithm of their count", () => {
  const picture = new Uint8ClampedArray(SIZE.width * SIZE.height * 4);
  const pixels = Int32Array.from([...Array(100).fill(0), ...Array(10).fill(6), 12]);
  const most = paintDensity(picture, SIZE, pixels, pixels.length, {
    side: 3,
    colourOf: (part) => [Math.round(255 * part), 0, 0],
  });
  assert.equal(most, 100);
  assert.deepEqual([picture[0], picture[4 * 6], picture[4 * 12], picture[4 * 20 + 3]], [255, 128, 0, 0]);
});

test("fewer points are larger, within bounds", () => {
  assert.ok(radiusFor(423_624, 500_000) < radiusFor(5_000, 500_000));
  assert.equal(radiusFor(0, 500_000), radiusFor(1, 500_000));
  assert.equal(discMask(0.4, 10).offsets.length, 1);
});

test("numbers get one of 255 codes, missing ones the last", () => {
  const column = { kind: "number", values: Float32Array.of(1, 10, 100, NaN, -3) };
  assert.deepEqual(Array.from(colourCodes(column, scaleOf(column, "log"))), [0, 127, 254, 255, 255]);
});

test("categories that occur have different colours, whatever their number", () => {
  for (const count of [2, 7, 11]) {
    const values = Uint8Array.from({ length: count }, (_, code) => code);
    const column = { kind: "category", values, legend: values.length < 8 ? Array(count).fill("x") : undefined };
    const { present } = countCodes(values);
    for (const dark of [false, true]) {
      const palette = paletteOf(column, present, dark, [1, 2, 3]);
      assert.equal(new Set(present.map((code) => palette.slice(3 * code, 3 * code + 3).join())).size, count);
      assert.deepEqual(Array.from(palette.slice(765)), [1, 2, 3]);
    }
  }
});
