// The one place that touches the workbench’s page: makes elements, paints what it is told.

import * as parts from "./parts.js";
import { gettext, number } from "./words.js";

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag @param {string} [className] @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, className = "", ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

/** @param {string} id of what the page surely has */
export const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** Touches the page only where something changed. A text that is written over costs a tenth of one that takes the
 * place of another. @param {Element} element @param {string} text */
export function say(element, text) {
  if (element.textContent === text) return;
  const { firstChild } = element;
  if (text && firstChild?.nodeType === Node.TEXT_NODE && !firstChild.nextSibling) firstChild.nodeValue = text;
  else element.textContent = text;
}

/** @type {Map<string, HTMLElement>} */
const built = new Map();

/** @param {string} name */
export const readable = (name) => name.replaceAll("_", " ").replace(/^./, (first) => first.toUpperCase());

/** @param {string} trouble */
const sorry = (trouble) => make("p", "notice notice-bad", trouble);

/** @param {Field} field @param {Task} task @param {string} [trouble] */
function shown(field, { payload, rendered }, trouble) {
  const { name } = field;
  const element = trouble ? sorry(trouble) : parts.field(field.type).build(field, payload[name], readable(name), rendered?.[name]);
  element.dataset.field = name;
  return element;
}

/** @param {[string, unknown][]} rest */
function context(rest) {
  const rows = rest.map(([name, value]) =>
    make("div", "", make("dt", "", readable(name)), make("dd", "", typeof value === "string" ? value : JSON.stringify(value))),
  );
  return make("dl", "facts item-context", ...rows);
}

/** @param {Assignment} assignment @param {Schema} schema */
function build(assignment, schema) {
  const { task: { payload }, trouble = {} } = assignment;
  const fields = schema.fields.filter(({ name }) => name in trouble || (payload[name] !== undefined && payload[name] !== null));
  const names = new Set(fields.map((field) => field.name));
  const rest = Object.entries(payload).filter(([name]) => !names.has(name));
  const all = fields.map((field) => shown(field, assignment.task, trouble[field.name]));
  if (trouble[""]) all.push(sorry(trouble[""]));
  if (rest.length) all.push(context(rest));
  return make("div", "item-fields", ...all);
}

/** @param {Assignment} assignment @param {Schema} schema */
export function prepare(assignment, schema) {
  if (built.has(assignment.id)) return;
  const element = build(assignment, schema);
  built.set(assignment.id, element);
  for (const picture of element.querySelectorAll("img")) picture.decode().catch(() => {});
}

/** @param {Assignment} assignment @param {Schema} schema */
export function take(assignment, schema) {
  prepare(assignment, schema);
  const element = /** @type {HTMLElement} */ (built.get(assignment.id));
  built.delete(assignment.id);
  return element;
}

const VERDICTS = /** @type {Record<string, string[]>} */ ({
  review: [gettext("Review"), "pill-info"],
  audit: [gettext("Audit"), "pill-audit"],
});
const SETTLE = [gettext("Adjudication"), "pill-warn"];
/** @param {string} id @param {boolean} on */
export const show = (id, on) => {
  const element = byId(id);
  if (element.hidden === on) element.hidden = !on;
};

/** Why this task is here: verdict, blind or not, the policy's reason, the model. @param {Task} task */
function paintWhy(task) {
  const [word, look] = task.opinions?.length ? SETTLE : (VERDICTS[task.verdict] ?? [gettext("Task"), ""]);
  const verdict = byId("verdict");
  verdict.className = `pill ${look}`;
  say(verdict, word);
  show("blind", task.blind);
  say(byId("reason"), task.reason);
  say(byId("model"), task.model && !task.blind ? gettext("{name}, version {version}", task.model) : "");
}

/** What somebody scrolled. To ask everything how far it is, or to set it, costs a layout.
 * @type {Set<EventTarget | null>} */
const scrolled = new Set();
addEventListener("scroll", ({ target }) => scrolled.add(target), true);

function scrollBack() {
  for (const id of ["fields", "answer-scroll"]) if (scrolled.has(byId(id))) byId(id).scrollTop = 0;
  if (scrolled.has(document)) scrollTo(0, 0);
  scrolled.clear();
}

/** How many comments are open. @param {number} [count] */
export function paintComments(count = 0) {
  say(byId("comments"), count ? number(count) : "");
  show("comments", count > 0);
}

/** @param {Assignment} assignment @param {HTMLElement} item made by take() */
export function paintItem(assignment, item) {
  const onPage = document.activeElement?.closest("#item, #answer") || document.activeElement === document.body;
  paintWhy(assignment.task);
  paintComments(assignment.comments);
  byId("fields").replaceChildren(item);
  show("item", true);
  show("answer", true);
  show("state", false);
  scrollBack();
  say(byId("announce"), `${gettext("Next task.")} ${byId("verdict").textContent}. ${byId("reason").textContent}`);
  if (onPage && document.activeElement !== byId("fields")) byId("fields").focus({ preventScroll: true });
}

/** A key for what is shown, where the focus is or everywhere: a viewer that uses it calls preventDefault().
 * @param {Press} press */
export function offer(press) {
  const all = [...byId("fields").querySelectorAll("[data-field]")];
  const own = all.filter((field) => field.contains(document.activeElement));
  const heard = (own.length ? own : all).map((field) => field.dispatchEvent(new CustomEvent("press", { detail: press, cancelable: true })));
  return heard.includes(false);
}

/** @param {string} text */
export const paintProblem = (text) => say(byId("problem"), text);

/** There is room for the guideline beside the task. */
export const wide = matchMedia("(min-width: 80rem)");

/** @param {boolean} on */
export function paintSide(on) {
  show("side", on);
  byId("open-guideline").setAttribute("aria-expanded", String(on));
  byId("desk-area").classList.toggle("has-side", on);
}

/** Hints on the controls are true only while the keys work. */
export function paintKeys() {
  document.body.classList.toggle("keys-off", setting("keys", "on") === "off");
}

/** @param {string} zoom */
export const paintZoom = (zoom) => byId("fields").style.setProperty("--zoom", zoom);

/** @param {string} name @param {string} otherwise */
export function setting(name, otherwise) {
  try {
    return localStorage.getItem(`overread.${name}`) ?? otherwise;
  } catch {
    return otherwise;
  }
}

/** @param {string} name @param {string} value */
export function keep(name, value) {
  try {
    localStorage.setItem(`overread.${name}`, value);
  } catch {
    // Without storage the choice lasts for this page.
  }
}
