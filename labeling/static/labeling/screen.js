// The one place that touches the workbench's page: it paints what it is told.

import { byId, make, say } from "./dom.js";
import { elements } from "./guideline.js";
import { take } from "./item.js";
import { setting } from "./keys.js";

const VERDICTS = /** @type {Record<string, string[]>} */ ({
  review: ["Review", "pill-info"],
  audit: ["Audit", "pill-audit"],
});
// The server stops counting there.
const MANY = 1000;
const SETTLE = ["Adjudication", "pill-warn"];
const MARKS = { kept: ["○", "kept here, not sent yet"], saved: ["✓", "saved"], refused: ["!", "not taken"] };

/** @param {string} id @param {boolean} on */
const show = (id, on) => {
  const element = byId(id);
  if (element.hidden === on) element.hidden = !on;
};

/** Why this task is here: verdict, blind or not, the policy's reason, the model. @param {Task} task */
function paintWhy(task) {
  const [word, look] = task.opinions?.length ? SETTLE : (VERDICTS[task.verdict] ?? ["Task", ""]);
  const verdict = byId("verdict");
  verdict.className = `pill ${look}`;
  say(verdict, word);
  show("blind", task.blind);
  say(byId("reason"), task.reason);
  say(byId("model"), task.model && !task.blind ? `${task.model.name}, version ${task.model.version}` : "");
}

/** Answers side by side, names hidden; differences are marked in words and by a sign.
 * @param {{letter: string, name: string, answer: Answer}[]} opinions @param {Question[]} questions
 * @param {(question: Question, value: unknown) => string} words */
function paintOpinions(opinions, questions, words) {
  show("opinions", opinions.length > 0);
  if (!opinions.length) return;
  const head = make("tr", "", make("td"), ...opinions.map((opinion) => columnHead(opinion)));
  const rows = questions.map((question) => {
    const said = opinions.map((opinion) => opinion.answer[question.id]);
    const differ = new Set(said.filter((value) => value !== undefined).map((value) => JSON.stringify(value))).size > 1;
    const cells = said.map((value) => make("td", differ ? "differs" : "", value === undefined ? "–" : words(question, value)));
    const mark = make("span", `pill ${differ ? "pill-warn" : "pill-good"}`, differ ? "≠ differ" : "= agree");
    const name = make("th", "", question.title, " ", mark);
    name.scope = "row";
    return make("tr", "", name, ...cells);
  });
  const table = make("table", "table table-dense opinions", make("caption", "", "What was said so far; names are hidden"));
  table.append(make("thead", "", head), make("tbody", "", ...rows));
  const wrap = make("div", "table-wrap", table);
  wrap.tabIndex = 0;
  wrap.setAttribute("role", "group");
  wrap.setAttribute("aria-label", "What was said so far");
  byId("opinions").replaceChildren(wrap);
}

/** @param {{letter: string, name: string}} opinion */
function columnHead({ letter, name }) {
  const cell = make("th", "", make("span", "letter", letter), name === letter ? "" : ` ${name}`);
  cell.scope = "col";
  return cell;
}

/** @param {Assignment} assignment @param {Schema} schema */
export function paintItem(assignment, schema) {
  const onPage = document.activeElement?.closest("#item, #answer") || document.activeElement === document.body;
  paintWhy(assignment.task);
  byId("fields").replaceChildren(take(assignment, schema));
  show("item", true);
  show("answer", true);
  show("state", false);
  byId("fields").scrollTop = 0;
  byId("answer-scroll").scrollTop = 0;
  if (scrollY) scrollTo(0, 0);
  say(byId("announce"), `Next task. ${byId("verdict").textContent}. ${byId("reason").textContent}`);
  if (onPage) byId("fields").focus({ preventScroll: true });
}

export { paintOpinions };

/** @param {Schema} schema */
export function paintGuideline(schema) {
  const parts = elements(schema.guideline ?? "");
  byId("guideline").replaceChildren(...(parts.length ? parts : [make("p", "muted", "This schema has no guideline yet. Ask the lead of the project.")]));
}

/** @param {string} text @param {"" | "warn" | "info"} [tone] */
export function paintNote(text, tone = "info") {
  const note = byId("note");
  note.className = `notice notice-${tone}`;
  say(note, text);
  note.hidden = text === "";
}

/** @param {string} text */
export const paintProblem = (text) => say(byId("problem"), text);

/** Nothing to judge just now: says why, and what can be done.
 * @param {string} title @param {string} text @param {(HTMLElement)[]} actions */
export function paintState(title, text, actions) {
  show("item", false);
  show("answer", false);
  show("state", true);
  say(byId("state-title"), title);
  say(byId("state-text"), text);
  byId("state-actions").replaceChildren(...actions);
}

/** @param {string} text @param {string} tone @param {string} detail */
export function paintSaved(text, tone, detail) {
  const pill = byId("saved");
  pill.className = `pill pill-${tone}`;
  pill.title = detail;
  say(pill, text);
}

/** @param {number} done @param {number | null} waiting @param {number} pace */
export function paintProgress(done, waiting, pace) {
  show("progress", true);
  say(byId("done"), String(done));
  say(byId("waiting"), waiting === null ? "–" : waiting >= MANY ? `${MANY.toLocaleString("en")}+` : String(waiting));
  const line = /** @type {HTMLProgressElement} */ (byId("line"));
  line.max = Math.max(1, done + (waiting ?? 0));
  line.value = done;
  const text = `${done} answered · median ${pace.toFixed(1)} s a task`;
  say(byId("pace"), done ? text : "Nothing answered yet.");
}

/** @param {Given[]} given newest last @param {(one: Given) => void} correct */
export function paintGiven(given, correct) {
  const rows = given.slice(-8).reverse().map((one) => {
    const [mark, words] = MARKS[one.state];
    const sign = make("span", `mark is-${one.state}`, mark);
    sign.title = words;
    const button = make("button", "button button-quiet button-small", "Change");
    button.type = "button";
    button.setAttribute("aria-label", `Change the answer ${one.said}, ${words}`);
    button.addEventListener("click", () => correct(one));
    return make("li", "", sign, make("span", "given-said", one.said), button);
  });
  byId("given").replaceChildren(...rows);
}

/** @param {Kept[]} refused @param {(clientId: string) => void} dismiss */
export function paintRefusals(refused, dismiss) {
  const list = byId("refusals");
  if (list.dataset.shown === refused.map((one) => one.client_id).join()) return;
  list.dataset.shown = refused.map((one) => one.client_id).join();
  list.replaceChildren(
    ...refused.map((one) => {
      const button = make("button", "button button-small", "I have read it");
      button.type = "button";
      button.addEventListener("click", () => dismiss(one.client_id));
      const text = `Your answer “${one.said}” was not taken: ${one.refused?.detail || "the server gave no reason."}`;
      return make("li", "notice notice-bad", make("p", "", text), button);
    }),
  );
}

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

/** @param {number} zoom */
export const paintZoom = (zoom) => byId("fields").style.setProperty("--zoom", String(zoom));
