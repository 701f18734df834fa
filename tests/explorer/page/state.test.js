// State and address.
import assert from "node:assert/strict";
import { test } from "node:test";

import { firstState, fromAddress, TABS, toAddress } from "./state.js";

const FACTS = {
  columns: [{ name: "parameters" }, { name: "test_accuracy_108" }, { name: "my-column.1" }],
  default: { x: "parameters", y: "test_accuracy_108", colour: "my-column.1" },
  searches: [{ id: "run/1" }],
  compare: { epochs: [4, 108] },
};

test("the first state has an empty address, and an empty address is the first state", () => {
  assert.equal(toAddress(firstState(FACTS), FACTS), "");
  assert.deepEqual(fromAddress("", FACTS), { state: firstState(FACTS), misfits: [] });
});

test("a state survives its address", () => {
  const state = {
    x: "my-column.1",
    y: "parameters",
    colour: "density",
    xscale: "log",
    yscale: "linear",
    view: [-1.5e-7, 2, 0.125, 1e6],
    hidden: "0,12",
    metric: "train",
    where: "vertices<=5 and (edges>3 or not x==1) & 100% #",
    cell: "00ff",
    tab: TABS[3],
    sample: "uniform:100:7",
    search: "run/1",
    epochs: "108",
  };
  assert.deepEqual(fromAddress(`#${toAddress(state, FACTS)}`, FACTS), { state, misfits: [] });
});

test("what does not fit the table is named and left as at the beginning", () => {
  const { state, misfits } = fromAddress(
    "#x=gone&tab=none&view=1,2,3&search=9&epochs=12&colour=parameters&nonsense=1&view=3,2,1,0&hidden=x&metric=loss",
    FACTS,
  );
  assert.deepEqual(misfits, [
    "x=gone",
    "tab=none",
    "view=1,2,3",
    "search=9",
    "epochs=12",
    "nonsense=1",
    "view=3,2,1,0",
    "hidden=x",
    "metric=loss",
  ]);
  assert.deepEqual(state, { ...firstState(FACTS), colour: "parameters" });
});

test("a view of axes that do not fit is not kept", () => {
  assert.equal(fromAddress("#x=gone&view=0,1,0,1", FACTS).state.view, null);
  assert.deepEqual(fromAddress("#view=0,1,0,1", FACTS).state.view, [0, 1, 0, 1]);
});
