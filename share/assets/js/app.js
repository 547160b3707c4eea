// What every page has: the bell, the menu, theme without a reload, dialogs, messages, passwords, times.

import "./errors.js";
import "./notices.js";
import "./search.js";
import { showTheme } from "./theme.js";
import { localizeTimes } from "./times.js";

function closeMenus(except) {
  for (const menu of document.querySelectorAll("[data-menu][open]")) {
    if (menu !== except) menu.open = false;
  }
}

document.addEventListener("click", (event) => {
  closeMenus(event.target.closest("[data-menu]"));
});

document.addEventListener("focusin", (event) => {
  closeMenus(event.target.closest("[data-menu]"));
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("[data-menu][open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

document.addEventListener("submit", async (event) => {
  const form = event.target;
  const button = event.submitter;
  if (!form.matches("[data-preferences]") || button?.name !== "theme") return;
  event.preventDefault();
  showTheme(button.value);
  const body = new URLSearchParams(new FormData(form, button));
  try {
    // Kept alive, as whoever chose may be on their way to the next page.
    await fetch(form.action, { method: "POST", body, redirect: "manual", keepalive: true });
  } catch {
    // The choice holds for this page; the next one asks the server again.
  }
});

// A modal dialog keeps the focus inside; without this script the same markup opens as a popover.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-modal]");
  if (opener) {
    event.preventDefault();
    document.getElementById(opener.dataset.modal).showModal();
    return;
  }
  const dialog = event.target.closest("dialog");
  if (!dialog?.open) return;
  if (event.target.closest("[data-close]")) {
    event.preventDefault();
    dialog.close();
  } else if (event.target === dialog && isOutside(dialog, event)) {
    dialog.close();
  }
});

function isOutside(dialog, { clientX, clientY }) {
  const box = dialog.getBoundingClientRect();
  return (
    clientX < box.left || clientX > box.right || clientY < box.top || clientY > box.bottom
  );
}

document.addEventListener("click", (event) => {
  event.target.closest("[data-dismiss]")?.closest("[data-toast]")?.remove();
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-reveal]");
  if (!button) return;
  const input = button.parentElement.querySelector("input");
  const isShown = input.type === "password";
  input.type = isShown ? "text" : "password";
  button.setAttribute("aria-pressed", String(isShown));
});

// A password manager must see a password when the form is sent.
document.addEventListener("submit", (event) => {
  for (const input of event.target.querySelectorAll("[data-password] input")) {
    input.type = "password";
  }
});

const firstProblem =
  document.querySelector('main [aria-invalid="true"]') ??
  document.querySelector("main [data-form-error]");
firstProblem?.focus();

// On a phone the sections of the settings and the panel stand in a row that may be longer than the screen.
document
  .querySelector(".sections-link[aria-current]")
  ?.scrollIntoView({ block: "nearest", inline: "center" });

localizeTimes();
setInterval(localizeTimes, 60_000, document);
