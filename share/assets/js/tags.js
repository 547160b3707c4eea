// Suggests tags while somebody types several of them, with commas between. Without this script it is a text field.

const patience = 150;
const suggestionLimit = 8;
let waiting;
let request;

document.addEventListener("input", (event) => {
  const input = event.target;
  if (!input.matches?.("[data-tags]") || event.inputType === "insertReplacementText") return;
  clearTimeout(waiting);
  request?.abort();
  const before = input.value.slice(0, input.value.lastIndexOf(",") + 1);
  const typed = input.value.slice(before.length).replace(/^[\s#]+/, "").trim();
  if (typed.length === 0) return show(input, []);
  waiting = setTimeout(() => suggest(input, before, typed), patience);
});

async function suggest(input, before, typed) {
  request = new AbortController();
  const address = `/api/tags?${new URLSearchParams({ q: typed.slice(0, 50), limit: suggestionLimit })}`;
  try {
    const response = await fetch(address, { signal: request.signal });
    if (!response.ok) return;
    const { items } = await response.json();
    const chosen = new Set(before.split(",").map((name) => name.trim().toLowerCase()));
    const names = items.map((item) => item.name).filter((name) => !chosen.has(name.toLowerCase()));
    show(input, names.map((name) => (before ? `${before} ${name}` : name)));
  } catch {
    // Another letter was typed, or the server is away: any word is a tag.
  }
}

function show(input, values) {
  const options = values.map((value) => Object.assign(document.createElement("option"), { value }));
  input.list?.replaceChildren(...options);
}
