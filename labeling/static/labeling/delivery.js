// Calls the server, and keeps every answer in this browser until the server has confirmed it.

import { gettext } from "./words.js";

/** The server cannot be reached, is too slow or broken: try again later. */
export class Unreachable extends Error {}

/** The session has ended: sign in again; nothing is lost meanwhile. */
export class SignedOut extends Error {}

/** The server said no, with a sentence (RFC 9457). */
export class Problem extends Error {
  /** @param {number} status @param {{code?: string, detail?: string, title?: string}} body */
  constructor(status, body) {
    super(body.detail || body.title || gettext("The server answered {status}.", { status }));
    this.status = status;
    this.title = body.title ?? "";
    this.code = body.code ?? "";
  }
}

const PATIENCE = 4000;

/** @returns {HTMLMetaElement} */
const tokenIn = (/** @type {Document} */ page) =>
  /** @type {HTMLMetaElement} */ (page.querySelector('meta[name="csrf-token"]'));

/** @param {Document} page @returns {number | undefined} */
const userIn = (page) => JSON.parse(page.getElementById("desk")?.textContent ?? "{}").user?.id;

/** @param {string} url @param {RequestInit} init */
async function reach(url, init) {
  try {
    return await fetch(url, { credentials: "same-origin", ...init });
  } catch {
    throw new Unreachable(gettext("The server cannot be reached."));
  }
}

/** @param {string} url @param {unknown} body @param {boolean} keepalive */
function post(url, body, keepalive) {
  const signal = keepalive ? undefined : AbortSignal.timeout(PATIENCE);
  const headers = { "Content-Type": "application/json", "X-CSRFToken": tokenIn(document).content };
  return reach(url, { method: "POST", headers, body: JSON.stringify(body), keepalive, signal });
}

/** Signing in again changes the token; this same page carries the new one. */
async function renewToken() {
  const reply = await reach(location.href, { signal: AbortSignal.timeout(PATIENCE) });
  // Refused, not signed out: the call itself will say why.
  if (!reply.ok) return;
  const page = new DOMParser().parseFromString(await reply.text(), "text/html");
  if (userIn(page) === undefined) throw new SignedOut(gettext("You are signed out."));
  if (userIn(page) !== userIn(document)) throw new SignedOut(gettext("Somebody else is signed in here."));
  tokenIn(document).content = tokenIn(page).content;
}

/** @param {Response} reply @returns {Promise<any>} */
async function read(reply) {
  const body = await reply.json().catch(() => ({}));
  if (reply.ok) return body;
  if (reply.status === 401) throw new SignedOut(gettext("You are signed out."));
  if (reply.status >= 500) throw new Unreachable(gettext("The server has trouble."));
  throw new Problem(reply.status, body);
}

/** @param {string} url @param {unknown} body */
export async function call(url, body) {
  let reply = await post(url, body, false);
  if (reply.status === 403 || reply.status === 401) {
    // Signed in again in another tab? Then the new token makes it work.
    await renewToken();
    reply = await post(url, body, false);
  }
  return read(reply);
}

/** For a page that is being left: nobody waits for the reply.
 * @param {string} url @param {unknown} body */
export function callOnLeaving(url, body) {
  post(url, body, true).catch(() => {});
}

const SHELF = "overread-outbox";
const BATCH = 20;
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 3000;
const PAINT = 20;
const LEAVING_BYTES = 60_000;
// What waiting cannot mend. 401, 403, 429 and 5xx are tried again; nothing is thrown away.
const FINAL = [400, 404, 409, 410, 413, 422];

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** @returns {Promise<IDBDatabase>} */
function openStore() {
  const request = indexedDB.open(SHELF, 1);
  request.onupgradeneeded = () => request.result.createObjectStore("answers", { keyPath: "client_id" });
  return done(request);
}

/** The transaction starts in the caller's own turn: a key press is on its way to disk at once.
 * @param {IDBDatabase} db @param {(store: IDBObjectStore) => void} change @returns {Promise<void>} */
