/** What moves over the points: the cell under the pointer, the chosen cell, its neighbours, a trail, a box. */

import { toPixel } from "./map_view.js";

const HOVERED = 6;
const CHOSEN = 7;

/**
 * Draw the marks anew.
 * @param {HTMLCanvasElement} canvas
 * @param {{index: any, view: any, size: {width: number, height: number}, ratio: number, hovered: number, row: number,
 *   rings: ArrayLike<number>, trail: ArrayLike<number>, box: any, cursor: any, ink: string, paper: string, accent: string}} scene
 */
export function drawMarks(canvas, scene) {
  const { size, ratio, ink, paper, accent } = scene;
  canvas.width = Math.max(1, Math.round(size.width * ratio));
  canvas.height = Math.max(1, Math.round(size.height * ratio));
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  const place = (row) => toPixel(scene.view, size, scene.index.u[row], scene.index.v[row]);
  if (scene.trail.length) drawTrail(context, Array.from(scene.trail, place), ink, paper);
  for (const row of Array.from(scene.rings)) ring(context, place(row), 4, 1.5, accent, paper);
  if (scene.hovered >= 0) ring(context, place(scene.hovered), HOVERED, 1.5, ink, paper);
  if (scene.row >= 0) {
    const chosen = place(scene.row);
    ring(context, chosen, CHOSEN, 2.5, accent, paper);
    dot(context, chosen, 2, accent);
  }
  if (scene.cursor) drawCross(context, scene.cursor, ink, paper);
  if (scene.box) drawBox(context, scene.box, accent);
}

function ring(context, { x, y }, radius, width, colour, around) {
  if (!(x === x && y === y)) return;
  for (const [line, stroke] of [
    [width + 2, around],
    [width, colour],
  ]) {
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.lineWidth = line;
    context.strokeStyle = stroke;
    context.stroke();
  }
}

function dot(context, { x, y }, radius, colour) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fillStyle = colour;
  context.fill();
}

function drawTrail(context, places, ink, paper) {
  const seen = places.filter(({ x, y }) => x === x && y === y);
  for (const [width, stroke] of [
    [3.5, paper],
    [1.5, ink],
  ]) {
    context.beginPath();
    seen.forEach(({ x, y }, step) => (step ? context.lineTo(x, y) : context.moveTo(x, y)));
    context.lineWidth = width;
    context.strokeStyle = stroke;
    context.lineJoin = "round";
    context.stroke();
  }
  for (const at of seen) {
    dot(context, at, 4, paper);
    dot(context, at, 3, ink);
  }
}

function drawCross(context, { x, y }, ink, paper) {
  for (const [width, stroke] of [
    [3, paper],
    [1, ink],
  ]) {
    context.beginPath();
    for (const [dx, dy] of [
      [9, 0],
      [0, 9],
    ]) {
      context.moveTo(x - dx, y - dy);
      context.lineTo(x + dx, y + dy);
    }
    context.lineWidth = width;
    context.strokeStyle = stroke;
    context.stroke();
  }
}

function drawBox(context, { x0, y0, x1, y1 }, accent) {
  context.globalAlpha = 0.12;
  context.fillStyle = accent;
  context.fillRect(x0, y0, x1 - x0, y1 - y0);
  context.globalAlpha = 1;
  context.strokeStyle = accent;
  context.setLineDash([5, 3]);
  context.strokeRect(x0, y0, x1 - x0, y1 - y0);
}
