// The form of a schema: guideline, fields of the input, questions. Built anew when a list changes.

import { make } from "../screen.js";
import { gettext } from "../words.js";
import * as inputs from "./inputs.js";
import { labelsOf } from "./labels.js";
import { whenOf } from "./when.js";

export class Form {
  /** @type {FormParts} */
  parts = { guideline: "", fields: [], questions: [] };

  /**
   * @param {HTMLElement} root @param {EditorData} data
   * @param {() => void} changed @param {(name: string, putBack: () => void) => void} removed
   */
  constructor(root, data, changed, removed) {
    this.root = root;
    this.data = data;
    this.changed = changed;
    this.removed = removed;
    /** @type {ListWork} */
    this.work = {
      changed,
      rebuilt: (focus) => this.#rebuilt(focus),
      move: (list, from, to, focus) => this.#move(list, from, to, focus),
      remove: (list, at, name, focus) => this.#remove(list, at, name, focus),
      moves: (element, list, at, focus) => this.#moves(element, list, at, focus),
    };
  }

  /** @param {FormParts} parts */
  show(parts) {
    this.parts = parts;
    this.#build();
  }

  #build() {
    const { fields, questions } = this.parts;
    const guideline = inputs.lines(this.parts, "guideline", 10, this.changed);
    this.root.replaceChildren(
      this.#list("questions", gettext("Questions"), gettext("Add a question"), questions.map((each, at) => this.#question(each, at)), () => this.#addQuestion()),
      this.#list("fields", gettext("Fields of the input"), gettext("Add a field"), fields.map((each, at) => this.#field(each, at)), () => this.#addField()),
      inputs.field("guideline", gettext("Guideline"), guideline, gettext("Markdown: # heading, **bold**, - list. Reviewers read it before their first task.")),
    );
  }

  /** @param {string} path @param {string} title @param {string} add @param {HTMLElement[]} parts @param {() => void} insert */
  #list(path, title, add, parts, insert) {
    const heading = make("h2", "", title);
    heading.id = `title-${path}`;
    const section = make("section", "stack stack-tight", heading, ...parts, inputs.slot(path));
    section.setAttribute("aria-labelledby", heading.id);
    section.append(make("div", "button-row", inputs.button(add, add, `add-${path}`, insert)));
    return section;
  }

  /** @param {string} focus the id of what has the focus then */
  #rebuilt(focus) {
    this.#build();
    const element = document.getElementById(focus);
    if (element instanceof HTMLButtonElement && element.disabled) element.closest(".part, .label-row")?.querySelector("input")?.focus();
    else element?.focus();
    this.changed();
  }

  /** @param {unknown[]} list @param {number} from @param {number} to @param {string} focus */
  #move(list, from, to, focus) {
    if (to < 0 || to >= list.length) return;
    list.splice(to, 0, ...list.splice(from, 1));
    this.#rebuilt(focus);
  }

  /** @param {unknown[]} list @param {number} at @param {string} name @param {string} focus */
  #remove(list, at, name, focus) {
    const [gone] = list.splice(at, 1);
    this.#rebuilt(focus);
    this.removed(name, () => {
      list.splice(at, 0, gone);
      this.#rebuilt(focus);
    });
  }

  /** Alt with an arrow moves what the focus is in. @param {HTMLElement} element @param {unknown[]} list @param {number} at @param {(to: number) => string} focus */
  #moves(element, list, at, focus) {
    element.addEventListener("keydown", (event) => {
      const by = event.altKey ? { ArrowUp: -1, ArrowDown: 1 }[event.key] : undefined;
      if (by === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      this.#move(list, at, at + by, focus(at + by));
    });
  }

  /** @param {string} path @param {string} title @param {string} name @param {unknown[]} list @param {number} at @param {string} first the key of its first input */
  #part(path, title, name, list, at, first) {
    const tool = (/** @type {number} */ to, /** @type {string} */ key) => `${key}-${path}[${to}]`;
    const up = inputs.button("↑", gettext("Move {name} up", { name }), tool(at, "up"), () => this.#move(list, at, at - 1, tool(at - 1, "up")));
    const down = inputs.button("↓", gettext("Move {name} down", { name }), tool(at, "down"), () => this.#move(list, at, at + 1, tool(at + 1, "down")));
    const remove = inputs.button(gettext("Remove"), gettext("Remove {name}", { name }), tool(at, "remove"), () => this.#remove(list, at, name, `in-${path}[${at}].${first}`));
    up.disabled = at === 0;
    down.disabled = at === list.length - 1;
    const heading = make("h3", "", title);
    heading.id = `title-${path}[${at}]`;
    const element = make("section", "part", make("div", "part-head", heading, up, down, remove));
    element.setAttribute("aria-labelledby", heading.id);
    this.#moves(element, list, at, (to) => `in-${path}[${to}].${first}`);
    return { element, heading };
  }

  /** @param {FormQuestion} question @param {number} at */
  #question(question, at) {
    const path = `questions[${at}]`;
    const named = () => question.title || question.id || gettext("Question {n}", { n: at + 1 });
    const { element, heading } = this.#part("questions", `${at + 1}. ${named()}`, named(), this.parts.questions, at, "title");
    const title = inputs.line(question, "title", this.changed);
    title.addEventListener("input", () => (heading.textContent = `${at + 1}. ${named()}`));
    const kind = inputs.choice(Object.keys(this.data.kinds).map((name) => [name, name]), question.kind, (name) => this.#turnInto(question, name, path));
    const required = inputs.tick(`${path}.required`, gettext("An answer is required"), question.required, (on) => {
      question.required = on;
      this.changed();
    });
    element.append(
      inputs.field(`${path}.title`, gettext("Question"), title),
      make("div", "part-row", inputs.field(`${path}.kind`, gettext("Kind"), kind), inputs.field(`${path}.id`, gettext("Id"), inputs.line(question, "id", this.changed), gettext("Answers are kept under it: new meaning, new id."))),
      inputs.field(`${path}.help`, gettext("Help (optional)"), inputs.lines(question, "help", 2, this.changed)),
      make("div", "part-row", required, whenOf(question, this.parts.questions.slice(0, at), path, this.work)),
    );
    if (this.data.kinds[question.kind]?.labels) element.append(labelsOf(question, path, this.work));
    element.append(this.#settings(question, path, this.data.kinds[question.kind] ?? { keys: [], example: "" }));
    return element;
  }

  /** What only the kind knows of. @param {{settings: string}} part @param {string} path @param {{keys: string[], example?: string}} known */
  #settings(part, path, { keys, example }) {
    if (!keys.length && !part.settings) return inputs.slot(path);
    const area = inputs.lines(part, "settings", Math.max(2, part.settings.split("\n").length), this.changed);
    area.classList.add("mono");
    area.spellcheck = false;
    if (example) area.placeholder = example;
    const hint = keys.length ? gettext("YAML. There are: {keys}.", { keys: keys.join(", ") }) : gettext("This kind knows no settings.");
    return inputs.field(path, gettext("Settings"), area, hint);
  }

  /** @param {FormQuestion} question @param {string} kind @param {string} path */
  #turnInto(question, kind, path) {
    question.kind = kind;
    const { labels, example } = this.data.kinds[kind];
    if (!question.settings) question.settings = example;
    if (labels && !question.labels.length) question.labels = [emptyLabel(), emptyLabel()];
    if (!labels) question.labels = [];
    this.#rebuilt(`in-${path}.kind`);
  }

  /** @param {FormField} field @param {number} at */
  #field(field, at) {
    const path = `fields[${at}]`;
    const named = () => field.name || gettext("Field {n}", { n: at + 1 });
    const { element, heading } = this.#part("fields", named(), named(), this.parts.fields, at, "name");
    const name = inputs.line(field, "name", this.changed);
    name.addEventListener("input", () => (heading.textContent = named()));
    const type = inputs.choice(Object.keys(this.data.fields).map((each) => [each, each]), field.type, (each) => {
      field.type = each;
      this.#rebuilt(`in-${path}.type`);
    });
    const required = inputs.tick(`${path}.required`, gettext("Every input has it"), field.required, (on) => {
      field.required = on;
      this.changed();
    });
    element.append(
      make("div", "part-row", inputs.field(`${path}.name`, gettext("Name"), name), inputs.field(`${path}.type`, gettext("Type"), type)),
      required,
      this.#settings(field, path, this.data.fields[field.type] ?? { keys: [] }),
    );
    return element;
  }

  #addQuestion() {
    const { questions } = this.parts;
    const taken = new Set(questions.map(({ id }) => id));
    let n = questions.length + 1;
    while (taken.has(`question_${n}`)) n += 1;
    const [kind] = Object.keys(this.data.kinds);
    const { labels, example } = this.data.kinds[kind];
    questions.push({ id: `question_${n}`, kind, title: "", required: true, help: "", when: null, labels: labels ? [emptyLabel(), emptyLabel()] : [], settings: example });
    this.#rebuilt(`in-questions[${questions.length - 1}].title`);
  }

  #addField() {
    const { fields } = this.parts;
    fields.push({ name: "", type: Object.keys(this.data.fields)[0], required: true, settings: "" });
    this.#rebuilt(`in-fields[${fields.length - 1}].name`);
  }
}

const emptyLabel = () => ({ id: "", name: "", description: "" });
