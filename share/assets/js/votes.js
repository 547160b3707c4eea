// Votes without a new page: the forms work without this.

async function send(form, type) {
  const isTaken = type === "none";
  const response = await fetch(form.dataset.vote, {
    method: isTaken ? "DELETE" : "PUT",
    headers: { Accept: "application/json", ...(isTaken ? {} : { "Content-Type": "application/json" }) },
    body: isTaken ? undefined : JSON.stringify({ type }),
    // Whoever votes may be on their way to the next page.
    keepalive: true,
  });
  if (!response.ok) throw new Error(`The vote was answered ${response.status}`);
  return response.json();
}

function show(form, { upvotes, downvotes, vote }) {
  const language = document.documentElement.lang;
  form.querySelector(".votes-score").textContent = (upvotes - downvotes).toLocaleString(language);
  for (const button of form.querySelectorAll("button")) {
    const isPressed = button.dataset.type === vote;
    button.setAttribute("aria-pressed", String(isPressed));
    button.value = isPressed ? "none" : button.dataset.type;
  }
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  const button = event.submitter;
  if (!form.matches("[data-vote]") || !button) return;
  event.preventDefault();
  if (form.ariaBusy === "true") return;
  form.ariaBusy = "true";
  try {
    show(form, await send(form, button.value));
  } catch {
    // Whatever is wrong, the page says it.
    form.removeAttribute("data-vote");
    form.requestSubmit(button);
  } finally {
    form.ariaBusy = null;
  }
});
