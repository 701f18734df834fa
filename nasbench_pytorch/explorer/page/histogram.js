/** Histograms: counts in bins, and their outline. */

/**
 * Return the outline of counts as a path: along x from 0 to `length`, upwards to `height` at the greatest count.
 * @param {ArrayLike<number>} counts
 * @param {number} length
 * @param {number} height
 */
export function histogramPath(counts, length, height) {
  let most = 0;
  for (let bin = 0; bin < counts.length; bin++) most = Math.max(most, counts[bin]);
  if (!most) return "";
  const step = length / counts.length;
  let path = "M0 0";
  for (let bin = 0; bin < counts.length; bin++) {
    path += `V${((counts[bin] / most) * height).toFixed(1)}H${((bin + 1) * step).toFixed(1)}`;
  }
  return `${path}V0Z`;
}
