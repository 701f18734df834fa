/** Sentences for the user, and the clipboard. */

const SAID_MS = 7000;
const TOGETHER_MS = 1500; // sentences of one moment stand together
let saidTimer = 0;
let saidAt = 0;

/** An element of the page. @returns {any} */
export function byId(id) {
  return document.getElementById(id);
}

/** Say a sentence, on the page and to a screen reader. */
export function say(text) {
  const status = byId("status");
  const together = status.textContent && Date.now() - saidAt < TOGETHER_MS;
  status.textContent = together ? `${status.textContent}\n${text}` : text;
  saidAt = Date.now();
  clearTimeout(saidTimer);
  saidTimer = setTimeout(() => (status.textContent = ""), SAID_MS);
}

/** Say which parts of an address were left out. */
export function sayMisfits(misfits) {
  if (misfits.length) say(`The address does not fit this table and is ignored there: ${misfits.join(", ")}.`);
}

/** Copy a text; `what` names it. */
export async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    say(`${what} is copied.`);
  } catch {
    say("The browser does not allow copying; select the text by hand.");
  }
}
