import { html } from "./dom.js";
export function createEditor() {
  return { element: html("p", { class: "hint" }, "…"), load() {}, add() {}, replace() {} };
}
