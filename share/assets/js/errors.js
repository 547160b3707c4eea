// Tells the server of errors that nobody caught, so that they are mended: at most five a page.

const limit = 5;
const told = new Set();

/** A path without the token of a share link, which is a secret. */
function withoutToken(path) {
  return path.replace(/^\/s\/[^/]+/, "/s/…");
}

/** The path of a script of ours; empty for what extensions and other sites run here. */
function ownPath(address) {
  try {
    const url = new URL(address, location.href);
    return url.origin === location.origin ? withoutToken(url.pathname) : "";
  } catch {
    return "";
  }
}

function tell(message, address, line) {
  const source = ownPath(address);
  const key = [message, source, line].join("\n");
  if (!message || !source || told.has(key) || told.size >= limit) return;
  told.add(key);
  const body = {
    message: message.slice(0, 1000),
    source: source.slice(0, 500),
    line,
    page: withoutToken(location.pathname).slice(0, 500),
  };
  fetch("/api/browser-errors", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    keepalive: true,
  }).catch(() => {});
}

addEventListener("error", (event) => {
  tell(event.message, event.filename, event.lineno);
});

addEventListener("unhandledrejection", ({ reason }) => {
  // Leaving a page ends what it still waits for.
  if (reason?.name === "AbortError") return;
  const place = /(https?:\/\/[^\s)]+?):(\d+):\d+/.exec(reason?.stack ?? "");
  const message = reason instanceof Error ? `${reason.name}: ${reason.message}` : String(reason);
  tell(message, place?.[1] ?? location.href, Number(place?.[2] ?? 0));
});
