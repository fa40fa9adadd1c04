// Calls the server, and keeps every answer in this browser until the server has confirmed it.

import * as store from "./store.js";
import { gettext } from "./words.js";

/** The server cannot be reached, is too slow or broken: try again later. */
export class Unreachable extends Error {
  /** Seconds that the server asks us to wait. */
  retryAfter = 0;
}

/** The session has ended, or (`other`) is somebody else's: sign in again; nothing is lost meanwhile. */
export class SignedOut extends Error {
  /** @param {string} text @param {boolean} [other] */
  constructor(text, other = false) {
    super(text);
    this.other = other;
  }
}

/** The server said no, with a sentence (RFC 9457). */
export class Problem extends Error {
  retryAfter = 0;

  /** @param {number} status @param {{code?: string, detail?: string, title?: string}} body */
  constructor(status, body) {
    super(body.detail || body.title || gettext("The server answered {status}.", { status }));
    this.status = status;
    this.title = body.title ?? "";
    this.code = body.code ?? "";
  }
}

const PATIENCE = 4000;
const LONGEST_WAIT = 300;

/** What to do when the session seems to be over (session_over.js puts it here). */
export const session = { renew: async () => {} };

/** Where this page carries the token of its session. @param {Document} page @returns {NodeListOf<any>} */
export const tokensIn = (page) => page.querySelectorAll("[name=csrf-token], [name=csrfmiddlewaretoken]");

/** @param {string} url @param {RequestInit} [init] */
export async function reach(url, init = { signal: AbortSignal.timeout(PATIENCE) }) {
  try {
    return await fetch(url, { credentials: "same-origin", ...init });
  } catch {
    throw new Unreachable(gettext("The server cannot be reached."));
  }
}

/** Whose page it is. @param {Document} page */
export const userIn = (page) => page.querySelector("form[data-sign-out]")?.getAttribute("data-user");

/** @param {string} url @param {unknown} body @param {boolean} [keepalive] */
export function post(url, body, keepalive) {
  const signal = keepalive ? undefined : AbortSignal.timeout(PATIENCE);
  const [token] = tokensIn(document);
  const headers = { "Content-Type": "application/json", "X-CSRFToken": token.content ?? token.value, "X-Overread-User": userIn(document) ?? "" };
  return reach(url, { method: "POST", headers, body: JSON.stringify(body), keepalive, signal });
}

/** @param {Response} reply @returns {Promise<any>} */
async function read(reply) {
  const body = await reply.json().catch(() => ({}));
  if (reply.ok) return body;
  if (reply.status === 401) throw new SignedOut(gettext("You are signed out."));
  const error = reply.status < 500 ? new Problem(reply.status, body) : new Unreachable(gettext("The server has trouble."));
  error.retryAfter = Math.min(Number(reply.headers.get("Retry-After")) || 0, LONGEST_WAIT);
  throw error;
}

/** @param {string} url @param {unknown} body */
export async function call(url, body) {
  let reply = await post(url, body);
  if (reply.status === 403 || reply.status === 401) {
    // Signed in again in another tab? Then the new token makes it work.
    await session.renew();
    reply = await post(url, body);
  }
  return read(reply);
}

const PAINT = 20;

/** What is answered and not confirmed, in memory and on disk; sender.js sends it. */
export class Outbox {
  /** @type {Map<string, Kept>} every answer that is not confirmed, oldest first */
  #kept = new Map();
  /** @type {Set<string>} those that are surely on disk */
  #onDisk = new Set();
  /** @type {Set<string>} those that the browser would not write */
  #unsafe = new Set();
  #order = 0;
  /** @type {IDBDatabase | null} */
  db = null;
  /** False where the browser does not let us write (private window, full disk). */
  durable = true;
  /** @type {Delivery} */
  delivery = { state: "saved", detail: "" };

  /**
   * @param {number} user answers of anybody else on this browser are left alone
   * @param {{onChange: (error?: Error) => void, onResult?: (kept: Kept, result: Result) => void, onPut: () => void}} page
   */
  constructor(user, page) {
    this.user = user;
    this.page = page;
  }

