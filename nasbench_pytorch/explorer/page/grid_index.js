/** A grid over the unit square that finds the rows near a position without looking at all of them. */

const SIDE = 256;

/**
 * @typedef {{starts: Uint32Array, rows: Uint32Array, u: Float32Array, v: Float32Array}} GridIndex
 *   rows of square k of the grid: rows[starts[k]] … rows[starts[k + 1] - 1]
 */

/**
 * Sort rows by the square of the grid that they lie in (a counting sort); rows without a position are left out.
 * @param {Float32Array} u
 * @param {Float32Array} v
 * @returns {GridIndex}
 */
export function buildIndex(u, v) {
  const starts = new Uint32Array(SIDE * SIDE + 1);
  const squares = new Int32Array(u.length);
  for (let row = 0; row < u.length; row++) {
    const square = u[row] + v[row] === u[row] + v[row] ? squareOf(u[row], v[row]) : -1;
    squares[row] = square;
    if (square >= 0) starts[square + 1]++;
  }
  for (let square = 0; square < SIDE * SIDE; square++) starts[square + 1] += starts[square];
  const next = starts.slice(0, -1);
  const rows = new Uint32Array(starts[SIDE * SIDE]);
  for (let row = 0; row < u.length; row++) if (squares[row] >= 0) rows[next[squares[row]]++] = row;
  return { starts, rows, u, v };
}

function line(unit) {
  return Math.min(SIDE - 1, Math.max(0, Math.floor(unit * SIDE)));
}

function squareOf(u, v) {
  return line(v) * SIDE + line(u);
}

/**
 * Call `visit` with stretches [from, to) of `index.rows` that hold all rows of a box (and some just outside it).
 * @param {GridIndex} index
 * @param {{u0: number, u1: number, v0: number, v1: number}} box
 * @param {(from: number, to: number) => void} visit
 */
export function eachStretch(index, box, visit) {
  const [first, last] = [line(box.u0), line(box.u1)];
  for (let v = line(box.v0); v <= line(box.v1); v++) {
    const from = index.starts[v * SIDE + first];
    const to = index.starts[v * SIDE + last + 1];
    if (from < to) visit(from, to);
  }
}

/** Return the rows inside a box, ascending; `shown` (a byte per row) leaves some out. */
export function rowsInBox(index, box, shown) {
  const { u, v, rows } = index;
  const found = [];
  eachStretch(index, box, (from, to) => {
    for (let place = from; place < to; place++) {
      const row = rows[place];
      const inside = u[row] >= box.u0 && u[row] <= box.u1 && v[row] >= box.v0 && v[row] <= box.v1;
      if (inside && (!shown || shown[row])) found.push(row);
    }
  });
  return Uint32Array.from(found).sort();
}

/**
 * Return the row nearest to a position, at most `reach` away, or -1.
 * @param {GridIndex} index
 * @param {{u: number, v: number}} at
 * @param {{u: number, v: number}} reach the same distance on the screen along both axes
 * @param {Uint8Array|null} shown
 */
export function nearestRow(index, at, reach, shown) {
  const { u, v, rows } = index;
  let best = -1;
  let least = 1;
  const box = { u0: at.u - reach.u, u1: at.u + reach.u, v0: at.v - reach.v, v1: at.v + reach.v };
  eachStretch(index, box, (from, to) => {
    for (let place = from; place < to; place++) {
      const row = rows[place];
      if (shown && !shown[row]) continue;
      const distance = ((u[row] - at.u) / reach.u) ** 2 + ((v[row] - at.v) / reach.v) ** 2;
      if (distance < least || (distance === least && row < best)) [best, least] = [row, distance];
    }
  });
  return best;
}
