// The search box: `/` leads to it, and it suggests what the first hits are. Without this script it is a form.

const shortest = 2;
const patience = 150;
const suggestionLimit = 6;

const box = document.querySelector("[data-search]");
const input = box?.querySelector("input");
const list = document.createElement("ul");
let waiting;
let request;
let current = -1;

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest?.("input, textarea, select, [contenteditable]")) return;
  const field = document.querySelector("#search-query") ?? input;
  if (!field) return;
  event.preventDefault();
  if (field.checkVisibility()) {
    field.focus();
    field.select();
  } else {
    location.assign("/search");
  }
});

function prepare() {
  list.id = "search-suggestions";
  list.className = "search-suggestions";
  list.role = "listbox";
  list.ariaLabel = box.dataset.textSuggestions;
  list.hidden = true;
  box.append(list);
  input.role = "combobox";
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);
  close();
  input.addEventListener("input", () => {
    clearTimeout(waiting);
    request?.abort();
    const typed = input.value.trimStart();
    if (typed.trim().length < shortest) return close();
    waiting = setTimeout(() => suggest(typed), patience);
  });
  input.addEventListener("keydown", steer);
  box.addEventListener("focusout", (event) => {
    if (!box.contains(event.relatedTarget)) close();
  });
}

async function suggest(typed) {
  request = new AbortController();
  const address = `/api/search?${new URLSearchParams({ q: typed, limit: suggestionLimit })}`;
  try {
    const response = await fetch(address, { signal: request.signal });
    if (!response.ok) return close();
    const { items } = await response.json();
    if (document.activeElement === input) show(items, typed);
  } catch (error) {
    // Another letter was typed: what is shown stays until its answer is here.
    if (error.name === "AbortError") return;
    // The server is away; the form still works.
    close();
  }
}

function show(items, typed) {
  const options = items.map((item) => option(item.url, item.title, item.title.length === 0));
  if (options.length > 0) {
    const all = option(`/search?${new URLSearchParams({ q: typed })}`, [
      { text: box.dataset.textAll, is_match: false },
    ]);
    all.classList.add("search-suggestion-all");
    options.push(all);
  }
  list.replaceChildren(...options);
  list.hidden = options.length === 0;
  input.setAttribute("aria-expanded", String(!list.hidden));
  choose(-1);
}

function option(url, parts, isUntitled = false) {
  const item = document.createElement("li");
  item.className = "search-suggestion";
  item.role = "option";
  item.dataset.url = url;
  if (isUntitled) item.textContent = box.dataset.textUntitled;
  for (const { text, is_match: isMatch } of parts) {
    const piece = document.createElement(isMatch ? "mark" : "span");
    piece.textContent = text;
    item.append(piece);
  }
  // The field keeps the focus, so that the list does not close before the click arrives.
  item.addEventListener("pointerdown", (event) => event.preventDefault());
  item.addEventListener("click", () => location.assign(url));
  return item;
}

function steer(event) {
  if (list.hidden) return;
  const count = list.children.length;
  if (event.key === "ArrowDown") {
    choose(current + 1 < count ? current + 1 : -1);
  } else if (event.key === "ArrowUp") {
    choose(current >= 0 ? current - 1 : count - 1);
  } else if (event.key === "Enter" && current >= 0) {
    location.assign(list.children[current].dataset.url);
  } else if (event.key === "Escape") {
    close();
  } else {
    return;
  }
  event.preventDefault();
}

function choose(index) {
  current = index;
  for (const [place, item] of [...list.children].entries()) {
    item.id = `search-suggestion-${place}`;
    item.ariaSelected = String(place === index);
  }
  if (index >= 0) input.setAttribute("aria-activedescendant", list.children[index].id);
  else input.removeAttribute("aria-activedescendant");
}

function close() {
  list.hidden = true;
  list.replaceChildren();
  current = -1;
  input.setAttribute("aria-expanded", "false");
  input.removeAttribute("aria-activedescendant");
}

if (input) prepare();
