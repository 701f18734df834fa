/** The painted points of a map: which are in view, in which pixel, in which colour. */

import { rgb, viridis } from "./colours.js";
import { eachStretch } from "./grid_index.js";
import { Accumulator, paintDensity, radiusFor } from "./paint.js";

const PAD = 10; // pixels around the picture, so that discs at its sides are cut and not left out
const DENSITY_SIDE = 3; // CSS pixels
const GHOST_ALPHA = 0.25;
const FEW = 5000; // cells; their histograms have wider bars

/**
 * @typedef {{index: import("./grid_index.js").GridIndex, view: import("./map_view.js").View, shown: Uint8Array|null,
 *   codes: Uint8Array|null, palette: Uint8Array, faded: boolean, dark: boolean, ghost: string,
 *   overlays: {rows: Uint32Array, colour: string, size?: number}[]}} Scene  codes null: density
 * @typedef {{inView: number, most: number, alongX: Uint32Array, alongY: Uint32Array}} Painted
 */

export class Cloud {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.accumulator = new Accumulator();
    this.pixels = new Int32Array(0);
    this.inks = new Uint8Array(0);
  }

  /**
   * Paint a scene; return what the histograms and the legend need.
   * @param {Scene} scene
   * @param {{width: number, height: number}} size in CSS pixels
   * @param {number} ratio device pixels in a CSS pixel
   * @returns {Painted}
   */
  paint(scene, size, ratio) {
    const grid = gridOf(scene.view, size, ratio);
    if (this.canvas.width !== grid.width - 2 * PAD) this.canvas.width = grid.width - 2 * PAD;
    if (this.canvas.height !== grid.height - 2 * PAD) this.canvas.height = grid.height - 2 * PAD;
    const image = this.context.createImageData(grid.width, grid.height);
    const layer = { picture: image.data, grid, ratio, area: size.width * size.height };
    if (scene.shown) {
      const others = this.gather(scene, grid, 0, null);
      this.discs(layer, others, flat(scene.ghost), GHOST_ALPHA);
    }
    const bar = scene.index.rows.length < FEW ? 12 : 4;
    const bins = {
      x: new Uint32Array(Math.ceil(size.width / bar)),
      y: new Uint32Array(Math.ceil(size.height / bar)),
    };
    const count = this.gather(scene, grid, 1, bins);
    let most = 0;
    if (scene.faded) {
      this.discs(layer, count, flat(scene.ghost), GHOST_ALPHA);
    } else if (!scene.codes) {
      const colourOf = (part) => viridis(part, scene.dark);
      const side = Math.max(1, Math.round((scene.index.rows.length < FEW ? 3 : 1) * DENSITY_SIDE * ratio));
      most = paintDensity(image.data, grid, this.pixels, count, { side, colourOf });
    } else {
      this.discs(layer, count, scene.palette, count > 50_000 ? 0.6 : 0.78);
    }
    for (const { rows, colour, size: radius } of scene.overlays) {
      const marked = this.gatherRows(scene.index, rows, grid);
      this.discs(layer, marked, flat(colour), 0.85, radius ?? markRadius(rows.length, count, layer.area));
    }
    this.context.putImageData(image, -PAD, -PAD);
    return { inView: total(bins.x), most, alongX: bins.x, alongY: bins.y };
  }

  /** Find the pixels of the rows whose `shown` is `wanted`; count those in view into bins. Return how many there are. */
  gather({ index, view, shown, codes }, grid, wanted, bins) {
    const { u, v, rows } = index;
    this.reserve(rows.length);
    const { pixels, inks } = this;
    const { width, height, ux, vy } = grid;
    const xBins = bins ? bins.x.length / (view.u1 - view.u0) : 0;
    const yBins = bins ? bins.y.length / (view.v1 - view.v0) : 0;
    let count = 0;
    eachStretch(index, padded(view, grid), (from, to) => {
      for (let place = from; place < to; place++) {
        const row = rows[place];
        if (shown && shown[row] !== wanted) continue;
        const x = (u[row] - view.u0) * ux + PAD;
        const y = (view.v1 - v[row]) * vy + PAD;
        if (!(x >= 0 && x < width && y >= 0 && y < height)) continue;
        pixels[count] = (y | 0) * width + (x | 0);
        inks[count++] = codes ? codes[row] : 0;
        if (!bins) continue;
        const xBin = (u[row] - view.u0) * xBins;
        const yBin = (v[row] - view.v0) * yBins;
        if (xBin >= 0 && xBin < bins.x.length && yBin >= 0 && yBin < bins.y.length) {
          bins.x[xBin | 0]++;
          bins.y[yBin | 0]++;
        }
      }
    });
    return count;
  }

  gatherRows({ u, v }, rows, { width, height, view, ux, vy }) {
    this.reserve(rows.length);
    let count = 0;
    for (const row of rows) {
      const x = (u[row] - view.u0) * ux + PAD;
      const y = (view.v1 - v[row]) * vy + PAD;
      if (!(x >= 0 && x < width && y >= 0 && y < height)) continue;
      this.inks[count] = 0;
      this.pixels[count++] = (y | 0) * width + (x | 0);
    }
    return count;
  }

  discs({ picture, grid, ratio, area }, count, palette, alpha, radius = radiusFor(count, area)) {
    if (!count) return;
    this.accumulator.begin(grid.width, grid.height);
    this.accumulator.addDiscs(this.pixels, this.inks, count, palette, radius * ratio);
    this.accumulator.blendOver(picture, alpha);
  }

  reserve(count) {
    if (this.pixels.length >= count) return;
    this.pixels = new Int32Array(count);
    this.inks = new Uint8Array(count);
  }
}

function gridOf(view, size, ratio) {
  const width = Math.max(1, Math.round(size.width * ratio));
  const height = Math.max(1, Math.round(size.height * ratio));
  const [ux, vy] = [width / (view.u1 - view.u0), height / (view.v1 - view.v0)];
  return { width: width + 2 * PAD, height: height + 2 * PAD, ux, vy, view };
}

function padded(view, { ux, vy }) {
  return { u0: view.u0 - PAD / ux, u1: view.u1 + PAD / ux, v0: view.v0 - PAD / vy, v1: view.v1 + PAD / vy };
}

function flat(colour) {
  const palette = new Uint8Array(256 * 3);
  for (let code = 0; code < 256; code++) palette.set(rgb(colour), 3 * code);
  return palette;
}

/** Marks stand out from the cloud, and get smaller the more they are. */
function markRadius(marks, points, area) {
  return Math.max(1.6, Math.min(radiusFor(marks * 4, area), 1.2 + 1.8 * radiusFor(points, area)));
}

function total(counts) {
  return counts.reduce((sum, count) => sum + count, 0);
}
