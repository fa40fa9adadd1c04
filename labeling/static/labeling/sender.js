// Sends what the outbox keeps, until the server has confirmed it. Loaded behind the first task.

import { call, Problem, SignedOut } from "./delivery.js";
import { callOnLeaving } from "./leaving.js";
import { gettext } from "./words.js";

const BATCH = 20;
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 3000;
const LEAVING_BYTES = 60_000;
// What waiting cannot mend. 401, 403, 429 and 5xx are tried again; nothing is thrown away.
const FINAL = [400, 404, 409, 410, 413, 422];

/** @typedef {{user: number, pending: Kept[], delivery: Delivery, save: (kept: Kept) => void, forget: (ids: string[]) => Promise<void>, collect: () => Promise<void>, tell: (state: Delivery["state"], error?: Error) => void, page: {onResult?: (kept: Kept, result: Result) => void}}} Shelf */

/** @param {Kept} kept */
const wire = ({ assignment, token, client_id, answer, seconds, note, guess }) => ({ assignment, token, client_id, answer, seconds, note, guess });

export class Sender {
  #size = BATCH;
  #pause = FIRST_PAUSE;
  #notBefore = 0;
  #timer = 0;
  #sending = false;
  #again = false;

  /** @param {Shelf} outbox */
  constructor(outbox) {
    this.outbox = outbox;
    for (const name of ["online", "focus"]) addEventListener(name, () => this.flush());
    document.addEventListener("visibilitychange", () => this.flush());
    addEventListener("pagehide", () => this.#leave());
    this.flush();
  }

  /** Something was answered; a server in trouble is not hurried by that. */
  answered() {
    if (!this.#timer) this.flush();
  }

  /** Sends now, whatever the pause; but not before the server wants to hear from us. */
  flush() {
    if (this.#sending) this.#again = true;
    else if (performance.now() >= this.#notBefore) {
      clearTimeout(this.#timer);
      this.#timer = 0;
      if (this.outbox.pending.length || this.outbox.delivery.state !== "saved") void this.#send();
    }
  }

  async #send() {
    this.#sending = true;
    try {
      do {
        this.#again = false;
        // One sender per person, whatever the number of tabs.
        await navigator.locks.request(`overread-outbox-${this.outbox.user}`, () => this.#drain());
      } while (this.#again);
      this.#pause = FIRST_PAUSE;
      this.outbox.tell("saved");
    } catch (error) {
      this.#wait(/** @type {Error} */ (error));
    } finally {
      this.#sending = false;
    }
    // Answered in the very moment the sender stopped.
    if (!this.#timer && this.outbox.pending.length) this.flush();
  }

  async #drain() {
    const { outbox } = this;
    // A shelf that broke meanwhile: what is in memory is sent all the same.
    await outbox.collect().catch(() => {});
    for (let open = outbox.pending; open.length; open = outbox.pending) {
      outbox.tell("sending");
      await this.#deliver(open.filter((kept) => kept.url === open[0].url).slice(0, this.#size));
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
      if (result?.ok) this.outbox.page.onResult?.(kept, result);
      else if (result?.final) this.#refuse(kept, result.code ?? "", result.detail ?? "");
    }
    await this.outbox.forget(confirmed);
    if (!confirmed.length && batch.every((kept) => !kept.refused)) {
      throw new Error(results[0]?.detail || gettext("The server did not take the answers."));
    }
  }

  /** Shown until it was read, also after a reload: never dropped silently.
   * @param {Kept} kept @param {string} code @param {string} detail */
  #refuse(kept, code, detail) {
    kept.refused = { code, detail };
    this.outbox.save(kept);
    this.outbox.page.onResult?.(kept, { client_id: kept.client_id, ok: false, final: true, code, detail });
  }

  /** @param {any} error */
  #wait(error) {
    const asked = 1000 * (error.retryAfter ?? 0);
    // Never all at the same moment, and never earlier than the server asked.
    const pause = Math.max(this.#pause * (0.75 + Math.random() / 2), asked * (1 + Math.random() / 4));
    this.#notBefore = asked && performance.now() + pause;
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
    this.#timer = setTimeout(() => this.flush(), pause + 1);
    const signedOut = error instanceof SignedOut;
    const known = signedOut ? (error.other ? "somebody" : "signed_out") : error instanceof Problem ? "error" : "offline";
    this.outbox.tell(known, error);
  }

  /** The page goes away: a last try that outlives it. Twice is harmless, ids are unique. */
  #leave() {
    const batch = this.outbox.pending.slice(0, BATCH);
    const body = { items: batch.filter((kept) => kept.url === batch[0].url).map(wire) };
    if (batch.length && JSON.stringify(body).length < LEAVING_BYTES) callOnLeaving(batch[0].url, body);
  }
}