function write(db, change) {
  return new Promise((resolve, reject) => {
    const work = db.transaction("answers", "readwrite", { durability: "strict" });
    work.oncomplete = () => resolve();
    work.onabort = () => reject(work.error);
    change(work.objectStore("answers"));
    work.commit();
  });
}

/** @param {IDBDatabase} db @returns {Promise<Kept[]>} */
const readAll = (db) => done(db.transaction("answers").objectStore("answers").getAll());

/** @param {Kept} kept */
const wire = ({ assignment, token, client_id, answer, seconds, note, guess }) => ({ assignment, token, client_id, answer, seconds, note, guess });

export class Outbox {
  /** @type {Map<string, Kept>} every answer that is not confirmed, oldest first */
  #kept = new Map();
  /** @type {Set<string>} those that are surely on disk */
  #onDisk = new Set();
  /** @type {IDBDatabase | null} */
  #db = null;
  #user = 0;
  #size = BATCH;
  #pause = FIRST_PAUSE;
  #timer = 0;
  #sending = false;
  #again = false;
  #order = 0;

  /** @type {Delivery} */
  delivery = { state: "saved", detail: "" };
  /** False where the browser does not let us write (private window, full disk). */
  durable = true;

  /**
   * @param {number} user answers of anybody else on this browser are left alone
   * @param {() => void} onChange
   * @param {(kept: Kept, result: Result) => void} onResult
   */
  constructor(user, onChange, onResult) {
    this.#user = user;
    this.onChange = onChange;
    this.onResult = onResult;
  }

