// The one place that touches the workbench’s page: makes elements, paints what it is told, hears keys.

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

/** @param {string} id @returns {HTMLElement} */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`The page has no #${id}.`);
  return element;
}

/** Touches the page only where something changed. @param {Element} element @param {string} text */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

const SMALL = 96;

/** @type {Map<string, HTMLElement>} */
const built = new Map();

/** @param {string} name */
const readable = (name) => name.replaceAll("_", " ").replace(/^./, (first) => first.toUpperCase());

/** @param {string} source @param {string} name */
function image(source, name) {
  const picture = make("img", "item-image");
  picture.alt = `${readable(name)} to be judged`;
  picture.decoding = "sync";
  // A picture of a few pixels is enlarged without being blurred.
  picture.onload = () => picture.classList.toggle("is-small", picture.naturalWidth <= SMALL);
  picture.onerror = () => picture.replaceWith(make("p", "notice notice-bad", "This image cannot be shown. Flag the task (F) or skip it (S)."));
  picture.src = source;
  return make("figure", "item-figure", picture);
}

/** @param {Field} field @param {unknown} value */
function shown(field, value) {
  if (field.type === "image") return image(String(value), field.name);
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  return make(field.type === "text" ? "div" : "pre", field.type === "text" ? "item-text" : "item-data", text);
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
  const { payload } = assignment.task;
  const fields = schema.fields.filter((field) => payload[field.name] !== undefined && payload[field.name] !== null);
  const names = new Set(fields.map((field) => field.name));
  const rest = Object.entries(payload).filter(([name]) => !names.has(name));
  const parts = fields.map((field) => shown(field, payload[field.name]));
  if (rest.length) parts.push(context(rest));
  return make("div", "item-fields", ...parts);
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

/** @param {string} text */
function inline(text) {
  return text.split(/(\*\*[^*]+\*\*|`[^`]+`)/).map((part) => {
    if (/^\*\*.+\*\*$/.test(part)) return make("strong", "", part.slice(2, -2));
    if (/^`.+`$/.test(part)) return make("code", "", part.slice(1, -1));
    return part;
  });
}

const SHAPES = /** @type {const} */ ([
  ["h3", /^#{1,6}\s+/],
  ["ul", /^\s*[-*]\s+/],
  ["ol", /^\s*\d+[.)]\s+/],
]);

/** A guideline as elements: headings, lists, paragraphs, **bold** and `code`; nothing else.
 * @param {string} text @returns {HTMLElement[]} */
export function guideline(text) {
  /** @type {HTMLElement[]} */
  const out = [];
  let fresh = true;
  for (const line of text.split(/\r?\n/)) {
    const [tag, mark] = SHAPES.find(([, shape]) => shape.test(line)) ?? ["p", /^/];
    const words = inline(line.replace(mark, ""));
    const last = fresh ? undefined : out.at(-1);
    fresh = line.trim() === "" || tag === "h3";
    if (line.trim() === "") continue;
    if (tag === "h3") out.push(make("h3", "", ...words));
    else if (tag === "p" && last?.localName === "p") last.append(" ", ...words);
    else if (tag === "p" && last?.lastElementChild?.localName === "li") last.lastElementChild.append(" ", ...words);
    else if (tag === "p") out.push(make("p", "", ...words));
    else if (last?.localName === tag) last.append(make("li", "", ...words));
    else out.push(make(tag, "", make("li", "", ...words)));
  }
  return out;
}

const VERDICTS = /** @type {Record<string, string[]>} */ ({
  review: ["Review", "pill-info"],
  audit: ["Audit", "pill-audit"],
});
// The server stops counting there.
const MANY = 100;
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

/** @param {Schema} schema */
export function paintGuideline(schema) {
  const parts = guideline(schema.guideline ?? "");
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

/** Nothing to judge just now: the page has words for each case. @param {string} which @param {string} words @param {string} title */
export function paintRest(which, words, title) {
  show("item", false);
  show("answer", false);
  show("state", true);
  say(byId("refused-title"), title || "No tasks can be fetched");
  for (const part of byId("state").querySelectorAll("[data-rest]")) {
    const on = part.getAttribute("data-rest") === which;
    part.toggleAttribute("hidden", !on);
    const slot = part.querySelector("[data-words]");
    if (on && slot) say(slot, words);
  }
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

/** By the place of the key, so that it works on every keyboard layout. @param {KeyboardEvent} event */
export function digit(event) {
  return (!event.shiftKey && /^(?:Digit|Numpad)(\d)$/.exec(event.code)?.[1]) || "";
}

/** @param {Element | null} target */
const isTyping = (target) =>
  target instanceof HTMLTextAreaElement ||
  target instanceof HTMLSelectElement ||
  (target instanceof HTMLInputElement && !["radio", "checkbox"].includes(target.type));

/** Single-key shortcuts: one map for all kinds; they can be switched off (WCAG 2.1.4).
 * @param {Record<string, () => void>} actions by key
 * @param {(event: KeyboardEvent) => boolean} others asked when no action has the key
 */
export function bindKeys(actions, others) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
    if (setting("keys", "on") === "off" || document.querySelector("dialog[open]")) return;
    const target = /** @type {Element | null} */ (event.target);
    if (isTyping(target)) return;
    const isControl = target?.closest("button, a, summary");
    if (isControl && (event.key === "Enter" || event.key === " ")) return;
    const action = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (action) {
      event.preventDefault();
      // A key held down is one press, not twenty answers.
      if (!event.repeat) action();
    } else if (others(event)) event.preventDefault();
  });
}
