// The questions as reviewers will see them, on a sample; what is answered here goes nowhere.

import * as keys from "../keys.js";
import * as parts from "../parts.js";
import { Questions } from "../questions.js";
import { byId, make, say, setting, take } from "../screen.js";
import { gettext } from "../words.js";

// Longer values are pictures and the like, which nobody edits as text.
const LONGEST = 500;

export class Preview {
  /** @type {Questions | null} */
  #questions = null;
  /** @type {Record<string, unknown>} */
  #payload;
  #shown = "";
  #turn = 0;
  /** @type {Schema | null} */
  #schema = null;
  #typed = false;

  /** @param {EditorData} data */
  constructor(data) {
    this.data = data;
    this.#payload = data.sample;
    this.area = /** @type {HTMLTextAreaElement} */ (byId("sample"));
    this.area.addEventListener("input", () => this.#read());
    byId("questions").addEventListener("keydown", (event) => this.#press(event));
    byId("fields").addEventListener("keydown", (event) => this.#press(event));
  }

  /** A schema that fits; null: what is shown is older than what is written. @param {Schema | null} schema */
  async show(schema) {
    byId("stale").hidden = Boolean(schema);
    if (!schema) return;
    const turn = ++this.#turn;
    await parts.loadAll(this.data.parts, [schema]);
    await Promise.all(schema.questions.map(({ kind }) => parts.kind(kind).hands?.()));
    if (turn !== this.#turn) return;
    this.#schema = schema;
    this.#complete(schema);
    this.#paint();
  }

  /** What the sample has not, it gets from its type. @param {Schema} schema */
  #complete(schema) {
    for (const { name, type } of schema.fields) {
      if (!(name in this.#payload)) this.#payload = { ...this.#payload, [name]: this.data.fields[type]?.sample ?? "" };
    }
    if (!this.#typed) this.area.value = JSON.stringify(this.#payload, this.#short, 2);
  }

  /** @param {string} name @param {unknown} value */
  #short = (name, value) =>
    typeof value === "string" && value.length > LONGEST ? gettext("({n} characters of {name})", { n: value.length, name }) : value;

  #read() {
    this.#typed = true;
    const wrong = byId("sample-problem");
    try {
      const kept = this.#payload;
      const long = Object.entries(kept).map(([name, value]) => /** @type {const} */ ([this.#short(name, value), value]));
      const read = JSON.parse(this.area.value, (_, value) => long.find(([short]) => short === value)?.[1] ?? value);
      if (typeof read !== "object" || read === null || Array.isArray(read)) throw new SyntaxError(gettext("must be an object"));
      this.#payload = read;
      say(wrong, "");
      this.#shown = "";
      this.#paint();
    } catch (error) {
      say(wrong, gettext("This is no JSON yet: {why}", { why: /** @type {Error} */ (error).message }));
    }
  }

  #paint() {
    const schema = this.#schema;
    const now = JSON.stringify([schema, this.#payload]);
    if (!schema || now === this.#shown) return;
    this.#shown = now;
    try {
      this.#build(schema);
      this.#say("");
    } catch (error) {
      this.#say(gettext("This sample cannot be shown: {why}", { why: /** @type {Error} */ (error).message }));
    }
  }

  /** @param {Schema} schema */
  #build(schema) {
    const answer = this.#stillFitting(schema);
    const assignment = /** @type {Assignment} */ ({ id: `preview-${this.#turn}-${Math.random()}`, token: 0, lease_expires_at: "", draft: null, task: this.#task() });
    this.#questions = new Questions(schema, () => this.#answered());
    void this.#questions.fetchHands();
    const item = take(assignment, schema);
    byId("fields").replaceChildren(item);
    byId("questions").replaceChildren(this.#questions.element);
    this.#questions.show(assignment, answer, [], item);
    this.#answered();
  }

  /** @returns {Task} */
  #task() {
    return { id: 0, schema_version: 0, payload: this.#payload, pre_label: null, blind: true, verdict: "review", reason: "", model: null };
  }

  /** What was answered to questions that are as they were. @param {Schema} schema @returns {Answer} */
  #stillFitting(schema) {
    const before = this.#questions;
    if (!before) return {};
    const same = new Set(before.schema.questions.map((question) => JSON.stringify(question)));
    const kept = schema.questions.filter((question) => same.has(JSON.stringify(question))).map(({ id }) => id);
    return Object.fromEntries(Object.entries(before.read()).filter(([id]) => kept.includes(id)));
  }

  #answered() {
    say(byId("answer-json"), JSON.stringify(this.#questions?.read() ?? {}, null, 2));
  }

  /** @param {string} text */
  #say(text) {
    const note = byId("preview-problem");
    note.replaceChildren(make("span", "", text));
    note.hidden = !text;
  }

  /** The keys of the workbench, while the focus is in here. @param {KeyboardEvent} event */
  #press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || event.isComposing) return;
    if (setting("keys", "on") === "off" || keys.isTyping(/** @type {Element} */ (event.target))) return;
    const press = keys.read(event);
    if (press.action === "undo") this.#questions?.undo();
    else if (press.action === "redo") this.#questions?.redo();
    else if (!press.action || !this.#questions?.act(press)) return;
    event.preventDefault();
  }
}
