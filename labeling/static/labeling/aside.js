// What is done with a task beside answering it: skipped, flagged, said to be unanswerable, let stand, talked about.

import { askReason } from "./asking.js";
import { call } from "./delivery.js";
import { byId, paintComments, paintProblem, setting } from "./screen.js";
import { gettext } from "./words.js";

/** @typedef {import("./questions.js").Questions} Questions */

/** What the page lends: its state, and its hands.
 * @typedef {{
 *   state: {current: Assignment | null}, questionsFor: (assignment: Assignment) => Questions, next: () => void,
 *   submit: () => void, handIn: (assignment: Assignment, answer: Answer) => void }} Page */

const TALK = /** @type {Record<string, () => Promise<any>>} */ ({
  comments: () => import("./comments.js"),
  history: () => import("./history.js"),
});

export class Aside {
  /** @param {Page} page @param {{url: (id: string, action: string) => string}} feed @param {{drop: (id: string) => unknown}} drafts */
  constructor(page, feed, drafts) {
    this.page = page;
    this.feed = feed;
    this.drafts = drafts;
  }

  skip() {
    this.#pass("skip");
  }

  flag() {
    this.#pass("flag");
  }

  /** With a reason; server first: what did not arrive must not look as if it had. @param {string} action */
  #pass(action) {
    if (this.page.state.current) askReason(action, (reason) => this.#ask(action, reason));
  }

  /** @param {string} action @param {string} reason */
  async #ask(action, reason) {
    const { state, next } = this.page;
    const { current } = state;
    if (!current) return;
    try {
      await call(this.feed.url(current.id, action), { token: current.token, reason });
      void this.drafts.drop(current.id);
      if (state.current === current) next();
    } catch (error) {
      paintProblem(gettext("Not done: {why}", { why: /** @type {Error} */ (error).message }));
    }
  }

  /** @param {Questions} questions @param {number} missing the place of the first without an answer */
  askFor(questions, missing) {
    questions.activate(missing);
    const { question, control } = questions.parts[missing];
    const { title } = question;
    const problem = control.problem?.();
    if (problem) return paintProblem(`${title} ${problem}`);
    const how = setting("keys", "on") === "on" ? gettext("or press X if it cannot be answered") : gettext("or use “Can’t tell”");
    paintProblem(gettext("“{title}” has no answer yet. Give one, {how}.", { title, how }));
  }

  keys() {
    const { state, questionsFor } = this.page;
    /** @type {HTMLDialogElement} */ (byId("keys-dialog")).showModal();
    const questions = state.current ? questionsFor(state.current).schema.questions : [];
    void import("./settings.js").then((part) => part.paintKeys(questions), () => {});
  }

  unanswerable() {
    const { state, questionsFor, submit } = this.page;
    if (!state.current) return;
    askReason("unanswerable", (reason) => {
      if (!state.current) return;
      const questions = questionsFor(state.current);
      const answer = { ...questions.read(), [questions.active.id]: { unanswerable: reason } };
      questions.take(answer);
      if (questions.missing(answer) < 0) submit();
    });
  }

  /** An answer that was sent back stays, with a reason. */
  stand() {
    const { current } = this.page.state;
    if (!current?.returned) return;
    askReason("stand", (reason) => {
      current.note = reason;
      this.page.handIn(current, current.answer ?? {});
    });
  }

  comment() {
    void this.#look("comments");
  }

  history() {
    void this.#look("history");
  }

  /** Opens at once: keys that follow belong to it. @param {"comments" | "history"} what */
  async #look(what) {
    const { state, questionsFor } = this.page;
    const { current } = state;
    if (!current) return;
    const box = /** @type {HTMLDialogElement} */ (byId(`drawer-${what}`));
    box.showModal();
    box.querySelector("textarea")?.focus();
    const part = await TALK[what]().catch(() => null);
    part?.open(current, questionsFor(current).schema.questions, () => state.current === current && paintComments(current.comments));
  }
}
