// A file that is sent in pieces by tus 1.0.0 and goes on where it was broken off, also after a reload.

/** The bytes of one request, as proxies refuse larger bodies sooner or later. */
const pieceBytes = 8 * 1024 * 1024;

/** The server said no; `isPassing` when it may say yes a little later. */
export class Refused extends Error {
  constructor(status, problem, isPassing = status >= 500) {
    super(`refused with ${status}`);
    this.status = status;
    this.problem = problem;
    this.isPassing = isPassing;
  }
}

/** Somebody paused or cancelled. */
export class Stopped extends Error {}

/** Where the uploads of one member in this browser are, by what tells their files apart. */
export class UnfinishedUploads {
  constructor(member) {
    this.key = `uploads ${member}`;
  }

  static nameOf(file) {
    return [file.name, file.size, file.lastModified].join("/");
  }

  /** @returns {Object<string, string>} addresses by names of files */
  get all() {
    try {
      return JSON.parse(localStorage.getItem(this.key)) ?? {};
    } catch {
      return {};
    }
  }

  addressOf(file) {
    return this.all[UnfinishedUploads.nameOf(file)];
  }

  keep(file, address) {
    this.store({ ...this.all, [UnfinishedUploads.nameOf(file)]: address });
  }

  forget(name) {
    const { [name]: _, ...others } = this.all;
    this.store(others);
  }

  store(all) {
    try {
      localStorage.setItem(this.key, JSON.stringify(all));
    } catch {
      // Without storage an upload still survives a broken line, only no reload.
    }
  }
}

/** Does something until it works, with longer and longer pauses while only the line or the server is at fault. */
export async function persist(act, signal, onPause) {
  for (let failures = 0; ; failures += 1) {
    const before = act.progress;
    try {
      return await act();
    } catch (error) {
      if (signal.aborted) throw new Stopped();
      if (error instanceof Refused && !error.isPassing) throw error;
      if (act.progress !== before) failures = 0;
      onPause();
      await pause(Math.min(30_000, 500 * 2 ** failures), signal);
    }
  }
}

/** Waits, but no longer than until the line is back. */
function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const done = new AbortController();
    const options = { once: true, signal: done.signal };
    const end = (settle) => {
      clearTimeout(timer);
      done.abort();
      settle();
    };
    const timer = setTimeout(() => end(resolve), milliseconds);
    addEventListener("online", () => end(resolve), options);
    signal.addEventListener("abort", () => end(() => reject(new Stopped())), options);
  });
}

export class ResumableUpload {
  /** How many bytes the server has; null when it has to be asked. */
  offset = null;

  /** `headers` makes those of a request; `onProgress` gets the share that is sent, `onBreak` nothing. */
  constructor(file, unfinished, headers, { onProgress, onBreak }) {
    this.file = file;
    this.unfinished = unfinished;
    this.headers = headers;
    this.onProgress = onProgress;
    this.onBreak = onBreak;
    this.address = unfinished.addressOf(file);
  }

  get id() {
    return this.address?.split("/").at(-1);
  }

  /** Sends what the server has not yet; `signal` stops it. Throws `Refused` and `Stopped`. */
  async send(signal) {
    const go = async () => {
      await this.find(signal);
      while (this.offset < this.file.size) {
        await this.sendPiece(signal);
        go.progress = this.offset;
      }
    };
    await persist(go, signal, () => {
      this.offset = null;
      this.onBreak();
    });
  }

  /** Takes it back from the server. */
  async cancel() {
    this.forget();
    const { address } = this;
    this.address = undefined;
    this.offset = null;
    if (address) await this.ask("DELETE", address).catch(() => {});
  }

  forget() {
    this.unfinished.forget(UnfinishedUploads.nameOf(this.file));
  }

  /** Learns how far it is, and begins it where there is none. */
  async find(signal) {
    if (this.address && this.offset === null) {
      const answer = await this.ask("HEAD", this.address, {}, signal);
      if (answer.ok) this.offset = Number(answer.headers.get("Upload-Offset"));
      else if (answer.status === 404 || answer.status === 410) this.address = undefined;
      else throw new Refused(answer.status, null);
    }
    if (this.address) return;
    const bytes = new TextEncoder().encode(this.file.name);
    const name = btoa(String.fromCharCode(...bytes));
    const headers = { "Upload-Length": this.file.size, "Upload-Metadata": `filename ${name}` };
    const answer = await this.ask("POST", "/api/uploads", headers, signal);
    if (!answer.ok) throw new Refused(answer.status, await answer.json().catch(() => null));
    this.address = new URL(answer.headers.get("Location"), location.href).pathname;
    this.offset = 0;
    this.unfinished.keep(this.file, this.address);
  }

  async ask(method, address, headers = {}, signal = undefined) {
    return fetch(address, { method, headers: { ...(await this.headers()), ...headers }, signal });
  }

  async sendPiece(signal) {
    const headers = {
      ...(await this.headers()),
      "Content-Type": "application/offset+octet-stream",
      "Upload-Offset": this.offset,
    };
    const start = this.offset;
    const piece = this.file.slice(start, start + pieceBytes);
    await new Promise((resolve, reject) => {
      // What fetch does not tell is how much of a body is sent.
      const request = new XMLHttpRequest();
      request.open("PATCH", this.address);
      request.responseType = "json";
      for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
      request.upload.addEventListener("progress", ({ loaded }) => {
        this.onProgress(Math.min(1, (start + loaded) / this.file.size));
      });
      request.addEventListener("load", () => {
        if (request.status === 204) {
          this.offset = Number(request.getResponseHeader("Upload-Offset"));
          this.onProgress(this.offset / this.file.size);
          resolve();
        } else {
          // Another place than it was, another writer, or gone: what to do shows when it is asked for.
          const isPassing = request.status >= 500 || [404, 409, 410, 423].includes(request.status);
          reject(new Refused(request.status, request.response, isPassing));
        }
      });
      request.addEventListener("error", () => reject(new TypeError("the line broke")));
      request.addEventListener("abort", () => reject(new Stopped()));
      signal.addEventListener("abort", () => request.abort(), { once: true });
      if (signal.aborted) reject(new Stopped());
      else request.send(piece);
    });
  }
}
