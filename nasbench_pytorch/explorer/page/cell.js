/** Drawing of a pruned cell: operations as coloured boxes, channels below their names, edges as smooth curves. */

import { edgesOf, layOutCell } from "./cell_layout.js";
import { rgb } from "./colours.js";
import { svg } from "./dom.js";

const LARGE = { box: [92, 32], gaps: { vertexGap: 108, bendGap: 62, layerGap: 56 }, font: 11.5, arrow: 5, margin: 6 };
const SMALL = { box: [28, 13], gaps: { vertexGap: 33, bendGap: 20, layerGap: 22 }, font: 7.5, arrow: 3, margin: 3 };
const KNOWN_COLOURS = {
  "conv3x3-bn-relu": "#3b6fb6",
  "conv1x1-bn-relu": "#2a9d8f",
  maxpool3x3: "#e08e2b",
  input: "#4a5864",
  output: "#4a5864",
};
const OTHER_COLOURS = ["#8e6bb0", "#c8553d", "#7a8b3c", "#b0578d", "#5b7c99"];
const NAMES = { "conv3x3-bn-relu": "conv 3×3", "conv1x1-bn-relu": "conv 1×1", maxpool3x3: "max pool 3×3" };
const SHORT_NAMES = {
  "conv3x3-bn-relu": "3×3",
  "conv1x1-bn-relu": "1×1",
  maxpool3x3: "pool",
  input: "in",
  output: "out",
};

export function operationName(operation, short = false) {
  if (short) return SHORT_NAMES[operation] ?? operation.slice(0, 4);
  return NAMES[operation] ?? operation;
}

/** Return a fixed colour for an operation, and the colour of text on it. */
export function operationColours(operation) {
  const sum = [...operation].reduce((total, letter) => total + letter.charCodeAt(0), 0);
  const fill = KNOWN_COLOURS[operation] ?? OTHER_COLOURS[sum % OTHER_COLOURS.length];
  const [red, green, blue] = rgb(fill);
  return { fill, text: 0.3 * red + 0.59 * green + 0.11 * blue > 118 ? "#10181f" : "#ffffff" };
}

/** A cell in words: "in → conv 3×3 1, conv 3×3 1 → out". */
export function cellInWords(matrix, ops) {
  const name = (vertex) =>
    vertex === 0 || vertex === ops.length - 1 ? ops[vertex] : `${operationName(ops[vertex])} ${vertex}`;
  return edgesOf(matrix)
    .map(([from, to]) => `${name(from)} → ${name(to)}`)
    .join(", ");
}

/**
 * @param {number[][]} matrix pruned
 * @param {string[]} ops
 * @param {{channels?: number[]|null, small?: boolean}} [options]
 */
export function drawCell(matrix, ops, { channels = null, small = false } = {}) {
  const style = small ? SMALL : LARGE;
  const longest = Math.max(...ops.map((operation) => operationName(operation, small).length));
  const boxWidth = small ? style.box[0] : Math.max(style.box[0], longest * 7 + 16);
  const gaps = { ...style.gaps, vertexGap: style.gaps.vertexGap + boxWidth - style.box[0] };
  const layout = layOutCell(matrix, gaps);
  const [width, height] = [layout.width + boxWidth + 2 * style.margin, layout.height + style.box[1] + 2 * style.margin];
  const middle = [width / 2, style.margin + style.box[1] / 2];
  const at = ([x, y]) => [x + middle[0], y + middle[1]];
  const size = {
    width: Math.round(width),
    height: Math.round(height),
    viewBox: `0 0 ${width.toFixed(1)} ${height.toFixed(1)}`,
  };
  const label = small ? { "aria-hidden": "true" } : { role: "img", "aria-label": `Cell: ${cellInWords(matrix, ops)}` };
  return svg(
    "svg",
    {
      ...size,
      class: small ? "cell-small" : "cell-large",
      "font-size": style.font,
      "text-anchor": "middle",
      ...label,
    },
    ...layout.routes.map(({ points }) => edge(points.map(at), style)),
    ...layout.centres.map((centre, vertex) =>
      box(at(centre), [boxWidth, style.box[1]], ops[vertex], channels?.[vertex], small),
    ),
  );
}

function edge(points, { box: [, boxHeight], arrow }) {
  const ends = points.map(([x, y], step) => {
    if (step === 0) return [x, y + boxHeight / 2];
    return step === points.length - 1 ? [x, y - boxHeight / 2 - 1] : [x, y];
  });
  let path = `M${ends[0].join(" ")}`;
  ends.slice(1).forEach(([x, y], step) => {
    const [fromX, fromY] = ends[step];
    const pull = 0.45 * (y - fromY);
    path += `C${fromX} ${fromY + pull} ${x} ${y - pull} ${x} ${y}`;
  });
  const [x, y] = ends.at(-1);
  path += `M${x - arrow / 2} ${y - arrow}L${x} ${y}L${x + arrow / 2} ${y - arrow}`;
  return svg("path", { class: "cell-edge", d: path });
}

function box([x, y], [width, height], operation, channels, small) {
  const { fill, text } = operationColours(operation);
  const lines =
    channels == null || small ? [operationName(operation, small)] : [operationName(operation), `${channels} channels`];
  const from = y + (small ? 2.7 : lines.length > 1 ? -2 : 4);
  return svg(
    "g",
    {},
    svg("rect", { x: x - width / 2, y: y - height / 2, width, height, rx: height * 0.28, fill }),
    ...lines.map((line, number) =>
      svg("text", { x, y: from + 12 * number, fill: text, "font-size": number ? 9.5 : null }, line),
    ),
  );
}
