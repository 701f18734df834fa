/** What a search has done after some of its events, in numbers alone. */

/**
 * @typedef {{label: string, algorithm?: string, rows: number[], costs: number[], accuracies: number[], incumbents: number[]}} Run
 *   costs: sums so far; incumbents: number of the best event so far
 */

/**
 * Return the state after `events` events.
 * @param {Run} run
 * @param {number} events
 */
export function replayed(run, events) {
  const seen = run.rows.slice(0, events);
  const trail = [];
  for (const best of run.incumbents.slice(0, events))
    if (run.rows[best] >= 0 && trail.at(-1) !== run.rows[best]) trail.push(run.rows[best]);
  const best = events ? run.incumbents[events - 1] : -1;
  return {
    visited: Uint32Array.from(seen.filter((row) => row >= 0)),
    recent: Uint32Array.from(seen.slice(-20).filter((row) => row >= 0)),
    trail,
    cost: events ? run.costs[events - 1] : 0,
    best: best >= 0 ? run.accuracies[best] : NaN,
    row: best >= 0 ? run.rows[best] : -1,
  };
}
