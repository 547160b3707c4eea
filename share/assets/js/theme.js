// The theme of the page: as it is chosen here, and as the member chooses it on another device meanwhile.

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

/** Without a choice of the member's the page stays as this browser has it. */
function take({ theme }) {
  if (theme) showTheme(theme);
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
      if (kind === "preferences.changed") take(payload);
    },
    onSnapshot: ask,
  });
}
