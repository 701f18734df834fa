/** Lines with bands on logarithmic axes: regret of several algorithms over cost. */

import { svg } from "./dom.js";
import { scaleOf, ticks, toUnit } from "./scales.js";

const CHART = { left: 46, top: 8, width: 344, height: 200, bottom: 36 };

/**
 * @typedef {{label: string, colour: string, x: number[], y: number[], low?: number[], high?: number[]}} Line
 * @param {Line[]} lines
 * @param {{x: string, y: string}} labels
 * @param {number|null} at a place on x to mark
 */
export function drawLineChart(lines, labels, at = null) {
  const { left, top, width, height, bottom } = CHART;
  const scale = (values) => scaleOf({ kind: "number", values: Float32Array.from(values) }, "log");
  const x = scale(lines.flatMap((line) => line.x));
  const y = scale(lines.flatMap((line) => [...line.y, ...(line.low ?? []), ...(line.high ?? [])]));
  const clamp = (unit) => Math.min(1, Math.max(0, unit));
  const right = (value) => left + width * clamp(toUnit(x, value));
  const down = (value) => top + height * (1 - (value > 0 ? clamp(toUnit(y, value)) : 0));
  const picture = svg("svg", {
    class: "chart",
    viewBox: `0 0 ${left + width + 14} ${top + height + bottom}`,
    role: "img",
    "aria-label": `${labels.y} against ${labels.x}: ${lines.map(({ label }) => label).join(", ")}`,
  });
  for (const { value, text } of ticks("log", x.low, x.high, 5)) {
    picture.append(
      svg("path", { class: "chart-grid", d: `M${right(value)} ${top}v${height}` }),
      svg("text", { x: right(value), y: top + height + 14, "text-anchor": "middle" }, text),
    );
  }
  for (const { value, text } of ticks("log", y.low, y.high, 5)) {
    picture.append(
      svg("path", { class: "chart-grid", d: `M${left} ${down(value)}h${width}` }),
      svg("text", { x: left - 5, y: down(value) + 4, "text-anchor": "end" }, text),
    );
  }
  for (const line of lines) {
    if (line.low && line.high)
      picture.append(svg("path", { d: band(line, right, down), fill: line.colour, opacity: 0.16 }));
    picture.append(
      svg("path", {
        d: stairs(line.x, line.y, right, down),
        fill: "none",
        stroke: line.colour,
        "stroke-width": 1.8,
      }),
    );
  }
  if (at != null) picture.append(svg("path", { class: "chart-at", d: `M${right(at)} ${top}v${height}` }));
  picture.append(svg("text", { x: left + width / 2, y: top + height + 30, "text-anchor": "middle" }, labels.x));
  picture.append(
    svg("text", { transform: `translate(9 ${top + height / 2}) rotate(-90)`, "text-anchor": "middle" }, labels.y),
  );
  return picture;
}

/** A line that keeps its value until the next place: what a search has found so far. */
function stairs(xs, ys, right, down) {
  return xs
    .map((x, step) =>
      step
        ? `H${right(x).toFixed(1)}V${down(ys[step]).toFixed(1)}`
        : `M${right(x).toFixed(1)} ${down(ys[0]).toFixed(1)}`,
    )
    .join("");
}

function band({ x, low, high }, right, down) {
  const back = x.map((_, step) => x.length - 1 - step);
  const lower = back.map((step) => `L${right(x[step]).toFixed(1)} ${down(low[step]).toFixed(1)}`);
  return `${x.map((value, step) => `${step ? "L" : "M"}${right(value).toFixed(1)} ${down(high[step]).toFixed(1)}`).join("")}${lower.join("")}Z`;
}