  async open() {
    try {
      this.#db = await openStore();
      await this.#collect();
    } catch {
      this.durable = false;
    }
    for (const name of ["online", "focus"]) addEventListener(name, () => this.flush());
    document.addEventListener("visibilitychange", () => this.flush());
    addEventListener("pagehide", () => this.#leave());
    this.flush();
  }

  get pending() {
    return [...this.#kept.values()].filter((kept) => !kept.refused);
  }

  get refused() {
    return [...this.#kept.values()].filter((kept) => kept.refused);
  }

  /** Starts the write in this very turn; the caller paints without waiting for it.
   * @param {Omit<Kept, "client_id" | "user" | "at">} answer */
  put(answer) {
    this.#order = Math.max(Date.now(), this.#order + 1);
    /** @type {Kept} */
    const kept = { ...answer, client_id: crypto.randomUUID(), user: this.#user, at: this.#order };
    this.#kept.set(kept.client_id, kept);
    this.#save(kept);
    // The next task is painted first; sending can wait that long.
    setTimeout(() => this.flush(), PAINT);
    return kept.client_id;
  }

  /** Sends now, whatever the pause. */
  flush() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    if (this.#sending) this.#again = true;
    else if (this.pending.length || this.delivery.state !== "saved") void this.#send();
  }

  /** Waits until all is confirmed, or until the time is over. @param {number} patience */
  async drained(patience) {
    this.flush();
    const until = Date.now() + patience;
    while (this.pending.length && Date.now() < until) await new Promise((go) => setTimeout(go, 50));
    return this.pending.length === 0;
  }

  /** A refusal was read. @param {string} clientId */
  dismiss(clientId) {
    void this.#forget([clientId]);
    this.onChange();
  }

  #tell(/** @type {Delivery["state"]} */ state, detail = "") {
    this.delivery = { state, detail };
    this.onChange();
  }

  /** @param {Kept} kept */
  #save(kept) {
    if (!this.#db) return;
    write(this.#db, (store) => store.put(kept)).then(
      () => this.#onDisk.add(kept.client_id),
      () => {
        this.durable = false;
        this.onChange();
      },
    );
  }

  /** @param {string[]} ids */
  async #forget(ids) {
    for (const id of ids) {
      this.#kept.delete(id);
      this.#onDisk.delete(id);
    }
    if (this.#db) await write(this.#db, (store) => ids.forEach((id) => store.delete(id))).catch(() => {});
  }

  /** What another tab left comes in; what another tab delivered goes out. */
  async #collect() {
    if (!this.#db) return;
    const sureBefore = new Set(this.#onDisk);
    const mine = (await readAll(this.#db)).filter((kept) => kept.user === this.#user);
    const there = new Set(mine.map((kept) => kept.client_id));
    for (const id of sureBefore) if (!there.has(id)) this.#kept.delete(id);
    for (const kept of mine) {
      this.#onDisk.add(kept.client_id);
      if (!this.#kept.has(kept.client_id)) this.#kept.set(kept.client_id, kept);
    }
    this.#kept = new Map([...this.#kept].sort(([, a], [, b]) => a.at - b.at));
  }

  async #send() {
    this.#sending = true;
    try {
      do {
        this.#again = false;
        // One sender per person, whatever the number of tabs.
        await navigator.locks.request(`overread-outbox-${this.#user}`, () => this.#drain());
      } while (this.#again);
      this.#pause = FIRST_PAUSE;
      this.#tell("saved");
    } catch (error) {
      this.#wait(/** @type {Error} */ (error));
    } finally {
      this.#sending = false;
    }
    // Answered in the very moment the sender stopped.
    if (!this.#timer && this.pending.length) this.flush();
  }

  async #drain() {
    await this.#collect();
    for (let open = this.pending; open.length; open = this.pending) {
      this.#tell("sending");
      const batch = open.filter((kept) => kept.url === open[0].url).slice(0, this.#size);
      await this.#deliver(batch);
    }
  }

  /** @param {Kept[]} batch */
  async #deliver(batch) {
    try {
      const reply = await call(batch[0].url, { items: batch.map(wire) });
      await this.#settle(batch, reply.results);
      this.#size = BATCH;
    } catch (error) {
      if (!(error instanceof Problem) || !FINAL.includes(error.status)) throw error;
      // One bad answer must not hold up the others: they go one by one.
      if (batch.length === 1) this.#refuse(batch[0], error.code, error.message);
      this.#size = 1;
    }
  }

  /** @param {Kept[]} batch @param {Result[]} results */
  async #settle(batch, results) {
    const byId = new Map(results.map((result) => [result.client_id, result]));
    const confirmed = [];
    for (const kept of batch) {
      const result = byId.get(kept.client_id);
      if (result?.ok) confirmed.push(kept.client_id);
      if (result?.ok) this.onResult(kept, result);
      else if (result?.final) this.#refuse(kept, result.code ?? "", result.detail ?? "");
    }
    await this.#forget(confirmed);
    if (batch.every((kept) => this.#kept.has(kept.client_id) && !kept.refused)) {
      throw new Error(results[0]?.detail || gettext("The server did not take the answers."));
    }
  }

  /** Shown until it was read, also after a reload: never dropped silently.
   * @param {Kept} kept @param {string} code @param {string} detail */
  #refuse(kept, code, detail) {
    kept.refused = { code, detail };
    this.#save(kept);
    this.onResult(kept, { client_id: kept.client_id, ok: false, final: true, code, detail });
  }

  /** @param {Error} error */
  #wait(error) {
    const pause = this.#pause * (0.75 + Math.random() / 2);
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
    this.#timer = setTimeout(() => this.flush(), pause);
    if (error instanceof SignedOut) this.#tell("signed_out", error.message);
    else if (error instanceof Problem) this.#tell("error", error.message);
    else this.#tell("offline", error.message);
  }

  /** The page goes away: a last try that outlives it. Twice is harmless, ids are unique. */
  #leave() {
    const batch = this.pending.slice(0, BATCH);
    const body = { items: batch.filter((kept) => kept.url === batch[0].url).map(wire) };
    if (batch.length && JSON.stringify(body).length < LEAVING_BYTES) callOnLeaving(batch[0].url, body);
  }
}
