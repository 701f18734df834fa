/** Points into pixels: each adds its colour and weight to the pixels it covers, then every pixel takes the mean colour. */

/** Sums of weight and colour for each pixel of a picture; kept between redraws, since allocation costs more than zeroing. */
export class Accumulator {
  constructor() {
    this.width = 0;
    this.height = 0;
    this.sums = new Float32Array(0);
  }

  /** Make room for a picture of this size and clear it. */
  begin(width, height) {
    if (this.width === width && this.height === height) this.sums.fill(0);
    else this.sums = new Float32Array(width * height * 4);
    this.width = width;
    this.height = height;
  }

  /**
   * Add discs.
   * @param {Int32Array} pixels pixel of each disc's centre (row of the picture × width + column), -1: none
   * @param {Uint8Array} codes colour code of each disc
   * @param {number} count discs
   * @param {Uint8Array} palette 256 × (red, green, blue)
   * @param {number} radius in pixels
   */
  addDiscs(pixels, codes, count, palette, radius) {
    const { width, height, sums } = this;
    const { offsets, weights, reach } = discMask(radius, width);
    for (let place = 0; place < count; place++) {
      const centre = pixels[place];
      if (centre < 0) continue;
      const column = centre % width;
      const line = (centre - column) / width;
      if (column < reach || column >= width - reach || line < reach || line >= height - reach) continue;
      const colour = 3 * codes[place];
      const red = palette[colour];
      const green = palette[colour + 1];
      const blue = palette[colour + 2];
      for (let part = 0; part < offsets.length; part++) {
        const sum = 4 * (centre + offsets[part]);
        const weight = weights[part];
        sums[sum] += weight * red;
        sums[sum + 1] += weight * green;
        sums[sum + 2] += weight * blue;
        sums[sum + 3] += weight;
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
