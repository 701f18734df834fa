/** Layout of a cell in layers from top to bottom (Sugiyama et al. 1981): few crossings, nodes near their neighbours. */

const ORDER_SWEEPS = 8;
const PLACE_SWEEPS = 40;
const STRAIGHT_SWEEPS = 8;
const STRAIGHT = 8; // weight of links between two vertices or two bends

/**
 * @param {number[][]} matrix V×V, upper triangular, every vertex on a path from the first to the last
 * @param {{vertexGap: number, bendGap: number, layerGap: number}} gaps
 * @returns {{centres: number[][], routes: {from: number, to: number, points: number[][]}[], width: number, height: number}}
 */
export function layOutCell(matrix, { vertexGap, bendGap, layerGap }) {
  const edges = edgesOf(matrix);
  const nodes = matrix.map((_, vertex) => ({ layer: depthsOf(matrix)[vertex], bend: false, up: [], down: [], x: 0 }));
  const chains = edges.map(([from, to]) => {
    const chain = [nodes[from]];
    for (let layer = nodes[from].layer + 1; layer < nodes[to].layer; layer++) {
      nodes.push({ layer, bend: true, up: [], down: [], x: 0 });
      chain.push(nodes.at(-1));
    }
    chain.push(nodes[to]);
    chain.slice(1).forEach((node, step) => {
      node.up.push(chain[step]);
      chain[step].down.push(node);
    });
    return chain;
  });
  const layers = Array.from({ length: 1 + Math.max(0, ...nodes.map(({ layer }) => layer)) }, () => []);
  for (const node of nodes) layers[node.layer].push(node);
  order(layers);
  place(layers, (a, b) => (a.bend || b.bend ? bendGap : vertexGap));
  const xs = nodes.map(({ x }) => x);
  const [left, right] = [Math.min(...xs), Math.max(...xs)];
  const point = (node) => [node.x - (left + right) / 2, node.layer * layerGap];
  return {
    centres: nodes.slice(0, matrix.length).map(point),
    routes: chains.map((chain, number) => ({
      from: edges[number][0],
      to: edges[number][1],
      points: chain.map(point),
    })),
    width: right - left,
    height: (layers.length - 1) * layerGap,
  };
}

export function edgesOf(matrix) {
  return matrix.flatMap((line, from) => line.flatMap((edge, to) => (edge ? [[from, to]] : [])));
}

/** Longest path from the input to each vertex, in edges. */
export function depthsOf(matrix) {
  const depths = matrix.map(() => 0);
  for (const [from, to] of edgesOf(matrix)) depths[to] = Math.max(depths[to], depths[from] + 1);
  return depths;
}

/** Sort each layer by the mean place of the neighbours above or below, and keep the order with the fewest crossings. */
function order(layers) {
  const number = () => layers.forEach((layer) => layer.forEach((node, at) => (node.at = at / layer.length)));
  number();
  let [best, fewest] = [layers.map((layer) => [...layer]), crossings(layers)];
  for (let sweep = 0; sweep < ORDER_SWEEPS && fewest; sweep++) {
    const side = sweep % 2 ? "down" : "up";
    for (const layer of sweep % 2 ? [...layers].reverse() : layers) {
      for (const node of layer) node.wish = node[side].length ? mean(node[side].map(({ at }) => at)) : node.at;
      layer.sort((a, b) => a.wish - b.wish);
      number();
    }
    const now = crossings(layers);
    if (now < fewest) [best, fewest] = [layers.map((layer) => [...layer]), now];
  }
  layers.forEach((layer, level) => layer.splice(0, layer.length, ...best[level]));
  number();
}

function crossings(layers) {
  const spans = layers.flatMap((layer) =>
    layer.flatMap((node) => node.down.map((below) => [node.layer, node.at, below.at])),
  );
  let count = 0;
  spans.forEach(([layer, above, below], first) => {
    for (const [other, otherAbove, otherBelow] of spans.slice(0, first)) {
      if (layer === other && (above - otherAbove) * (below - otherBelow) < 0) count++;
    }
  });
  return count;
}

/** Move each node towards its neighbours, as far as order and gaps allow; long edges pull most, so that they are straight. */
function place(layers, gap) {
  for (const layer of layers) {
    layer.forEach((node, at) => (node.x = at ? layer[at - 1].x + gap(layer[at - 1], node) : 0));
    const middle = (layer.at(-1)?.x ?? 0) / 2;
    for (const node of layer) node.x -= middle;
  }
  for (let sweep = 0; sweep < PLACE_SWEEPS; sweep++) {
    for (const layer of sweep % 2 ? [...layers].reverse() : layers) {
      const wishes = layer.map((node) => {
        const near = [...node.up, ...node.down];
        const weights = near.map((other) => (other.bend === node.bend ? STRAIGHT : 1));
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        return total ? near.reduce((sum, other, at) => sum + weights[at] * other.x, 0) / total : node.x;
      });
      spread(wishes, layer, gap).forEach((x, at) => (layer[at].x = x));
    }
  }
  for (let sweep = 0; sweep < STRAIGHT_SWEEPS; sweep++) for (const layer of layers) straighten(layer, gap);
}

/** Move nodes exactly below a neighbour where that shortens the sideways distances of their links. */
function straighten(layer, gap) {
  layer.forEach((node, at) => {
    const low = at ? layer[at - 1].x + gap(layer[at - 1], node) : -Infinity;
    const high = at < layer.length - 1 ? layer[at + 1].x - gap(node, layer[at + 1]) : Infinity;
    const near = [...node.up, ...node.down];
    const cost = (x) =>
      near.reduce((sum, other) => sum + (other.bend === node.bend ? 2.5 : 1) * Math.abs(x - other.x), 0);
    for (const { x } of near) {
      const there = Math.min(high, Math.max(low, x));
      if (cost(there) < cost(node.x) - 1e-6) node.x = there;
    }
  });
}

/** Return the closest places (least squares) to those wished for that keep the gaps: nodes that meet move as a block. */
function spread(wishes, layer, gap) {
  let offset = 0;
  const offsets = layer.map((node, at) => (offset += at ? gap(layer[at - 1], node) : 0));
  const blocks = [];
  for (const [at, wish] of wishes.entries()) {
    blocks.push([wish - offsets[at]]);
    while (blocks.length > 1 && mean(blocks.at(-2)) > mean(blocks.at(-1))) blocks.push([...blocks.splice(-2)].flat());
  }
  const starts = blocks.flatMap((block) => block.map(() => mean(block)));
  return starts.map((start, at) => start + offsets[at]);
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
