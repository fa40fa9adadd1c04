// The editor of a schema: a form and a text that say the same, checked while they are written.

import { byId, make } from "../screen.js";
import { gettext } from "../words.js";
import { Form } from "./form.js";
import { Preview } from "./preview.js";
import * as problems from "./problems.js";

const PAUSE = 300;

/** @type {EditorData} */
const data = JSON.parse(byId("editor-data").textContent ?? "");
const page = byId("editor");
const edit = /** @type {HTMLFormElement} */ (byId("edit"));
const text = /** @type {HTMLTextAreaElement} */ (byId("text"));
const told = byId("told");
const gone = byId("removed");
const form = new Form(byId("form"), data, touched, removed);
const preview = new Preview(data);

const state = {
  /** @type {"form" | "text"} */
  how: "form",
  turn: 0,
  timer: 0,
  changed: false,
  /** The form or text as it stands is being handed in. */
  leaving: false,
  /** @type {Checked | null} */
  last: null,
};

/** @param {"form" | "text"} how */
function show(how) {
  state.how = how;
  page.dataset.how = how;
  for (const input of edit.elements) {
    if (input instanceof HTMLInputElement && input.name === "how") input.checked = input.value === how;
  }
}

/** Asked again a moment after the last key. */
function touched() {
  state.changed = true;
  clearTimeout(state.timer);
  state.timer = setTimeout(() => void check(), PAUSE);
}

/** What is wrong with what is written; null when the server cannot be asked or more was written meanwhile. */
async function check() {
  clearTimeout(state.timer);
  const turn = ++state.turn;
  const body = new URLSearchParams(state.how === "form" ? { form: JSON.stringify(form.parts) } : { text: text.value });
  const found = await ask(body);
  if (turn !== state.turn) return null;
  state.last = found;
  if (found) checked(found);
  else problems.say(told, gettext("The server cannot be reached, so nothing is checked just now. What you wrote stays on this page."));
  return found;
}

/** @param {URLSearchParams} body @returns {Promise<Checked | null>} */
async function ask(body) {
  const token = /** @type {HTMLMetaElement} */ (document.querySelector('meta[name="csrf-token"]')).content;
  const headers = { "X-CSRFToken": token, Accept: "application/json" };
  try {
    const reply = await fetch(page.dataset.check ?? "", { method: "POST", body, headers });
    return reply.ok ? await reply.json() : null;
  } catch {
    return null;
  }
}

/** @param {Checked} found */
function checked(found) {
  if (state.how === "form") {
    if (found.text) text.value = found.text;
    problems.paintForm(byId("form"), told, found.problems);
  } else {
    problems.paintText(byId("text-problems"), text, told, found.problems);
  }
  void preview.show(found.schema);
}

/** @param {"form" | "text"} how */
async function turnTo(how) {
  const found = await check();
  if (how === "form" && found?.form) {
    // what was removed from the form before is not in this one
    gone.hidden = true;
    form.show(found.form);
    show("form");
    problems.paintForm(byId("form"), told, found.problems);
  } else if (how === "text" && found?.text) {
    show("text");
    problems.paintText(byId("text-problems"), text, told, found.problems);
    text.focus();
  } else {
    show(state.how);
    const why = how === "form" ? gettext("This text cannot be shown as a form: mend it first.") : gettext("Mend the settings that are no YAML first.");
    if (found) problems.say(told, why);
  }
}

/** @param {string} name @param {() => void} putBack */
function removed(name, putBack) {
  const button = make("button", "button button-small", gettext("Put it back"));
  button.type = "button";
  button.addEventListener("click", () => {
    gone.hidden = true;
    putBack();
  });
  problems.say(gone, gettext("{name} is removed.", { name }), button);
  button.focus();
}

/** The text is what is sent; it must say what the form says.
 * @param {SubmitEvent} event */
async function hand(event) {
  if (state.leaving) return;
  event.preventDefault();
  const found = await check();
  if (!found) return;
  if (found.problems.length) return problems.focusFirst(edit);
  state.leaving = true;
  edit.requestSubmit(/** @type {HTMLElement | null} */ (event.submitter));
}

function bind() {
  edit.addEventListener("submit", (event) => void hand(event));
  text.addEventListener("input", touched);
  edit.addEventListener("change", ({ target }) => {
    if (target instanceof HTMLInputElement && target.name === "how") void turnTo(target.value === "form" ? "form" : "text");
  });
  addEventListener("beforeunload", (event) => {
    if (state.changed && !state.leaving) event.preventDefault();
  });
}

/** The page comes with the text; the form is made of it. */
async function begin() {
  bind();
  show("text");
  const found = await check();
  if (!found?.form) return;
  form.show(found.form);
  show("form");
  problems.paintForm(byId("form"), told, found.problems);
}

await begin();
page.dataset.ready = "yes";
