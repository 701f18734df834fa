// State and address.
import assert from "node:assert/strict";
import { test } from "node:test";

import { boxState, boxText, firstState, fromAddress, TABS, toAddress } from "./state.js";

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
    cells: "00ff12345678.0123456789ab",
    box: boxText({ ...firstState(FACTS), where: "a<1 & b", hidden: "2", xscale: "log" }, [0.125, 1, -2, 3.5]),
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

test("a box keeps the map that it was drawn on, and its sides", () => {
  const drawn = { ...firstState(FACTS), x: "test_accuracy_108", where: "x==1", cell: "00ff", tab: "edit", view: [0, 9, 0, 9] };
  const box = boxState(boxText(drawn, [0.1, 0.2, 3, 4]), FACTS);
  assert.deepEqual(box, { ...firstState(FACTS), x: "test_accuracy_108", where: "x==1", view: [0.1, 0.2, 3, 4] });
});

test("a box or cells that do not fit are named", () => {
  const wrong = ["x=gone&view=0,1,0,1", "x=parameters", "view=1,0,0,1", "view=0,1,0,1&tab=edit", "view=0,1,0,1&box=view"];
  for (const text of wrong) {
    const { state, misfits } = fromAddress(`box=${encodeURIComponent(text)}`, FACTS);
    assert.deepEqual([state, misfits], [firstState(FACTS), [`box=${text}`]]);
  }
  for (const text of ["00f", "00ff.", "xyzw", "00ff,00fe", Array(201).fill("00ff").join(".")])
    assert.equal(fromAddress(`cells=${text}`, FACTS).misfits.length, 1);
});

test("a view of axes that do not fit is not kept", () => {
  assert.equal(fromAddress("#x=gone&view=0,1,0,1", FACTS).state.view, null);
  assert.deepEqual(fromAddress("#view=0,1,0,1", FACTS).state.view, [0, 1, 0, 1]);
});
