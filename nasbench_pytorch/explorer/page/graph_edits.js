/** Edits of a cell that may be invalid on the way: plain functions from one (matrix, ops) to the next. */

/** @typedef {{matrix: number[][], ops: string[]}} Graph */

/** @returns {Graph} */
export function withEdgeFlipped({ matrix, ops }, from, to) {
  return {
    ops,
    matrix: matrix.map((line, row) => line.map((edge, column) => (row === from && column === to ? 1 - edge : edge))),
  };
}

/** @returns {Graph} */
export function withOperation({ matrix, ops }, vertex, operation) {
  return { matrix, ops: ops.map((old, number) => (number === vertex ? operation : old)) };
}

/** Add a vertex before the output, without edges. @returns {Graph} */
export function withVertex({ matrix, ops }, operation) {
  const last = ops.length - 1;
  const lines = matrix.map((line) => [...line.slice(0, last), 0, line[last]]);
  lines.splice(last, 0, Array(ops.length + 1).fill(0));
  return { matrix: lines, ops: [...ops.slice(0, last), operation, ops[last]] };
}

/** @returns {Graph} */
export function withoutVertex({ matrix, ops }, vertex) {
  const others = (_, number) => number !== vertex;
  return { matrix: matrix.filter(others).map((line) => line.filter(others)), ops: ops.filter(others) };
}

/** Return which vertices are on a path from the input to the output; pruning removes the others. */
export function verticesOnPath(matrix) {
  const reached = matrix.map((_, vertex) => vertex === 0);
  matrix.forEach((line, from) => line.forEach((edge, to) => edge && reached[from] && (reached[to] = true)));
  const reaching = matrix.map((_, vertex) => vertex === matrix.length - 1);
  for (let from = matrix.length - 1; from >= 0; from--)
    matrix[from].forEach((edge, to) => edge && reaching[to] && (reaching[from] = true));
  return matrix.map((_, vertex) => reached[vertex] && reaching[vertex]);
}

/** States to go back to and forth again. */
export class UndoList {
  constructor(first) {
    this.states = [first];
    this.at = 0;
  }

  get now() {
    return this.states[this.at];
  }

  add(state) {
    this.states = [...this.states.slice(0, this.at + 1), state];
    this.at += 1;
  }

  /** Go back (-1) or forth (1); return whether there was a state. */
  move(step) {
    const there = this.at + step in this.states;
    if (there) this.at += step;
    return there;
  }
}
