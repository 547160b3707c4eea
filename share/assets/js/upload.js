// Uploading: choose, drop or paste pictures, describe each, send them with progress; go on after a break.

import { persist, Refused, ResumableUpload, Stopped, UnfinishedUploads } from "./resumable.js";

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

const ending = (file) => file.name.slice(file.name.lastIndexOf(".")).toLowerCase();

/** Systems that do not know HEIC or AVIF name no type for them; the server looks at what is inside. */
const takes = (file) => types.has(file.type) || types.has(ending(file));

/** Whether the browser may be unable to show what the server takes. */
const mayBeHidden = (file) => /heic|heif|avif/.test(file.type + ending(file));

/** Two at a time keep the line full; more would only slow each other down. */
const atOnce = 2;

/** @type {UploadItem[]} */
let items = [];

const unfinished = new UnfinishedUploads(text.member);
const addressInput = root.querySelector("[data-address]");
const fetchButton = root.querySelector("[data-fetch]");
const unfinishedPart = root.querySelector("[data-unfinished]");
const unfinishedTemplate = root.querySelector("[data-unfinished-item]");

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
  /** `ready`, `refused` (never sent), `waiting`, `sending`, `processing`, `paused`, `failed` or `done`. */
  state = "ready";

  /** Ends what is going on. */
  stopper = new AbortController();

  constructor(file, visibility) {
    this.file = file;
    this.card = template.content.firstElementChild.cloneNode(true);
    this.find("[data-visibility]").value = visibility;
    this.find(".item-name").textContent = file.name;
    this.find(".item-size").textContent = fill(text.textBytesUnit, {
      megabytes: megabytes.format(Math.max(0.1, file.size / 1_000_000)),
    });
    this.find("[data-title]").value = titleFrom(file.name);
    this.find("[data-remove]").addEventListener("click", () => remove(this));
    this.upload = new ResumableUpload(file, unfinished, requestHeaders, {
      onProgress: (share) => this.showProgress(share),
      onBreak: () => this.showBreak(),
    });
    this.find("[data-cancel]").addEventListener("click", () => this.cancel());
    this.find("[data-pause]").addEventListener("click", () => this.pause());
    this.find("[data-resume]").addEventListener("click", () => publish(together([this])));
    this.find("[data-retry]").addEventListener("click", () => publish(together([this])));
    if (!(file instanceof File)) {
      // It is on the server already: fetched from an address.
      this.upload.address = file.address;
      this.upload.offset = file.size;
      return;
    }
    const refusal = this.refusal();
    if (refusal) this.refuse(refusal);
    else {
      this.showPreview();
      this.warnOfKnown();
    }
  }

  /** Says when the member has posted the same file already. */
  async warnOfKnown() {
    // Browsers hash only on pages that nobody can have changed on their way.
    if (!crypto.subtle) return;
    const hash = await crypto.subtle.digest("SHA-256", await this.file.arrayBuffer());
    const sha256 = [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    const answer = await ask("/api/uploads/check", { sha256 }).catch(() => null);
    const { post_id: post } = answer?.ok ? await answer.json() : {};
    if (!post) return;
    this.find("[data-known]").hidden = false;
    this.find("[data-known-link]").href = `/posts/${encodeURIComponent(post)}`;
  }

  find(selector) {
    return this.card.querySelector(selector);
  }

  get isOpen() {
    return ["ready", "failed", "paused"].includes(this.state);
  }

  get isBusy() {
    return ["waiting", "sending", "processing"].includes(this.state);
  }

  refusal() {
    if (this.file.size === 0) return text.textEmpty;
    if (!takes(this.file)) return text.textType;
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
      if (mayBeHidden(this.file)) return;
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
    this.find(".item-progress").hidden = !this.isBusy && state !== "paused";
    this.find("[data-cancel]").hidden = state !== "sending" && state !== "paused";
    this.find("[data-pause]").hidden = state !== "sending";
    this.find("[data-resume]").hidden = state !== "paused";
    this.find("[data-retry]").hidden = state !== "failed";
    this.find("[data-remove]").hidden = this.isBusy || state === "paused" || state === "done";
    for (const field of this.card.querySelectorAll(".item-fields :is(input, textarea, select)")) {
      field.disabled = !this.isOpen;
    }
  }

  /** Sends the picture; returns whether it is there, and was neither refused nor stopped. */
  async send() {
    this.stopper = new AbortController();
    try {
      this.showProgress(0);
      await this.upload.send(this.stopper.signal);
      this.showProcessing();
      return true;
    } catch (error) {
      if (error instanceof Refused) await this.fail(error);
      else if (!(error instanceof Stopped)) throw error;
      return false;
    }
  }

  /** Makes a post of pictures that were sent; asking again gets the same one. */
  static makePost(group) {
    const [first] = group;
    const { signal } = first.stopper;
    const body = JSON.stringify({
      title: first.find("[data-title]").value,
      description: first.find("[data-description]").value,
      tags: first.find("[data-tags]").value.split(",").map((tag) => tag.trim()).filter(Boolean),
      visibility: first.find("[data-visibility]").value,
      alts: group.map((item) => item.find("[data-alt]").value),
      uploads: group.map((item) => item.upload.id),
    });
    const act = async () => {
      const headers = {
        ...(await requestHeaders()),
        "Content-Type": "application/json",
        "Idempotency-Key": `upload-${first.upload.id}`,
      };
      const answer = await fetch("/api/posts", { method: "POST", headers, body, signal });
      const content = await answer.json().catch(() => null);
      if (answer.ok && content) return content;
      const isPassing = answer.status >= 500 || answer.status === 423;
      throw new Refused(answer.status, content, isPassing);
    };
    return persist(act, signal, () => group.forEach((item) => item.showBreak()));
  }

  async fail({ status, problem }, isAlone = true) {
    isTokenStale ||= status === 401 || status === 403;
    // The same bytes would be refused again; of several pictures it may be another.
    const isPicture = problem?.errors?.some(({ field }) => field === "image");
    if (status === 422 && isPicture && isAlone) await this.upload.cancel();
    this.show("failed", reason(status, problem));
  }

  pause() {
    this.stopper.abort();
    this.show("paused", text.textPaused);
    refresh();
  }

  async cancel() {
    this.stopper.abort();
    this.show("ready");
    refresh();
    await this.upload.cancel();
  }

  showProgress(share) {
    if (this.stopper.signal.aborted) return;
    this.find(".progress").value = share;
    this.show("sending", fill(text.textSending, { percent: Math.floor(share * 100) }));
  }

  showBreak() {
    this.find("[data-status]").textContent = text.textBreak;
  }

  showProcessing() {
    this.find(".progress").removeAttribute("value");
    this.show("processing", text.textProcessing);
  }

  showPost(post) {
    this.upload.forget();
    const link = this.find("[data-open]");
    link.href = `/posts/${encodeURIComponent(post.id)}`;
    link.hidden = false;
    if (post.picture_count === 1) {
      this.find(".item-name").textContent = post.title || this.file.name;
    }
    this.show("done", text.textDone);
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

async function requestHeaders() {
  if (isTokenStale) await renewToken();
  return {
    Accept: "application/json",
    "Accept-Language": language,
    "Tus-Resumable": "1.0.0",
    "X-CSRF-Token": tokenHolder.content,
  };
}

async function ask(path, form) {
  const headers = { ...(await requestHeaders()), "Content-Type": "application/json" };
  return fetch(path, { method: "POST", headers, body: JSON.stringify(form) });
}

/** Brings a picture from an address of the web into the queue. */
async function fetchPicture() {
  hideProblem();
  fetchButton.disabled = true;
  fetchButton.textContent = text.textFetching;
  try {
    const url = URL.parse?.(addressInput.value.trim())?.href ?? addressInput.value.trim();
    const answer = await ask("/api/uploads/fetched", { url });
    const content = await answer.json().catch(() => null);
    if (answer.status === 201 && content) {
      const { id, filename: name, size_bytes: size } = content;
      const visibility = root.querySelector("[data-all-visibility]:checked").value;
      const item = new UploadItem({ name, size, address: `/api/uploads/${id}` }, visibility);
      items.push(item);
      queue.append(item.card);
      addressInput.value = "";
      refresh();
    } else {
      isTokenStale ||= answer.status === 401 || answer.status === 403;
      showProblem(reason(answer.status, content));
    }
  } catch {
    showProblem(text.textServer);
  } finally {
    fetchButton.disabled = false;
    fetchButton.textContent = text.textFetch;
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
  const visibility = root.querySelector("[data-all-visibility]:checked").value;
  for (const file of files) {
    if (isInQueue(file)) {
      showProblem(fill(text.textTwice, { name: file.name }));
      continue;
    }
    const item = new UploadItem(file, visibility);
    items.push(item);
    queue.append(item.card);
  }
  refresh();
}

function remove(item) {
  const cards = [...queue.children];
  const neighbour = cards[cards.indexOf(item.card) + 1] ?? cards[cards.indexOf(item.card) - 1];
  items = items.filter((other) => other !== item);
  item.upload.cancel();
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

/** Sends pictures and makes one post of them; resolves when that is done, refused or stopped. */
async function send(group) {
  const stop = () => {
    for (const item of group) if (item.isBusy) item.show("ready");
  };
  for (const item of group) {
    if (!(await item.send())) return stop();
  }
  try {
    const post = await UploadItem.makePost(group);
    for (const item of group) item.showPost(post);
  } catch (error) {
    if (error instanceof Stopped) return stop();
    if (!(error instanceof Refused)) throw error;
    for (const item of group) await item.fail(error, group.length === 1);
  }
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
      await send(group);
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
  showUnfinished();
}

/** Names what was broken off before the page was opened, and whose file is not in the queue. */
function showUnfinished() {
  const queued = new Set(items.map((item) => UnfinishedUploads.nameOf(item.file)));
  for (const entry of unfinishedPart.querySelectorAll("li")) {
    if (queued.has(entry.dataset.name)) entry.remove();
  }
  unfinishedPart.hidden = unfinishedPart.querySelector("li") === null;
}

async function findUnfinished() {
  for (const [name, address] of Object.entries(unfinished.all)) {
    const answer = await fetch(address, { headers: await requestHeaders() }).catch(() => null);
    if (answer?.status === 404 || answer?.status === 410) unfinished.forget(name);
    if (!answer?.ok) continue;
    const { filename, size_bytes: size, received_bytes: received } = await answer.json();
    const entry = unfinishedTemplate.content.firstElementChild.cloneNode(true);
    entry.dataset.name = name;
    const percent = Math.floor((received / Math.max(1, size)) * 100);
    entry.querySelector("[data-name]").textContent = fill(text.textUnfinished, {
      name: filename,
      percent,
    });
    entry.querySelector("[data-discard]").addEventListener("click", async () => {
      entry.remove();
      showUnfinished();
      unfinished.forget(name);
      fileInput.focus();
      await fetch(address, { method: "DELETE", headers: await requestHeaders() }).catch(() => {});
    });
    unfinishedPart.querySelector("ul").append(entry);
  }
  showUnfinished();
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

fetchButton.addEventListener("click", fetchPicture);

addressInput.addEventListener("keydown", (event) => {
  if (event.key === "Enter") fetchPicture();
});

for (const choice of root.querySelectorAll("[data-all-visibility]")) {
  choice.addEventListener("change", () => {
    for (const item of items.filter((item) => item.isOpen)) {
      item.find("[data-visibility]").value = choice.value;
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
  if (items.some((item) => item.isBusy || ["ready", "paused"].includes(item.state))) event.preventDefault();
});

// A page that comes back from the browser's cache starts afresh.
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const item of items) item.dispose();
  items = [];
  refresh();
});

findUnfinished();
