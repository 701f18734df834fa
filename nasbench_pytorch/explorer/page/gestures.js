/** Mouse, touch and keys over a map, as a few calls: pan, zoom, hover, click, box. */

const STILL = 4; // pixels that a click may move
const WHEEL_LINE = 16; // pixels of a line, where a wheel counts lines

/**
 * @typedef {{pan: (dx: number, dy: number) => void, zoom: (x: number, y: number, factor: number) => void,
 *   hover: (x: number, y: number) => void, leave: () => void, click: (x: number, y: number) => void,
 *   box: (corners: {x0: number, y0: number, x1: number, y1: number}|null, done: boolean) => void,
 *   whole: () => void, selecting: () => boolean, wheel: "always"|"focus"}} Gestures
 */

/**
 * Listen on a canvas until `signal` aborts.
 * @param {HTMLCanvasElement} canvas
 * @param {Gestures} gestures
 * @param {AbortSignal} signal
 */
export function listenToPointers(canvas, gestures, signal) {
  const fingers = new Map();
  let start = null;
  const on = (name, action, options = {}) => canvas.addEventListener(name, action, { signal, ...options });
  const at = (event) => {
    const place = canvas.getBoundingClientRect();
    return { x: event.clientX - place.left, y: event.clientY - place.top };
  };

  on("pointerdown", (event) => {
    if (event.button) return;
    canvas.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, at(event));
    start = { ...at(event), box: event.shiftKey || gestures.selecting(), moved: fingers.size > 1 };
  });
  on("pointermove", (event) => {
    const [before, now] = [fingers.get(event.pointerId), at(event)];
    if (!before) return gestures.hover(now.x, now.y);
    if (fingers.size === 2) {
      pinch(fingers, event.pointerId, now, gestures);
    } else if (start) {
      start.moved ||= Math.hypot(now.x - start.x, now.y - start.y) > STILL;
      if (!start.moved) return;
      if (start.box) gestures.box({ x0: start.x, y0: start.y, x1: now.x, y1: now.y }, false);
      else gestures.pan(now.x - before.x, now.y - before.y);
    }
    fingers.set(event.pointerId, now);
  });
  on("pointerup", (event) => {
    const now = at(event);
    if (fingers.delete(event.pointerId) && start && !fingers.size) {
      if (!start.moved) gestures.click(now.x, now.y);
      else if (start.box) gestures.box({ x0: start.x, y0: start.y, x1: now.x, y1: now.y }, true);
      start = null;
    }
  });
  on("pointercancel", (event) => {
    fingers.delete(event.pointerId);
    start = null;
    gestures.box(null, true);
  });
  on("pointerleave", () => fingers.size || gestures.leave());
  on("dblclick", gestures.whole);
  const turn = (event) => {
    if (gestures.wheel === "focus" && !event.ctrlKey && document.activeElement !== canvas) return;
    event.preventDefault();
    const { x, y } = at(event);
    const pixels = event.deltaY * (event.deltaMode ? WHEEL_LINE : 1);
    gestures.zoom(x, y, Math.exp(-Math.max(-240, Math.min(240, pixels)) * (event.ctrlKey ? 0.01 : 0.0025)));
  };
  on("wheel", turn, { passive: false });
}

function pinch(fingers, moved, now, gestures) {
  const [other] = [...fingers.entries()].filter(([id]) => id !== moved).map(([, place]) => place);
  const before = fingers.get(moved);
  const apart = (a) => Math.max(10, Math.hypot(a.x - other.x, a.y - other.y));
  gestures.zoom((now.x + other.x) / 2, (now.y + other.y) / 2, apart(now) / apart(before));
  gestures.pan((now.x - before.x) / 2, (now.y - before.y) / 2);
}

/**
 * Listen to keys: arrows move a cursor (with Shift faster), Enter takes the cell under it, B begins and ends a box.
 * @param {HTMLCanvasElement} canvas
 * @param {Gestures & {size: () => {width: number, height: number}, bulk: () => void}} gestures
 * @param {AbortSignal} signal
 */
export function listenToKeys(canvas, gestures, signal) {
  let cursor = null;
  let corner = null;
  const box = (done) => gestures.box(corner && { x0: corner.x, y0: corner.y, x1: cursor.x, y1: cursor.y }, done);
  const press = (event) => {
    if (event.altKey || event.metaKey || event.ctrlKey) return;
    const { width, height } = gestures.size();
    cursor ??= { x: width / 2, y: height / 2 };
    const inside = cursor.x <= width && cursor.y <= height;
    if (!inside) cursor = { x: width / 2, y: height / 2 };
    const direction = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    const zoom = { "+": 1.5, "=": 1.5, "-": 1 / 1.5, _: 1 / 1.5 }[event.key];
    if (direction) {
      cursor = stepped(cursor, direction, event.shiftKey ? 48 : 8, { width, height }, gestures.pan);
      if (corner) box(false);
      gestures.hover(cursor.x, cursor.y, true);
    } else if (zoom) gestures.zoom(cursor.x, cursor.y, zoom);
    else if (event.key === "0") gestures.whole();
    else if (event.key.toLowerCase() === "f") gestures.bulk();
    else if ((event.key === "b" || event.key === "B" || event.key === "Enter") && corner) {
      box(true);
      corner = null;
    } else if (event.key.toLowerCase() === "b") {
      corner = { ...cursor };
      box(false);
    } else if (event.key === "Enter" || event.key === " ") gestures.click(cursor.x, cursor.y, true);
    else if (event.key === "Escape") {
      corner = null;
      gestures.box(null, true);
      gestures.leave();
    } else return;
    event.preventDefault();
  };
  canvas.addEventListener("keydown", press, { signal });
  canvas.addEventListener("blur", () => gestures.leave(), { signal });
}

/** Move a cursor; at a side of the picture, move the picture instead. */
function stepped({ x, y }, [dx, dy], distance, { width, height }, pan) {
  const to = { x: x + dx * distance, y: y + dy * distance };
  const kept = { x: Math.min(width, Math.max(0, to.x)), y: Math.min(height, Math.max(0, to.y)) };
  if (kept.x !== to.x || kept.y !== to.y) pan(-dx * distance, -dy * distance);
  return kept;
}
