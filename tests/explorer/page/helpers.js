/** A seeded generator of numbers from 0 to 1 (mulberry32). */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** A random upper triangular matrix. */
export function randomMatrix(next, size, density = 0.4) {
  return Array.from({ length: size }, (_, from) =>
    Array.from({ length: size }, (__, to) => (to > from && next() < density ? 1 : 0)),
  );
}
