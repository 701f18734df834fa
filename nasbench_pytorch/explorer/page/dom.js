/** Elements without templates: every string becomes a text node, so text from a table is never read as HTML. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Make an HTML element. `on…` attributes are listeners; true and false set and leave out an attribute.
 * @param {string} tag
 * @param {Record<string, any>} [attributes]
 * @param {...any} children nodes, strings, or nothing
 * @returns {any}
 */
export function html(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/** Make an SVG element; arguments as for `html`. */
export function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, String(value));
  }
  element.append(...children.flat().filter((child) => child != null && child !== false));
  return element;
}

/** A button with text; `title` names it for screen readers where the text is only a sign. */
export function button(text, onclick, attributes = {}) {
  const named = attributes.title && !/[\p{L}\d]/u.test(text) ? { "aria-label": attributes.title } : {};
  return html("button", { type: "button", onclick, ...named, ...attributes }, text);
}

/**
 * A select with a label.
 * @param {string} label
 * @param {{value: string, text: string, group?: string}[]} choices
 * @param {string} value
 * @param {(value: string) => void} onchange
 */
export function select(label, choices, value, onchange) {
  const groups = new Map();
  const field = html("select", { onchange: () => onchange(field.value) });
  for (const { value: key, text, group } of choices) {
    if (group && !groups.has(group)) field.append(groups.set(group, html("optgroup", { label: group })).get(group));
    (group ? groups.get(group) : field).append(html("option", { value: key }, text));
  }
  field.value = value;
  return html("label", { class: "field" }, html("span", {}, label), field);
}

/** Run `action` at the next frame; calls until then are one. */
export function onFrame(action) {
  let waiting = 0;
  return () => {
    waiting ||= requestAnimationFrame(() => {
      waiting = 0;
      action();
    });
  };
}

/** Offer text or bytes as a file. */
export function download(content, name, type) {
  const address = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
  html("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
