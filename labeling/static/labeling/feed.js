// Claims tasks ahead of the reviewer, keeps their leases alive, gives idle ones back.

import { call, Problem, SignedOut } from "./delivery.js";

const FEWEST = 5;
const MOST = 50;
const AHEAD_SECONDS = 30;
const LONGEST_PAUSE = 3000;
const SLOWEST_LOOK = 30_000;
const REFUSED_PAUSE = 10_000;

/** @param {number[]} numbers */
export const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;

/** What an answer ends: a lease, or an answer’s being sent back. @param {Assignment} assignment */
export const leaseOf = ({ id, token, returned }) => `${id}:${returned ? `back ${returned.id}` : token}`;

/** Enough for half a minute without a server, at this reviewer's pace. @param {number[]} seconds */
export function depth(seconds) {
  if (seconds.length < 3) return FEWEST;
  return Math.min(MOST, Math.max(FEWEST, Math.ceil(AHEAD_SECONDS / Math.max(median(seconds), 0.1))));
}

export class Feed {
  /** @type {Assignment[]} claimed, not shown yet */
  ready = [];
  /** @type {Set<string>} leases that were answered: a late reply must not bring them back */
  answered = new Set();
  /** @type {Record<string, Schema>} */
  schemas = {};
  /** @type {number | null} */
  waiting = null;
  /** @type {"loading" | "ok" | "empty" | "offline" | "signed_out" | "refused"} */
  state = "loading";
  title = "";
  detail = "";
  stopped = false;
  #busy = false;
  #pause = 500;
  #look = 3000;
  #timer = 0;

  /**
   * @param {Desk} desk
   * @param {{held: () => string[], current: () => Assignment | null, pace: () => number[], onChange: () => void, prepare: (schemas: Schema[]) => Promise<void>}} page
   */
  constructor(desk, page) {
    this.desk = desk;
    this.page = page;
    this.lastSign = Date.now();
    for (const name of ["keydown", "pointerdown"]) addEventListener(name, () => (this.lastSign = Date.now()), { passive: true });
    for (const name of ["online", "focus"]) addEventListener(name, () => this.#soon(0));
    setInterval(() => this.#heartbeat(), (desk.lease_seconds * 1000) / 3);
  }

  /** @param {string} id @param {string} action */
  url(id, action) {
    return this.desk.urls.assignment.replace("{id}", encodeURIComponent(id)).replace("{action}", action);
  }

  /** The next one, at once. Once it is held, call refill(): it then counts as ours. */
  next() {
    return this.ready.shift() ?? null;
  }

  /** @param {Assignment} assignment */
  putBack(assignment) {
    this.ready.unshift(assignment);
  }

  async refill() {
    if (this.#busy || this.stopped || this.#timer || (this.#missing() < 3 && this.ready.length)) return;
    this.#busy = true;
    try {
      await this.#fill();
    } catch (error) {
      this.#failed(/** @type {Error} */ (error));
    } finally {
      this.#busy = false;
    }
    this.page.onChange();
  }

  /** Again at once while a fast reviewer has emptied the table meanwhile. */
  async #fill() {
    for (let missing = this.#missing(); missing > 0; missing = this.#missing()) {
      const got = await this.#claim(missing);
      if (got < missing || this.#missing() < 3) return;
      this.page.onChange();
    }
  }

  #missing() {
    return depth(this.page.pace()) - this.ready.length;
  }

  /** @param {number} count */
  async #claim(count) {
    const have = [...this.ready.map((held) => held.id), ...this.page.held()];
    /** @type {ClaimReply} */
    const reply = await call(this.desk.urls.claim, { count, have });
    await this.page.prepare(Object.values(reply.schemas));
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

  /** @param {Error} error */
  #failed(error) {
    const refused = error instanceof Problem;
    this.title = refused ? error.title : "";
    this.detail = error.message;
    this.state = error instanceof SignedOut ? "signed_out" : refused ? "refused" : "offline";
    this.#soon(refused ? REFUSED_PAUSE : this.#pause * (0.75 + Math.random() / 2));
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

  async #heartbeat() {
    if (this.stopped) return;
    const leases = await import("./leases.js").catch(() => null);
    // Nobody here for a whole lease: others may have what was fetched ahead.
    const idle = Date.now() - this.lastSign > this.desk.lease_seconds * 1000;
    await (idle ? leases?.giveBack(this) : leases?.renew(this));
  }
}
