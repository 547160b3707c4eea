// Uploading: choose, drop or paste pictures, describe each, send them with progress.

const root = document.querySelector("[data-uploader]");
const text = root.dataset;
const queue = root.querySelector("[data-queue]");
const template = root.querySelector("[data-item]");
const fileInput = root.querySelector("[data-files]");
const dropZone = root.querySelector("[data-drop]");
const bar = root.querySelector("[data-bar]");
const publishButton = root.querySelector("[data-publish]");
const summary = root.querySelector("[data-summary]");
const feedLink = root.querySelector("[data-feed-link]");
const visibility = root.querySelector(".segments");
const onePost = root.querySelector("[data-one-post]");
const onePostChoice = root.querySelector("[data-one-post-choice]");

const language = document.documentElement.lang;
const plural = new Intl.PluralRules(language);
const megabytes = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
const maxBytes = Number(text.maxBytes);
const maxPixels = Number(text.maxMegapixels) * 1_000_000;
const types = new Set(text.types.split(",").map((type) => type.trim()));

/** Two at a time keep the line full; more would only slow each other down. */
const atOnce = 2;

/** @type {UploadItem[]} */
let items = [];

function fill(pattern, values) {
  return pattern.replace(/%(\w+)%/g, (whole, name) => values[name] ?? whole);
}

function counted(name, count) {
  const form = plural.select(count);
  const suffix = form[0].toUpperCase() + form.slice(1);
  return fill(text[`text${name}${suffix}`] ?? text[`text${name}Other`], { count });
}

/** One picture on its way: its file, its card and where it stands. */
class UploadItem {
  /** `ready`, `refused` (never sent), `waiting`, `sending`, `failed` or `done`. */
  state = "ready";

  constructor(file, isPrivate) {
    this.file = file;
    this.card = template.content.firstElementChild.cloneNode(true);
    this.find("[data-private]").checked = isPrivate;
    this.find(".item-name").textContent = file.name;
    this.find(".item-size").textContent = fill(text.textBytesUnit, {
      megabytes: megabytes.format(Math.max(0.1, file.size / 1_000_000)),
    });
    this.find("[data-title]").value = titleFrom(file.name);
    this.find("[data-remove]").addEventListener("click", () => remove(this));
    this.find("[data-cancel]").addEventListener("click", () => this.request?.abort());
    this.find("[data-retry]").addEventListener("click", () => publish(together([this])));
    const refusal = this.refusal();
    if (refusal) this.refuse(refusal);
    else this.showPreview();
  }

  find(selector) {
    return this.card.querySelector(selector);
  }

  get isOpen() {
    return this.state === "ready" || this.state === "failed";
  }

  get isBusy() {
    return this.state === "waiting" || this.state === "sending";
  }

  refusal() {
    if (this.file.size === 0) return text.textEmpty;
    if (!types.has(this.file.type)) return text.textType;
    if (this.file.size > maxBytes) return text.textBytes;
    return null;
  }

  showPreview() {
    const picture = this.find(".item-picture");
    this.previewURL = URL.createObjectURL(this.file);
    picture.addEventListener("load", () => {
      picture.hidden = false;
      this.find(".item-placeholder").remove();
      if (picture.naturalWidth * picture.naturalHeight > maxPixels) {
        this.refuse(text.textPixels);
        refresh();
      }
    });
    picture.addEventListener("error", () => {
      this.refuse(text.textUnreadable);
      refresh();
    });
    picture.src = this.previewURL;
  }

  refuse(reason) {
    this.show("refused", reason);
  }

  show(state, message = "") {
    this.state = state;
    this.card.classList.toggle("is-failed", state === "failed" || state === "refused");
    this.card.classList.toggle("is-refused", state === "refused");
    this.card.classList.toggle("is-done", state === "done");
    this.find("[data-status]").textContent = message;
    this.find(".item-progress").hidden = !this.isBusy;
    this.find("[data-cancel]").hidden = state !== "sending";
    this.find("[data-retry]").hidden = state !== "failed";
    this.find("[data-remove]").hidden = this.isBusy || state === "done";
    for (const field of this.card.querySelectorAll(".item-fields :is(input, textarea)")) {
      field.disabled = !this.isOpen;
    }
  }

