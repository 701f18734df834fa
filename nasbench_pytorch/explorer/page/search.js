import { html } from "./dom.js";
export function createSearch() {
  return { element: html("p", { class: "hint" }, "…"), load() {}, add() {}, replace() {} };
}
