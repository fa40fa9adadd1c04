// Calls an answer of this session back to the page, and corrects it. Loaded behind the first task.

import { call, Problem } from "./delivery.js";
import { byId, say } from "./screen.js";
import { gettext } from "./words.js";

/** @typedef {import("./questions.js").Questions} Questions */

/** Above the task, until the next one. @param {string} text @param {"warn" | "info"} [tone] */
function paintNote(text, tone = "info") {
  const note = byId("note");
  note.className = `notice notice-${tone}`;
  say(note, text);
  note.hidden = false;
}

/** What the page lends: its state, and its hands.
 * @typedef {{
 *   state: {current: Assignment | null, correcting: Given | null, given: Given[]},
 *   questionsFor: (assignment: Assignment) => Questions, present: (assignment: Assignment) => void,
 *   next: () => void, repaint: () => void }} Page */

export class Corrections {
  /** @param {Page} page @param {{pending: Kept[]}} outbox
   * @param {{ready: Assignment[], url: (id: string, action: string) => string}} feed
   * @param {{leave: () => void, stop: () => void}} drafts */
  constructor(page, outbox, feed, drafts) {
    this.page = page;
    this.outbox = outbox;
    this.feed = feed;
    this.drafts = drafts;
  }

  /** The last answer that was handed in. */
  undo() {
    const last = this.page.state.given.findLast((one) => one.state !== "refused");
    if (last) this.correct(last);
    else paintNote(gettext("Nothing to undo: you have not answered anything since this page was opened."), "warn");
  }

  /** The answer is back on the page at once; the server is asked to open its task behind it. @param {Given} given */
  correct(given) {
    const { state, questionsFor, present, repaint } = this.page;
    if (state.current && !state.correcting) this.feed.ready.unshift({ ...state.current, draft: questionsFor(state.current).read() });
    if (state.correcting) state.given.push(state.correcting);
    this.drafts.leave();
    this.drafts.stop();
    state.given = state.given.filter((one) => one !== given);
    state.correcting = given;
    const assignment = { ...given.assignment, answer: given.answer };
    present(assignment);
    paintNote(gettext("You are correcting your answer. The old one stands until you submit."));
    repaint();
    void this.#reopen(assignment, given);
  }

  /** @param {Assignment} assignment @param {Given} given */
  async #reopen(assignment, given) {
    // Not sent yet: the correction simply follows it.
    if (this.outbox.pending.some((kept) => kept.assignment === assignment.id)) return;
    try {
      const { token, lease_expires_at } = await call(this.feed.url(assignment.id, "undo"), { token: assignment.token });
      Object.assign(assignment, { token: token ?? assignment.token, lease_expires_at });
    } catch (error) {
      if (!(error instanceof Problem) || this.page.state.current !== assignment) return;
      this.#leave(given);
      paintNote(gettext("That answer stays as it is: {why}", { why: error.message }), "warn");
    }
  }

  keepOldAnswer() {
    const { correcting } = this.page.state;
    if (correcting) this.#leave(correcting);
  }

  /** @param {Given} given */
  #leave(given) {
    this.page.state.given.push(given);
    this.page.next();
    this.page.repaint();
  }
}
