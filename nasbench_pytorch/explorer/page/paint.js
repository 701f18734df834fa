/** Points into pixels: each adds its colour and weight to the pixels it covers, then every pixel takes the mean colour. */

/** Sums of weight and colour for each pixel of a picture; kept between redraws, since allocation costs more than zeroing. */
export class Accumulator {
  constructor() {
    this.width = 0;
    this.height = 0;
    this.points = new Float32Array(0);
    this.sums = new Float32Array(0);
  }

  /** Make room for a picture of this size and clear it. */
  begin(width, height) {
    if (this.width === width && this.height === height) {
      this.points.fill(0);
      this.sums.fill(0);
    } else {
      this.points = new Float32Array(width * height * 4);
      this.sums = new Float32Array(width * height * 4);
    }
    this.width = width;
    this.height = height;
  }

  /**
   * Add discs: first the points of each pixel together, then one disc for each pixel that has any. Points jump about in
   * memory, so they write once each; discs follow the memory.
   * @param {Int32Array} pixels pixel of each disc's centre (row of the picture × width + column), -1: none
   * @param {Uint8Array} codes colour code of each disc
   * @param {number} count discs
   * @param {Uint8Array} palette 256 × (red, green, blue)
   * @param {number} radius in pixels
   */
  addDiscs(pixels, codes, count, palette, radius) {
    const { points } = this;
    for (let place = 0; place < count; place++) {
      const point = 4 * pixels[place];
      if (point < 0) continue;
      const colour = 3 * codes[place];
      points[point] += palette[colour];
      points[point + 1] += palette[colour + 1];
      points[point + 2] += palette[colour + 2];
      points[point + 3] += 1;
    }
    this.spread(discMask(radius, this.width));
  }

  spread({ offsets, weights, reach }) {
    const { width, height, points, sums } = this;
    for (let line = reach; line < height - reach; line++) {
      for (let column = reach; column < width - reach; column++) {
        const pixel = line * width + column;
        const inside = points[4 * pixel + 3];
        if (inside === 0) continue;
        for (let part = 0; part < offsets.length; part++) {
          const sum = 4 * (pixel + offsets[part]);
          const weight = weights[part];
          sums[sum] += weight * points[4 * pixel];
          sums[sum + 1] += weight * points[4 * pixel + 1];
          sums[sum + 2] += weight * points[4 * pixel + 2];
          sums[sum + 3] += weight * inside;
        }
      }
    }
  }

  /**
   * Blend what was added over a picture. A pixel that one disc covers gets the opacity `alpha`; the opacity grows with
   * the logarithm of the number of discs, so that neither lone points nor the shape of a crowd are lost.
   * @param {Uint8ClampedArray} picture red, green, blue, alpha of each pixel
   * @param {number} alpha
   */
  blendOver(picture, alpha) {
    const { sums } = this;
    let most = 2;
    for (let weight = 3; weight < sums.length; weight += 4) if (sums[weight] > most) most = sums[weight];
    const rate = (1 - alpha) / Math.log(most);
    for (let pixel = 0; pixel < sums.length; pixel += 4) {
      const weight = sums[pixel + 3];
      if (weight === 0) continue;
      const cover = weight < 1 ? alpha * weight : alpha + rate * Math.log(weight);
      if (picture[pixel + 3] === 0) {
        picture[pixel] = sums[pixel] / weight;
        picture[pixel + 1] = sums[pixel + 1] / weight;
        picture[pixel + 2] = sums[pixel + 2] / weight;
        picture[pixel + 3] = 255 * cover;
        continue;
      }
      const below = (picture[pixel + 3] / 255) * (1 - cover);
      const total = cover + below;
      for (let channel = 0; channel < 3; channel++) {
        const mean = sums[pixel + channel] / weight;
        picture[pixel + channel] = (cover * mean + below * picture[pixel + channel]) / total;
      }
      picture[pixel + 3] = 255 * total;
    }
  }
}

/** Return the pixels of a disc, as offsets from its centre, and how much of each it covers. */
export function discMask(radius, width) {
  const reach = Math.ceil(radius - 0.5);
  const offsets = [];
  const weights = [];
  for (let y = -reach; y <= reach; y++) {
    for (let x = -reach; x <= reach; x++) {
      const weight = Math.min(1, radius + 0.5 - Math.hypot(x, y));
      if (weight > 0) {
        offsets.push(y * width + x);
        weights.push(weight);
      }
    }
  }
  return { offsets, weights, reach };
}

/** Return a radius, in CSS pixels, that fits the number of points that are in view. */
export function radiusFor(points, area) {
  return Math.min(4.5, Math.max(0.8, 0.4 * Math.sqrt(area / Math.max(points, 1))));
}

/**
 * Paint how many points fall into each square of a picture, on a logarithmic scale; return the greatest count.
 * @param {Uint8ClampedArray} picture
 * @param {{width: number, height: number}} size
 * @param {Int32Array} pixels as for `addDiscs`
 * @param {number} count
 * @param {{side: number, colourOf: (part: number) => number[]}} squares side in pixels; colour from 0 to 1
 */
export function paintDensity(picture, { width, height }, pixels, count, { side, colourOf }) {
  const columns = Math.ceil(width / side);
  const counts = new Uint32Array(columns * Math.ceil(height / side));
  let most = 0;
  for (let place = 0; place < count; place++) {
    if (pixels[place] < 0) continue;
    const column = pixels[place] % width;
    const line = (pixels[place] - column) / width;
    const square = Math.floor(line / side) * columns + Math.floor(column / side);
    if (++counts[square] > most) most = counts[square];
  }
  const colours = new Uint32Array(256);
  const bytes = new Uint8Array(colours.buffer);
  for (let step = 0; step < 256; step++) bytes.set([...colourOf(step / 255), 255], 4 * step);
  const words = new Uint32Array(picture.buffer);
  for (let line = 0; line < height; line++) {
    const first = Math.floor(line / side) * columns;
    for (let column = 0; column < width; column++) {
      const inside = counts[first + Math.floor(column / side)];
      if (inside)
        words[line * width + column] = colours[most > 1 ? Math.round((255 * Math.log(inside)) / Math.log(most)) : 255];
    }
  }
  return most;
}
