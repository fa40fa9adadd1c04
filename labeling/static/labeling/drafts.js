// Unfinished answers: in this browser at each change, with the server at each pause.
// Loaded behind the first task, or before it where there is a draft.

import { call } from "./delivery.js";
import { callOnLeaving } from "./leaving.js";
import * as store from "./store.js";

const PAUSE = 1500;
const OLD = 30 * 24 * 60 * 60 * 1000;

export class Drafts {
  /** @type {LocalDraft | null} of the task on the screen */
  #now = null;
  #writing = false;
  #timer = 0;
  #sending = false;

  /** @param {{db: IDBDatabase | null, user: number}} outbox whose shelf they share
   * @param {number} queue @param {(assignment: string) => string} url */
  constructor(outbox, queue, url) {
    this.outbox = outbox;
    this.queue = queue;
    this.url = url;
    addEventListener("pagehide", () => this.leave());
  }

  /** What is on the screen changed. @param {Assignment} assignment @param {Answer} answer */
  changed({ id, token, draft_at, guess }, answer) {
    const base = this.#now?.assignment === id ? this.#now.base : (draft_at ?? null);
    this.#now = { user: this.outbox.user, queue: this.queue, assignment: id, token, answer, guess, at: Date.now(), base, sent: false };
    void this.#write();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#send(), PAUSE);
  }

  /** Handed in, skipped or put back: nothing of it is sent any more. */
  stop() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#now = null;
  }

  /** What was not sent yet goes out without waiting for the pause, or for the reply. */
  leave() {
    if (this.#now && !this.#now.sent) callOnLeaving(this.url(this.#now.assignment), this.#body(this.#now));
    clearTimeout(this.#timer);
  }

  /** A skipped task needs its draft no more. @param {string} assignment */
  async drop(assignment) {
    const { db, user } = this.outbox;
    if (db) await store.write(db, (_answers, drafts) => drafts.delete([user, assignment])).catch(() => {});
  }

  /** One write at a time, the newest wins: drawing and typing change often. */
  async #write() {
    if (this.#writing) return;
    this.#writing = true;
    for (let last = null; this.#now && this.#now !== last && this.outbox.db; ) {
      const draft = (last = this.#now);
      await store.write(this.outbox.db, (_answers, drafts) => drafts.put(draft)).catch(() => {});
    }
    this.#writing = false;
  }

  /** @param {LocalDraft} draft */
  #body({ token, answer, guess }) {
    return { token, answer, guess };
  }

  /** One at a time, so that an older one never comes last. */
  async #send() {
    const draft = this.#now;
    if (!draft || draft.sent) return;
    if (this.#sending) return void (this.#timer = setTimeout(() => this.#send(), PAUSE));
    this.#sending = true;
    const reply = await call(this.url(draft.assignment), this.#body(draft)).catch(() => null);
    this.#sending = false;
    if (!reply?.kept || this.#now?.assignment !== draft.assignment) return;
    const same = this.#now === draft;
    this.#now = { ...this.#now, base: reply.draft_at, sent: same };
    if (same) void this.#write();
  }

  /** Drafts of this queue that this browser has, newest first; those long forgotten go. */
  async kept() {
    const { db, user } = this.outbox;
    /** @type {LocalDraft[]} */
    const all = db ? await store.readAll(db, "drafts", user).catch(() => []) : [];
    for (const old of all.filter((draft) => Date.now() - draft.at > OLD)) void this.drop(old.assignment);
    return all.filter((draft) => draft.queue === this.queue).sort((a, b) => b.at - a.at);
  }

  /** Of what came from the server: a draft that never reached it is newer than what it has,
   * unless another browser has sent one since. @param {Assignment[]} assignments */
  async mend(assignments) {
    const mine = new Map((await this.kept()).map((draft) => [draft.assignment, draft]));
    for (const assignment of assignments) {
      const draft = mine.get(assignment.id);
      const theirs = assignment.draft_at;
      // The model's answer was seen: that is so in every browser.
      assignment.guess ??= draft?.guess;
      if (!draft || draft.sent) continue;
      if (!theirs || theirs === draft.base || draft.at > Date.parse(theirs)) assignment.draft = draft.answer;
    }
  }
}
