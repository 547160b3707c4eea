// Shows how far an archive is, until it is ready or given up.
import { localizeTimes } from "./times.js";

const PAUSE = 2000;

async function refresh() {
  const answer = await fetch(location.pathname, { headers: { accept: "text/html" } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("[data-exports]");
  if (!fresh) return;
  document.querySelector("[data-exports]").replaceWith(fresh);
  localizeTimes(fresh);
}

async function follow() {
  while (document.querySelector("[data-exports=making]")) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
    // A server that is away for a moment is asked again.
    if (!document.hidden) await refresh().catch(() => {});
  }
}

follow();
