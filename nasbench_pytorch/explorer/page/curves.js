/** Accuracy of a cell over epochs: for each budget and repeat, a line from halfway to the end. */

import { svg } from "./dom.js";
import { ticks } from "./scales.js";
import { OKABE_ITO } from "./colours.js";

const CURVES = { left: 38, top: 8, width: 300, height: 140, bottom: 30 };

/**
 * @param {{epochs: number, repeats: any[]}[]} budgets
 * @param {"test"|"validation"|"train"} metric
 */
export function drawCurves(budgets, metric) {
  const lines = budgets.flatMap(({ epochs, repeats }) =>
    repeats.map(({ repeat, halfway, final }) => ({
      repeat,
      points: [
        [epochs / 2, halfway?.[metric]],
        [epochs, final?.[metric]],
      ].filter((point) => point[1] != null),
    })),
  );
  const points = lines.flatMap((line) => line.points);
  if (!points.length) return null;
  const [low, high] = rangeOf(points.map((point) => point[1]));
  const [first, last] = [Math.min(...points.map((point) => point[0])), Math.max(...points.map((point) => point[0]))];
  const x = (epochs) =>
    CURVES.left + 10 + (CURVES.width - 20) * (last > first ? Math.log(epochs / first) / Math.log(last / first) : 0.5);
  const y = (value) => CURVES.top + CURVES.height * (1 - (value - low) / (high - low));
  const height = CURVES.top + CURVES.height + CURVES.bottom;
  const label = `${metric} accuracy by epochs; the table below has the numbers`;
  const picture = svg("svg", {
    viewBox: `0 0 ${CURVES.left + CURVES.width} ${height}`,
    class: "chart",
    role: "img",
    "aria-label": label,
  });
  for (const tick of ticks("linear", low, high, 4)) {
    picture.append(svg("path", { class: "chart-grid", d: `M${CURVES.left} ${y(tick.value)}h${CURVES.width}` }));
    picture.append(svg("text", { x: CURVES.left - 5, y: y(tick.value) + 4, "text-anchor": "end" }, tick.text));
  }
  for (const epochs of budgets.map((budget) => budget.epochs)) {
    picture.append(svg("text", { x: x(epochs), y: height - 16, "text-anchor": "middle" }, String(epochs)));
  }
  picture.append(
    svg("text", { x: CURVES.left + CURVES.width / 2, y: height - 3, "text-anchor": "middle" }, "epochs (log)"),
  );
  for (const line of lines) {
    const colour = OKABE_ITO[(line.repeat ?? 0) % OKABE_ITO.length];
    const path = line.points.map((point, step) => `${step ? "L" : "M"}${x(point[0])} ${y(point[1])}`).join("");
    picture.append(svg("path", { d: path, fill: "none", stroke: colour, "stroke-width": 1.6 }));
    for (const [epochs, value] of line.points)
      picture.append(svg("circle", { cx: x(epochs), cy: y(value), r: 2.6, fill: colour }));
  }
  return picture;
}

function rangeOf(values) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = (high - low) * 0.06 || 0.02;
  return [low - margin, high + margin];
}
