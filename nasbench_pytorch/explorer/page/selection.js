import { html } from "./dom.js";
export function createSelection() {
  return { element: html("p", { class: "hint" }, "…"), load() {}, add() {}, replace() {} };
}