  /** Sends pictures as one post; resolves when the server has answered, whatever the answer. */
  static async send(group) {
    if (isTokenStale) await renewToken();
    const [first] = group;
    const form = new FormData();
    form.append("title", first.find("[data-title]").value);
    form.append("description", first.find("[data-description]").value);
    form.append("tags", first.find("[data-tags]").value);
    form.append("is_public", String(!first.find("[data-private]").checked));
    for (const item of group) {
      form.append("alts", item.find("[data-alt]").value);
      form.append("image", item.file, item.file.name);
    }

    const each = (act) => group.forEach(act);
    each((item) => item.showProgress(0));
    return new Promise((resolve) => {
      const request = new XMLHttpRequest();
      each((item) => (item.request = request));
      request.open("POST", "/api/posts");
      request.responseType = "json";
      request.setRequestHeader("Accept", "application/json");
      request.setRequestHeader("Accept-Language", language);
      request.setRequestHeader("X-CSRF-Token", tokenHolder.content);
      request.upload.addEventListener("progress", (event) => {
        if (!event.lengthComputable) return;
        each((item) => item.showProgress(event.loaded / event.total));
      });
      const fail = () => each((item) => item.show("failed", text.textNetwork));
      request.addEventListener("load", () => each((item) => item.receive(request)));
      request.addEventListener("error", fail);
      request.addEventListener("timeout", fail);
      request.addEventListener("abort", () => each((item) => item.show("ready")));
      request.addEventListener("loadend", () => {
        each((item) => (item.request = null));
        resolve();
      });
      request.send(form);
    });
  }

  showProgress(share) {
    const progress = this.find(".progress");
    const percent = Math.floor(share * 100);
    if (share < 1) progress.value = share;
    else progress.removeAttribute("value");
    this.show(
      "sending",
      share < 1 ? fill(text.textSending, { percent }) : text.textProcessing,
    );
  }

  receive(request) {
    const answer = request.response;
    if (request.status === 201 && answer) {
      const link = this.find("[data-open]");
      link.href = `/posts/${encodeURIComponent(answer.id)}`;
      link.hidden = false;
      if (answer.picture_count === 1) {
        this.find(".item-name").textContent = answer.title || this.file.name;
      }
      this.show("done", text.textDone);
    } else {
      isTokenStale ||= request.status === 401 || request.status === 403;
      this.show("failed", reason(request.status, answer));
    }
  }

  dispose() {
    if (this.previewURL) URL.revokeObjectURL(this.previewURL);
    this.card.remove();
  }
}

function reason(status, problem) {
  const messages = problem?.errors?.map(({ message }) => message).filter(Boolean) ?? [];
  if (messages.length > 0) return messages.join(" ");
  if (status === 401) return text.textSignedOut;
  if (status === 413) return text.textBytes;
  if (status === 429) return text.textBusy;
  return problem?.detail ?? problem?.title ?? text.textServer;
}

const tokenHolder = document.querySelector('meta[name="csrf-token"]');

/** The token belongs to the session, which ends when the member signs out in another tab. */
let isTokenStale = false;

