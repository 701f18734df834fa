/** Light and dark: as the system has it, until the user chooses; the choice is kept in this browser. */

import { button } from "./dom.js";

const THEME_KEY = "nasbench-theme";
const NEXT_THEME = { "": "dark", dark: "light", light: "" };
const THEME_TEXTS = { "": "Auto", dark: "Dark", light: "Light" };

/** Return a button that changes the theme, and apply the theme that was chosen before. */
export function themeButton(changed) {
  let theme = "";
  try {
    theme = localStorage.getItem(THEME_KEY) ?? "";
  } catch {
    // a browser without storage begins with the system's theme
  }
  if (!(theme in NEXT_THEME)) theme = "";
  const element = button("", () => {
    theme = NEXT_THEME[theme];
    try {
      localStorage.setItem(THEME_KEY, theme);
    } catch {
      // the choice lasts until the page is closed
    }
    apply();
    changed();
  });
  const apply = () => {
    document.documentElement.dataset.theme = theme;
    element.textContent = `Theme: ${THEME_TEXTS[theme].toLowerCase()}`;
  };
  apply();
  return element;
}
