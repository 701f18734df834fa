/** Tabs as the ARIA practices describe them: arrows move between tabs, the panel is named by its tab. */

import { html } from "./dom.js";

/**
 * @param {HTMLElement} list
 * @param {HTMLElement} panel
 * @param {{id: string, text: string}[]} tabs
 * @param {(id: string) => void} chosen
 */
export function makeTabs(list, panel, tabs, chosen) {
  const buttons = tabs.map(({ id, text }) =>
    html(
      "button",
      { type: "button", role: "tab", id: `tab-${id}`, "aria-controls": panel.id, onclick: () => chosen(id) },
      text,
    ),
  );
  list.replaceChildren(...buttons);
  list.addEventListener("keydown", (event) => {
    const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const at = buttons.indexOf(document.activeElement);
    if (!move || at < 0) return;
    const next = (at + move + tabs.length) % tabs.length;
    buttons[next].focus();
    chosen(tabs[next].id);
  });
  return (id) => {
    buttons.forEach((tab, number) => {
      tab.setAttribute("aria-selected", String(tabs[number].id === id));
      tab.tabIndex = tabs[number].id === id ? 0 : -1;
    });
    panel.setAttribute("aria-labelledby", `tab-${id}`);
  };
}