async function renewToken() {
  try {
    const response = await fetch(location.href, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    tokenHolder.content = page.querySelector('meta[name="csrf-token"]').content;
    isTokenStale = false;
  } catch {
    // The upload that follows says what is wrong.
  }
}

/** A title from a file name that a person gave; none from one that a camera gave. */
function titleFrom(fileName) {
  const name = fileName.replace(/\.[^.]+$/, "").replace(/[_\s]+/g, " ").trim();
  const isByMachine = /^(img|dsc|dscn|dscf|pxl|image|photo|screenshot|снимок|фото)?[\s\d._()-]*$/i;
  const isMostlyNumber = /^[a-z]*[-\s]?\d[\d\s._-]{5,}/i;
  if (isByMachine.test(name) || isMostlyNumber.test(name) || !/\p{L}{2}/u.test(name)) return "";
  return name.slice(0, 200);
}

function isInQueue(file) {
  return items.some(
    (item) =>
      item.file.name === file.name &&
      item.file.size === file.size &&
      item.file.lastModified === file.lastModified,
  );
}

function add(files) {
  hideProblem();
  const isPrivate = root.querySelector("[data-all-visibility]:checked").value === "false";
  for (const file of files) {
    if (isInQueue(file)) {
      showProblem(fill(text.textTwice, { name: file.name }));
      continue;
    }
    const item = new UploadItem(file, isPrivate);
    items.push(item);
    queue.append(item.card);
  }
  refresh();
}

function remove(item) {
  const cards = [...queue.children];
  const neighbour = cards[cards.indexOf(item.card) + 1] ?? cards[cards.indexOf(item.card) - 1];
  items = items.filter((other) => other !== item);
  item.dispose();
  refresh();
  (neighbour?.querySelector("[data-remove]:not([hidden])") ?? fileInput).focus();
}

/** What is sent at once: all pictures as one post, or each as its own. */
function together(chosen) {
  return isOnePost() ? [items.filter((item) => item.isOpen)] : chosen.map((item) => [item]);
}

function isOnePost() {
  return onePost.checked && items.filter((item) => item.isOpen || item.isBusy).length > 1;
}

async function publish(groups) {
  hideProblem();
  const maxPictures = Number(text.maxPictures);
  if (groups.some((group) => group.length > maxPictures)) {
    showProblem(fill(text.textTooMany, { count: maxPictures }));
    return;
  }
  const waiting = [...groups];
  for (const item of waiting.flat()) item.show("waiting", text.textWaiting);
  refresh();
  const lane = async () => {
    for (let group = waiting.shift(); group; group = waiting.shift()) {
      await UploadItem.send(group);
      refresh();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  finish();
}

function finish() {
  const done = items.filter((item) => item.state === "done");
  if (items.some((item) => item.isBusy)) return;
  const links = new Set(done.map((item) => item.find("[data-open]").href));
  if (items.length === done.length && links.size === 1) {
    location.assign(done[0].find("[data-open]").href);
    return;
  }
  if (items.some((item) => item.state === "failed")) showProblem(text.textSomeFailed);
}

function refresh() {
  const open = items.filter((item) => item.isOpen);
  const done = items.filter((item) => item.state === "done");
  const isBusy = items.some((item) => item.isBusy);
  root.classList.toggle("has-items", items.length > 0);
  bar.hidden = items.length === 0;
  visibility.hidden = open.length === 0;
  publishButton.hidden = open.length === 0 && !isBusy;
  publishButton.disabled = isBusy;
  onePostChoice.hidden = open.length < 2 && !(isBusy && onePost.checked);
  onePost.disabled = isBusy;
  root.classList.toggle("is-one-post", isOnePost());
  if (open.length > 0) publishButton.textContent = counted("Publish", open.length);
  feedLink.hidden = isBusy || done.length === 0 || open.length > 0;
  const says = done.length > 0 ? counted("Published", done.length) : "";
  if (summary.textContent !== says) summary.textContent = says;
}

function showProblem(message) {
  const problem = root.querySelector("[data-problem]");
  problem.querySelector("[data-problem-text]").textContent = message;
  problem.hidden = false;
}

function hideProblem() {
  root.querySelector("[data-problem]").hidden = true;
}

fileInput.addEventListener("change", () => {
  add(fileInput.files);
  fileInput.value = "";
});

publishButton.addEventListener("click", () =>
  publish(together(items.filter((item) => item.isOpen))),
);

onePost.addEventListener("change", refresh);

for (const choice of root.querySelectorAll("[data-all-visibility]")) {
  choice.addEventListener("change", () => {
    for (const item of items.filter((item) => item.isOpen)) {
      item.find("[data-private]").checked = choice.value === "false";
    }
  });
}

function carriesFiles(event) {
  return event.dataTransfer?.types.includes("Files") ?? false;
}

// The whole page takes the files, so that a near miss does not make the browser open the picture.
let depth = 0;

document.addEventListener("dragenter", (event) => {
  if (!carriesFiles(event)) return;
  depth += 1;
  dropZone.classList.add("is-over");
});

document.addEventListener("dragleave", (event) => {
  if (!carriesFiles(event)) return;
  depth = Math.max(0, depth - 1);
  if (depth === 0) dropZone.classList.remove("is-over");
});

document.addEventListener("dragover", (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "copy";
});

document.addEventListener("drop", (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  depth = 0;
  dropZone.classList.remove("is-over");
  add(event.dataTransfer.files);
});

document.addEventListener("paste", (event) => {
  const files = [...(event.clipboardData?.files ?? [])];
  if (files.length === 0) return;
  event.preventDefault();
  add(files);
});

addEventListener("beforeunload", (event) => {
  if (items.some((item) => item.isBusy || item.state === "ready")) event.preventDefault();
});

// A page that comes back from the browser's cache starts afresh.
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const item of items) item.dispose();
  items = [];
  refresh();
});
