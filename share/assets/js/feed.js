// The feed: exact proportions where CSS cannot read them, and more pictures as one scrolls.

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

function append(page, movesFocus) {
  const known = new Set([...feed.querySelectorAll(".tile-link")].map((link) => link.pathname));
  const tiles = [...page.querySelectorAll("[data-feed] > .tile")].filter(
    (tile) => !known.has(new URL(tile.querySelector(".tile-link").href, location.href).pathname),
  );
  measure(tiles);
  for (const tile of tiles) localizeTimes(tile);
  feed.append(...tiles.map((tile) => document.adoptNode(tile)));
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
