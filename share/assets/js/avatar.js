// The picture of a member: shows what was chosen before it is sent, and refuses at once what the server would.

const form = document.querySelector("[data-avatar]");
const input = form.querySelector("input[type=file]");
const field = input.closest(".field");
const error = form.querySelector(".field-error");
const portrait = document.querySelector("[data-avatar-preview] .avatar");
const present = [...portrait.childNodes];
const text = form.dataset;
const types = new Set(text.types.split(","));
let previewURL = "";

function refusal(file) {
  if (file.size === 0) return text.textEmpty;
  if (file.size > Number(text.maxBytes)) return text.textBytes;
  // A file without a known ending has no type; the server looks at the content.
  if (file.type !== "" && !types.has(file.type)) return text.textType;
  return "";
}

function showPresent() {
  if (previewURL !== "") URL.revokeObjectURL(previewURL);
  previewURL = "";
  portrait.replaceChildren(...present);
}

function say(message) {
  error.textContent = message;
  field.classList.toggle("is-invalid", message !== "");
  input.setCustomValidity(message);
  if (message === "") input.removeAttribute("aria-invalid");
  else input.setAttribute("aria-invalid", "true");
}

function preview() {
  showPresent();
  const file = input.files[0];
  say(file ? refusal(file) : "");
  if (!file || !input.checkValidity()) return;
  const picture = new Image();
  picture.className = "avatar-picture";
  picture.alt = "";
  const url = URL.createObjectURL(file);
  picture.onload = () => {
    if (url === previewURL) portrait.replaceChildren(picture);
  };
  picture.onerror = () => {
    if (url !== previewURL) return;
    showPresent();
    // Not every browser shows HEIC and AVIF; the server takes them.
    if (!/heic|heif|avif/i.test(file.type + file.name)) say(text.textUnreadable);
  };
  previewURL = url;
  picture.src = url;
}

input.addEventListener("change", preview);

// A page that comes back from the browser's cache, or is loaded again, may still hold a file.
addEventListener("pageshow", preview);
