// The pictures of a post: arrow keys lead from one to the next, a click opens one in full.

const strip = document.querySelector("[data-strip]");
const places = [...strip.children];
const numbers = [...document.querySelectorAll("[data-strip-number]")];
const dialog = document.querySelector("[data-zoom-dialog]");
const zoomed = dialog.querySelector("[data-zoom-picture]");
const isStill = matchMedia("(prefers-reduced-motion: reduce)");

/** The place that is seen most. */
function current() {
  const middle = strip.scrollLeft + strip.clientWidth / 2;
  const distance = (place) =>
    Math.abs(place.offsetLeft - strip.offsetLeft + place.offsetWidth / 2 - middle);
  return places.reduce(
    (best, place, index) => (distance(place) < distance(places[best]) ? index : best),
    0,
  );
}

function show(index) {
  const place = places[index];
  if (!place) return;
  strip.scrollTo({
    left: place.offsetLeft - strip.offsetLeft,
    behavior: isStill.matches || dialog.open ? "instant" : "smooth",
  });
  if (dialog.open) zoom(index);
}

function markCurrent() {
  const index = current();
  numbers.forEach((number, place) => {
    if (place === index) number.setAttribute("aria-current", "true");
    else number.removeAttribute("aria-current");
  });
}

let zoomedIndex = 0;

function zoom(index) {
  const link = places[index].querySelector("[data-zoom]");
  zoomedIndex = index;
  zoomed.src = link.href;
  zoomed.alt = link.querySelector(".stage-picture").alt;
  if (!dialog.open) dialog.showModal();
}

function isTyping(target) {
  return target.closest("input, textarea, select, [contenteditable]") !== null;
}

document.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!step || places.length < 2 || isTyping(event.target)) return;
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  show((dialog.open ? zoomedIndex : current()) + step);
});

strip.addEventListener("click", (event) => {
  const link = event.target.closest("[data-zoom]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  zoom(places.indexOf(link.parentElement));
});

zoomed.addEventListener("click", () => dialog.close());

// A number scrolls the strip alone; its address would move the page, too.
for (const [index, number] of numbers.entries()) {
  number.addEventListener("click", (event) => {
    event.preventDefault();
    show(index);
  });
}

if (numbers.length > 0) {
  strip.addEventListener("scroll", markCurrent, { passive: true });
  markCurrent();
}
