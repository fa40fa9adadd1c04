// Claims tasks ahead of the reviewer; leases.js says how many, and keeps them.

import { call, Problem, SignedOut } from "./delivery.js";

const FEWEST = 5;
const MOST_AT_ONCE = 50;
const LONGEST_PAUSE = 3000;
const SLOWEST_LOOK = 30_000;
const REFUSED_PAUSE = 10;

/** What an answer ends: a lease, or an answer’s being sent back. @param {Assignment} assignment */
export const leaseOf = ({ id, token, returned }) => `${id}:${returned ? `back ${returned.id}` : token}`;

/** Whether something of its payload lies elsewhere still. @param {Assignment} assignment */
export const isUnfetched = ({ media, fetched }) => Boolean(media?.length) && !fetched;

export class Feed {
  /** @type {Assignment[]} claimed, not shown yet */
  ready = [];
  /** @type {Set<string>} leases that were answered: a late reply must not bring them back */
  answered = new Set();
  /** @type {Record<string, Schema>} */
  schemas = {};
  /** @type {number | null} */
  waiting = null;
  /** @type {"loading" | "ok" | "empty" | "offline" | "signed_out" | "somebody" | "refused"} */
  state = "loading";
  title = "";
  detail = "";
  stopped = false;
  /** What was in hand when the browser died comes first. */
  first = "";
  /** How many to hold ahead. */
  depth = () => FEWEST;
  #busy = false;
  #pause = 500;
  #look = 3000;
  // Small at first and after trouble: a reply too large for the line would never arrive.
  #most = FEWEST;
  #timer = 0;

  /**
   * @param {Desk} desk
   * @param {{held: () => string[], current: () => Assignment | null, pace: () => number[], onChange: () => void, prepare: (reply: ClaimReply) => Promise<unknown>}} page
   */
  constructor(desk, page) {
    this.desk = desk;
    this.page = page;
    for (const name of ["online", "focus"]) addEventListener(name, () => this.#soon(0));
  }

  /** @param {string} id @param {string} action */
  url(id, action) {
    return this.desk.urls.assignment.replace("{id}", encodeURIComponent(id)).replace("{action}", action);
  }

  /** The next one, at once. Once it is held, call refill(): it then counts as ours. */
  next() {
    const [first] = this.ready;
    return !first || isUnfetched(first) ? null : (this.ready.shift() ?? null);
  }

  async refill() {
    if (this.#busy || this.stopped || this.#timer) return;
    // After trouble it asks once more, even with a full table: the page must know that it is over.
    if (this.state === "ok" && this.#isEnough()) return;
    this.#busy = true;
    try {
      await this.#fill();
    } catch (error) {
      this.failed(/** @type {Error} */ (error));
    } finally {
      this.#busy = false;
    }
    this.page.onChange();
  }

  /** Again at once while a fast reviewer has emptied the table meanwhile. */
  async #fill() {
    do {
      const asked = Math.min(this.#missing(), this.#most);
      const got = await this.#claim(Math.max(asked, 1));
      this.#most = Math.min(this.#most * 2, MOST_AT_ONCE);
      if (got < asked) return;
      this.page.onChange();
    } while (!this.stopped && !this.#isEnough());
  }

  #missing() {
    return this.depth() - this.ready.length;
  }

  /** Not a call for each answer: a tenth of it may be missing. */
  #isEnough() {
    const missing = this.#missing();
    return missing <= 0 || (this.ready.length > 0 && missing < Math.max(3, this.depth() / 10));
  }

  /** @param {number} count */
  async #claim(count) {
    const have = [...this.ready.map((held) => held.id), ...this.page.held()];
    /** @type {ClaimReply} */
    const reply = await call(this.desk.urls.claim, { count, have, first: this.first, schemas: Object.keys(this.schemas) });
    this.first = "";
    await this.page.prepare(reply);
    Object.assign(this.schemas, reply.schemas);
    const fresh = this.#unknown(reply.assignments, have);
    // What was sent back comes first.
    this.ready.unshift(...fresh.filter((one) => one.returned));
    this.ready.push(...fresh.filter((one) => !one.returned));
    this.waiting = reply.waiting;
    this.state = this.ready.length ? "ok" : "empty";
    this.#pause = 500;
    this.#look = fresh.length ? 3000 : Math.min(this.#look * 1.5, SLOWEST_LOOK);
    if (!this.ready.length) this.#soon(this.#look);
    return fresh.length;
  }

  /** What was answered meanwhile is not shown again; a lease of ours that ran out has a new token.
   * @param {Assignment[]} assignments @param {string[]} have */
  #unknown(assignments, have) {
    const known = new Set([...have, ...this.page.held()]);
    const current = this.page.current();
    for (const held of current ? [current, ...this.ready] : this.ready) {
      const again = assignments.find((assignment) => assignment.id === held.id);
      if (again) Object.assign(held, { token: again.token, lease_expires_at: again.lease_expires_at });
    }
    return assignments.filter((one) => !known.has(one.id) && !this.answered.has(leaseOf(one)));
  }

  /** @param {any} error */
  failed(error) {
    const refused = error instanceof Problem;
    this.title = error.title ?? "";
    this.detail = error.message;
    this.state = error instanceof SignedOut ? (error.other ? "somebody" : "signed_out") : refused ? "refused" : "offline";
    // Tasks of one person are not left on the screen of another.
    if (this.state === "somebody") this.ready = [];
    this.#most = FEWEST;
    const asked = 1000 * Math.max(error.retryAfter ?? 0, refused ? REFUSED_PAUSE : 0);
    this.#soon(Math.max(asked, this.#pause * (0.75 + Math.random() / 2)));
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
  }

  /** @param {number} pause */
  #soon(pause) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = 0;
      void this.refill();
    }, pause);
  }
}
