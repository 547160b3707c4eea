// Puts a secret that is shown once into the clipboard.

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy-button]");
  if (!button) return;
  const place = button.closest("[data-copy]");
  const text = place.querySelector("[data-copy-text]");
  try {
    await navigator.clipboard.writeText(text.textContent.trim());
    place.querySelector("[data-copy-status]").textContent = button.dataset.done;
    button.textContent = button.dataset.done;
  } catch {
    // Without the right to use the clipboard the text is selected, to be copied by hand.
    getSelection().selectAllChildren(text);
  }
});
