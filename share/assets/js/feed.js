// The feed: exact proportions where CSS cannot read them, and more pictures as one scrolls.

import { follow } from "./live.js";
import { localizeTimes } from "./times.js";

const feed = document.querySelector("[data-feed]");
const status = document.querySelector("[data-feed-status]");
const hasTypedAttributes = CSS.supports("width", "attr(data-width type(<number>), 1px)");

/** So many pages come by themselves; then the reader asks, and so can reach the footer. */
const automaticPages = 4;
let pagesLoaded = 0;

function measure(tiles) {
  if (hasTypedAttributes) return;
  for (const tile of tiles) {
    const ratio = Number(tile.dataset.width) / Number(tile.dataset.height);
    if (ratio > 0) tile.style.setProperty("--ratio", Math.min(2.8, Math.max(0.6, ratio)));
  }
  feed.classList.add("is-measured");
}

const observer = new IntersectionObserver(
  ([entry]) => {
    if (entry.isIntersecting && pagesLoaded < automaticPages) loadMore();
  },
  { rootMargin: "800px" },
);

function currentPager() {
  return document.querySelector("[data-pager]");
}

async function loadMore({ movesFocus = false } = {}) {
  const pager = currentPager();
  const link = pager?.querySelector("a");
  if (!link || link.getAttribute("aria-busy") === "true") return;
  link.setAttribute("aria-busy", "true");
  observer.unobserve(pager);
  try {
    const response = await fetch(link.href, { headers: { Accept: "text/html" } });
    if (!response.ok) throw new Error(`The feed answered ${response.status}`);
    append(new DOMParser().parseFromString(await response.text(), "text/html"), movesFocus);
    pagesLoaded += 1;
  } catch {
    link.textContent = feed.dataset.textFailed;
    link.removeAttribute("aria-busy");
  }
}

function unknownTiles(page) {
  const known = new Set([...feed.querySelectorAll(".tile-link")].map((link) => link.pathname));
  const tiles = [...page.querySelectorAll("[data-feed] > .tile")].filter(
    (tile) => !known.has(new URL(tile.querySelector(".tile-link").href, location.href).pathname),
  );
  measure(tiles);
  for (const tile of tiles) localizeTimes(tile);
  return tiles.map((tile) => document.adoptNode(tile));
}

function append(page, movesFocus) {
  const tiles = unknownTiles(page);
  feed.append(...tiles);
  status.textContent = feed.dataset.textAdded;
  if (movesFocus) tiles[0]?.querySelector(".tile-link").focus();

  const next = page.querySelector("[data-pager]");
  if (next) {
    currentPager().replaceWith(document.adoptNode(next));
    observer.observe(currentPager());
  } else {
    currentPager().remove();
  }
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-pager] a");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  loadMore({ movesFocus: true });
});

if (feed) {
  measure(feed.children);
  const pager = currentPager();
  if (pager) observer.observe(pager);
}

// What happens while the feed is open.

const news = document.querySelector("[data-news]");
const button = news?.querySelector("[data-news-button]");
const waiting = new Set();
let isStale = false;

function linkTo(id) {
  return feed?.querySelector(`.tile-link[href="/posts/${CSS.escape(id)}"]`);
}

function newestTime() {
  return Date.parse(feed?.querySelector("time")?.dateTime ?? "") || 0;
}

function showNews() {
  const isShown = waiting.size > 0 || isStale;
  button.textContent = waiting.size ? `${news.dataset.text}: ${waiting.size}` : news.dataset.text;
  button.hidden = !isShown;
}

function told({ kind, payload }) {
  const link = linkTo(payload.id);
  if (kind === "post.created") {
    // One that was hidden for long and is shown again belongs further down.
    if (!link && Date.parse(payload.created_at) >= newestTime()) waiting.add(payload.id);
  } else if (kind === "post.changed") {
    if (link) link.textContent = payload.title || news.dataset.textUntitled;
  } else if (kind === "post.hidden" || kind === "post.deleted") {
    waiting.delete(payload.id);
    remove(link?.closest(".tile"));
  }
  showNews();
}

function remove(tile) {
  if (!tile) return;
  const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (isStill) {
    tile.remove();
  } else {
    tile.animate({ opacity: 0 }, 200).finished.finally(() => tile.remove());
  }
}

async function showNewTiles() {
  button.setAttribute("aria-busy", "true");
  try {
    const response = await fetch("/", { headers: { Accept: "text/html" } });
    if (!response.ok) throw new Error(`The feed answered ${response.status}`);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const isContinued = [...page.querySelectorAll(".tile-link")].some((link) =>
      linkTo(link.getAttribute("href").slice("/posts/".length)),
    );
    // With a gap between old and new tiles, or none at all, only a fresh page is right.
    if (!feed || isStale || !isContinued) return location.reload();
    const tiles = unknownTiles(page);
    feed.prepend(...tiles);
    waiting.clear();
    showNews();
    scrollTo({ top: 0 });
    tiles[0]?.querySelector(".tile-link").focus({ preventScroll: true });
  } catch {
    button.textContent = feed?.dataset.textFailed ?? button.textContent;
  } finally {
    button.removeAttribute("aria-busy");
  }
}

if (news) {
  button.addEventListener("click", showNewTiles);
  follow(["feed"], {
    position: news.dataset.position,
    onUpdate: told,
    onSnapshot() {
      isStale = true;
      showNews();
    },
  });
}