  open() {
    return new Promise((go) => {
      const lost = () => go(this.#lost());
      store.open((db) => go(this.#found(db).catch(lost)), lost);
    });
  }

  /** @param {IDBDatabase} db */
  async #found(db) {
    this.db = db;
    this.durable = true;
    await this.collect();
    // A clock that was set back must not put a correction before what it corrects.
    this.#order = Math.max(0, ...[...this.#kept.values()].map((kept) => kept.at));
    for (const kept of this.#kept.values()) if (!this.#onDisk.has(kept.client_id)) this.save(kept);
  }

  /** Goes on from memory. */
  #lost() {
    this.db = null;
    this.durable = false;
    for (const id of this.#kept.keys()) this.#unsafe.add(id);
    this.page.onChange();
  }

  get pending() {
    return [...this.#kept.values()].filter((kept) => !kept.refused);
  }

  get refused() {
    return [...this.#kept.values()].filter((kept) => kept.refused);
  }

  /** Whether closing this tab would lose something. */
  get atRisk() {
    return this.pending.some((kept) => this.#unsafe.has(kept.client_id));
  }

  /** Whether this browser has unfinished answers of this person. */
  async hasDrafts() {
    return this.db !== null && (await store.readAll(this.db, "drafts", this.user).catch(() => [])).length > 0;
  }

  /** Starts the write in this very turn; the caller paints without waiting for it.
   * @param {Omit<Kept, "client_id" | "user" | "at">} answer */
  put(answer) {
    this.#order = Math.max(Date.now(), this.#order + 1);
    /** @type {Kept} */
    const kept = { ...answer, client_id: crypto.randomUUID(), user: this.user, at: this.#order };
    const before = [...this.#unsafe];
    this.#kept.set(kept.client_id, kept);
    this.save(kept);
    for (const id of before) this.save(/** @type {Kept} */ (this.#kept.get(id)));
    // The next task is painted first; sending can wait that long.
    setTimeout(this.page.onPut, PAINT);
    return kept.client_id;
  }

  /** Its draft goes with it. @param {Kept} kept */
  save(kept) {
    const { client_id: id, user, assignment } = kept;
    const failed = () => {
      this.durable = false;
      if (this.#kept.has(id)) this.#unsafe.add(id);
      this.page.onChange();
    };
    if (!this.db) return failed();
    const written = store.write(this.db, (answers, drafts) => {
      answers.put(kept);
      drafts.delete([user, assignment]);
    });
    written.then(() => {
      this.durable = true;
      this.#unsafe.delete(id);
      if (this.#kept.has(id)) this.#onDisk.add(id);
    }).catch(failed);
  }

  /** Confirmed, or refused and read. @param {string[]} ids */
  async forget(ids) {
    for (const id of ids) for (const set of [this.#kept, this.#onDisk, this.#unsafe]) set.delete(id);
    if (this.db) await store.write(this.db, (answers) => ids.forEach((id) => answers.delete(id))).catch(() => {});
  }

  /** What another tab left comes in; what another tab delivered goes out. */
  async collect() {
    if (!this.db) return;
    const sureBefore = [...this.#onDisk];
    /** @type {Kept[]} */
    const mine = await store.readAll(this.db, "answers", this.user);
    const there = new Set(mine.map((kept) => kept.client_id));
    for (const id of sureBefore) if (!there.has(id)) this.#kept.delete(id);
    for (const kept of mine) {
      this.#onDisk.add(kept.client_id);
      if (!this.#kept.has(kept.client_id)) this.#kept.set(kept.client_id, kept);
    }
    this.#kept = new Map([...this.#kept].sort(([, a], [, b]) => a.at - b.at));
  }

  /** @param {Delivery["state"]} state @param {Error} [error] */
  tell(state, error) {
    this.delivery = { state, detail: error?.message ?? "" };
    this.page.onChange(error);
  }
}
