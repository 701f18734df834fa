/** The small box beside the pointer: names and values of one cell. */

import { html } from "./dom.js";

const GAP = 14;

/**
 * Show lines beside a place of the frame; nothing hides the box.
 * @param {HTMLElement} element
 * @param {[string, string][]|null} lines
 * @param {{x: number, y: number}} at in the frame
 * @param {{width: number, height: number}} frame
 */
export function showTooltip(element, lines, at, frame) {
  element.hidden = !lines;
  if (!lines) return;
  element.replaceChildren(
    ...lines.map(([name, value]) => html("div", {}, html("span", {}, name), html("b", {}, value))),
  );
  const { offsetWidth: width, offsetHeight: height } = element;
  const x = at.x + GAP + width > frame.width ? at.x - GAP - width : at.x + GAP;
  const y = Math.min(Math.max(4, at.y - height / 2), frame.height - height - 4);
  element.style.transform = `translate(${Math.max(4, x)}px, ${y}px)`;
}
