// The bell, and the page of notices while it is open: both ask anew when they hear that something changed.

import { follow } from "./live.js";
import { localizeTimes } from "./times.js";

const bell = document.querySelector("[data-bell]");
const kinds = new Set(["notice.created", "notices.read"]);
const most = 99;
// Several changes at once are one question.
const patience = 100;
let isStale = false;
let asking;

function show(unread) {
  const text = unread > most ? `${most}+` : String(unread);
  const count = bell.querySelector("[data-bell-count]");
  const label = unread ? `${bell.dataset.textUnread}: ${text}` : bell.dataset.text;
  if (bell.ariaLabel === label) return;
  count.textContent = text;
  count.hidden = unread === 0;
  bell.ariaLabel = label;
  document.querySelector("[data-bell-status]").textContent = unread ? label : "";
}

function changed() {
  isStale = true;
  clearTimeout(asking);
  // Nobody looks at a hidden page, so it asks when it is shown again.
  if (!document.hidden) asking = setTimeout(ask, patience);
}

async function ask() {
  isStale = false;
  try {
    const response = await fetch("/api/notices?limit=1", { headers: { Accept: "application/json" } });
    if (!response.ok) return;
    show((await response.json()).unread);
    await renewList();
  } catch {
    // The server is away: the connection comes back with it, and tells again what was missed.
    isStale = true;
  }
}

async function renewList() {
  const list = document.querySelector("[data-notices]");
  // What somebody holds by keyboard must not vanish.
  if (!list || list.contains(document.activeElement)) return;
  const response = await fetch(location.pathname, { headers: { Accept: "text/html" } });
  if (!response.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const fresh = document.adoptNode(page.querySelector("[data-notices]"));
  localizeTimes(fresh);
  list.replaceWith(fresh);
}

if (bell) {
  follow([], {
    position: bell.dataset.position,
    onUpdate({ kind }) {
      if (kinds.has(kind)) changed();
    },
    onSnapshot: changed,
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && isStale) changed();
  });
}
