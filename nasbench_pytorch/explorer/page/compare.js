import { html } from "./dom.js";
export function createCompare() {
  return { element: html("p", { class: "hint" }, "…"), load() {}, add() {}, replace() {} };
}
