// Signing out, on every page: what is kept is sent first, then nothing of this person stays in the browser.

import { Outbox, reach } from "./delivery.js";
import { ngettext } from "./plural.js";
import { make } from "./screen.js";
import { Sender } from "./sender.js";
import "./session_over.js";
import * as store from "./store.js";
import { gettext } from "./words.js";

const PATIENCE = 4000;

/** @typedef {"stay" | "again" | "keep" | "delete"} Choice */

/** Of another page than the workbench: it has no outbox open. @param {HTMLFormElement} form */
export async function leave(form) {
  const nobody = { onChange: () => {}, onResult: () => {}, onPut: () => {} };
  const outbox = new Outbox(Number(form.dataset.user), nobody);
  await outbox.open();
  await signOut(form, outbox, new Sender(outbox));
}

/** @param {HTMLFormElement} form @param {Outbox} outbox @param {Sender} sender @param {() => void} [before] the page's own last words */
export async function signOut(form, outbox, sender, before = () => {}) {
  let choice = /** @type {Choice} */ ("again");
  while (choice === "again") {
    if (await drained(outbox, sender)) choice = outbox.refused.length ? await askAboutRefused(outbox) : "delete";
    else choice = await ask(outbox);
  }
  if (choice === "stay") return;
  // Offline the form would only lose this page.
  if (!(await reach("/livez").then(({ ok }) => ok, () => false))) return void (await sorry());
  before();
  if (choice === "delete") await wipe(outbox);
  form.submit();
}

/** All is with the server, or the time is over. @param {Outbox} outbox @param {Sender} sender */
async function drained(outbox, sender) {
  sender.flush();
  const until = performance.now() + PATIENCE;
  while (outbox.pending.length && performance.now() < until) await new Promise((go) => setTimeout(go, 50));
  return outbox.pending.length === 0;
}

/** @param {Outbox} outbox @returns {Promise<Choice>} */
async function ask(outbox) {
  const count = outbox.pending.length;
  const title = ngettext("One answer is not with the server yet", "{n} answers are not with the server yet", count);
  const why = outbox.delivery.detail || gettext("The server does not answer.");
  const then = outbox.atRisk
    ? gettext("This browser cannot keep them either. They are lost when you leave this page.")
    : gettext("If you keep them here, they are sent when you sign in on this browser again and open the queue. Nobody else can send them.");
  const choice = await choose(title, [why, then], [
    ["stay", gettext("Stay"), ""],
    ["delete", gettext("Delete and sign out…"), "button-danger"],
    ...(outbox.atRisk ? [] : [/** @type {Button} */ (["keep", gettext("Keep here and sign out"), ""])]),
    ["again", gettext("Try again"), "button-primary"],
  ]);
  return choice === "delete" ? sure(count) : choice;
}

/** @param {number} count @returns {Promise<Choice>} */
function sure(count) {
  const title = ngettext("Delete one answer?", "Delete {n} answers?", count);
  return choose(title, [gettext("They were never sent. Nobody can bring them back.")], [
    ["delete", gettext("Delete and sign out"), "button-danger"],
    ["stay", gettext("Stay"), "button-primary"],
  ]);
}

/** @param {Outbox} outbox @returns {Promise<Choice>} */
function askAboutRefused({ refused }) {
  const title = ngettext("One answer was not taken", "{n} answers were not taken", refused.length);
  const rows = refused.map(({ said, refused: no }) => gettext("“{said}”: {why}", { said, why: no?.detail ?? "" }));
  return choose(title, rows, [
    ["stay", gettext("Stay"), ""],
    ["delete", gettext("I have read it: sign out"), "button-primary"],
  ]);
}

const sorry = () =>
  choose(gettext("You cannot be signed out now"), [gettext("The server cannot be reached. You are still signed in, and everything is as it was.")], [
    ["stay", gettext("Stay"), "button-primary"],
  ]);

/** @typedef {[Choice, string, string]} Button */

/** The page's own dialog; Escape stays. @param {string} title @param {string[]} texts @param {Button[]} buttons @returns {Promise<Choice>} */
function choose(title, texts, buttons) {
  const head = make("h2", "", title);
  head.id = "sign-out-title";
  const rows = buttons.map(([value, words, look]) => {
    const button = make("button", `button ${look}`, words);
    Object.assign(button, { type: "submit", value, autofocus: look === "button-primary" });
    return button;
  });
  const form = make("form", "", make("div", "dialog-head", head), make("div", "dialog-body", ...texts.map((text) => make("p", "", text))), make("div", "dialog-foot", ...rows));
  form.method = "dialog";
  const box = make("dialog", "dialog", form);
  box.setAttribute("aria-labelledby", head.id);
  document.body.append(box);
  box.showModal();
  return new Promise((resolve) => {
    box.addEventListener("close", () => {
      box.remove();
      resolve(/** @type {Choice} */ (box.returnValue || "stay"));
    });
  });
}

/** Answers, drafts, and settings whose name holds a number: those are of tasks and queues. Theme and keys stay.
 * @param {Outbox} outbox */
async function wipe({ db, user }) {
  if (db) {
    const [answers, drafts] = await Promise.all([store.readAll(db, "answers", user), store.readAll(db, "drafts", user)]);
    await store.write(db, (inAnswers, inDrafts) => {
      for (const one of answers) inAnswers.delete(one.client_id);
      for (const one of drafts) inDrafts.delete([user, one.assignment]);
    });
  }
  try {
    for (const name of Object.keys(localStorage)) if (/^overread\..*\d/.test(name)) localStorage.removeItem(name);
  } catch {
    // Where storage is forbidden there is nothing to remove.
  }
}
