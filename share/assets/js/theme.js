// Theme and language of the page: as they are chosen here, and as the member chooses them on another device meanwhile.

import { follow } from "./live.js";

/** Shows the page in a theme: `light`, `dark` or `auto`. */
export function showTheme(theme) {
  document.documentElement.dataset.theme = theme;
  for (const button of document.querySelectorAll('[data-preferences] [name="theme"]')) {
    button.setAttribute("aria-pressed", String(button.value === theme));
  }
  const paper = getComputedStyle(document.documentElement).backgroundColor;
  for (const meta of document.querySelectorAll('meta[name="theme-color"]')) meta.content = paper;
}

/** Whether a reload would lose something: what was begun here, or what is shown as the answer to a form. */
let isBegun = "answersForm" in document.documentElement.dataset;
for (const kind of ["input", "submit", "drop", "paste"]) {
  addEventListener(kind, () => { isBegun = true; }, { capture: true, once: true });
}

/** Without a choice of the member's the page stays as this browser has it. */
function take({ theme }) {
  if (theme) showTheme(theme);
}

/** Only after a change: a page that is not in that language after all would be loaded for ever. */
function takeLanguage({ language }) {
  if (language && language !== document.documentElement.lang && !isBegun) location.reload();
}

async function ask() {
  try {
    const response = await fetch("/api/preferences", { headers: { Accept: "application/json" } });
    if (response.ok) take(await response.json());
  } catch {
    // The server is away: the next page asks it again.
  }
}

const bell = document.querySelector("[data-bell]");
if (bell) {
  follow([], {
    position: bell.dataset.position,
    onUpdate({ kind, payload }) {
      if (kind !== "preferences.changed") return;
      take(payload);
      takeLanguage(payload);
    },
    onSnapshot: ask,
  });
}
