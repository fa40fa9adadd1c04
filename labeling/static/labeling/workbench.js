// The workbench: state in one object; a key changes it, screen.js paints it, the outbox sends it.

import { opinionsOn, startingAnswer, waits } from "./beginning.js";
import "./core.js";
import { call, Outbox, session } from "./delivery.js";
import { Feed, isUnfetched, leaseOf } from "./feed.js";
import * as keys from "./keys.js";
import * as parts from "./parts.js";
import { Questions } from "./questions.js";
import * as screen from "./screen.js";
import { Stopwatch, workHere } from "./tab.js";
import { gettext } from "./words.js";

const BUILT_AHEAD = 8;
const HELP_PAUSE = 3000;

/** @type {Desk} */
const desk = JSON.parse(screen.byId("desk").textContent ?? "");
const watch = new Stopwatch();

const state = {
  /** @type {Assignment | null} */
  current: null,
  /** @type {Given | null} the answer that is being corrected */
  correcting: null,
  /** @type {Given[]} */
  given: [],
  /** @type {number[]} */
  seconds: [],
  done: 0,
  /** A guideline is to be read first. */
  reading: false,
  /** @type {"here" | "other" | "taken"} */
  tab: "here",
  /** @type {Map<number, Questions>} */
  questions: new Map(),
};

/** @type {ReturnType<typeof paintTogether>} */
let together = Promise.resolve(null);
/** @type {Promise<Standby | null> | null} */
let standby = null;
/** What is not needed for the first task; tried again while it cannot be had. */
const help = () => (standby ??= fetchHelp());

const outbox = new Outbox(desk.user.id, {
  onChange: told,
  onPut: async () => (await help())?.sender.answered(),
});
const feed = new Feed(desk, {
  held: () => [...outbox.pending.map((kept) => kept.assignment), ...(state.current ? [state.current.id] : [])],
  current: () => state.current,
  pace: () => state.seconds.slice(-20),
  onChange: fed,
  prepare: ({ schemas, assignments }) => Promise.all([parts.loadAll(desk.parts, Object.values(schemas)), drafts?.mend(assignments)]),
});
/** @type {Standby["drafts"] | null} */
let drafts = null;
session.renew = async () => void ((await help()) && (await session.renew()));

/** @typedef {Awaited<ReturnType<typeof ready>>} Standby */
const ready = async () => (await import("./standby.js")).start(outbox, feed, { state, questionsFor, present, next, submit, handIn });

/** @returns {Promise<Standby | null>} */
async function fetchHelp() {
  try {
    const found = await ready();
    drafts = found.drafts;
    found.status.paint();
    return found;
  } catch {
    standby = null;
    setTimeout(help, HELP_PAUSE);
    return null;
  }
}

/** @param {any} [error] */
function told(error) {
  if (!error?.other) return void tell();
  feed.failed(error);
  fed();
}

/** What the page says of itself follows the first task, but where there is trouble before. */
async function tell() {
  const calm = () => outbox.durable && !outbox.pending.length && !feed.stopped && ["loading", "ok"].includes(feed.state);
  if (calm() && !standby) return;
  const part = await help();
  if (part) return part.status.paint();
  // The line went before the words were here.
  const n = outbox.pending.length;
  if (!calm()) Object.assign(screen.byId("saved"), { className: "pill pill-warn", textContent: n ? gettext("Offline · {n} kept", { n: `${n}` }) : outbox.delivery.detail || feed.detail });
}

/** @param {number} version of a schema */
function questionsOf(version) {
  const found = state.questions.get(version) ?? new Questions(feed.schemas[version], changed);
  state.questions.set(version, found);
  return found;
}

/** @param {Assignment} assignment */
const questionsFor = ({ task }) => questionsOf(task.schema_version);

/** What only some tasks have: see together.js. @param {Assignment} assignment */
async function paintTogether(assignment) {
  const part = await import("./together.js").catch(() => null);
  if (state.current !== assignment) return null;
  const { questions } = questionsFor(assignment).schema;
  part?.paint(assignment, desk, { waits: waits(assignment), opinions: opinionsOn(assignment), questions, take: takeOpinion, reveal: submit, stand: () => aside("stand"), next: () => void (state.current === assignment && next()) });
  return part;
}

/** The field for it may be on its way, or could not be had before. @param {Assignment} assignment */
async function askWhy(assignment) {
  if (!(await together)) together = paintTogether(assignment);
  (await together)?.askWhy();
}

/** The first answer is kept as it is; now the model's stands beside it. @param {Assignment} assignment @param {Answer} answer */
function reveal(assignment, answer) {
  assignment.guess = answer;
  show(assignment, answer, /** @type {HTMLElement} */ (screen.byId("fields").firstElementChild));
  changed();
}

/** Begin from what somebody said. @param {Answer} answer */
function takeOpinion(answer) {
  if (state.current) questionsFor(state.current).take(answer);
}

/** @param {Assignment} assignment */
function present(assignment) {
  state.current = assignment;
  const questions = questionsFor(assignment);
  if (screen.byId("questions").firstChild !== questions.element) {
    screen.byId("questions").replaceChildren(questions.element);
    afterPaint(() => import("./guideline.js").then((part) => part.paintGuideline(desk, assignment.task.schema_version), () => {}));
  }
  const item = screen.take(assignment, questions.schema);
  show(assignment, startingAnswer(assignment), item);
  screen.show("note", false);
  screen.paintProblem("");
  screen.paintItem(assignment, item);
  watch.restart();
  if (!desk.known.includes(assignment.task.schema_version)) void readFirst();
}

/** The answer, and what others said as far as it may be seen.
 * @param {Assignment} assignment @param {Answer} answer @param {HTMLElement} item */
function show(assignment, answer, item) {
  const questions = questionsFor(assignment);
  const opinions = opinionsOn(assignment);
  const { task } = assignment;
  questions.show(waits(assignment) ? { ...assignment, task: { ...task, pre_label: null } } : assignment, answer, opinions, item);
  screen.show("opinions", Boolean(opinions.length));
  screen.show("aside", false);
  screen.show("after", false);
  if (opinions.length || assignment.returned || assignment.shown === "after_guess" || desk.queue.purpose === "adjudication" || Object.keys(task.unfit ?? {}).length) {
    together = paintTogether(assignment);
  }
}

/** A guideline that is new to this person is read before the first task that follows it. */
async function readFirst() {
  if (state.reading) return;
  state.reading = true;
  const part = await import("./reading.js").catch(() => null);
  await part?.readAll(desk, state);
  state.reading = false;
  watch.restart();
}

function next() {
  drafts?.stop();
  state.correcting = null;
  state.current = null;
  const assignment = feed.next();
  if (assignment) present(assignment);
  else void tell();
  afterPaint(() => {
    void tell();
    buildAhead();
    void feed.refill();
  });
}

/** What nobody waits for does not hold up the frame with the next task: that takes some milliseconds. @param {() => void} work */
function afterPaint(work) {
  requestAnimationFrame(() => setTimeout(work, 20));
}

function buildAhead() {
  for (const assignment of feed.ready.slice(0, BUILT_AHEAD)) {
    if (isUnfetched(assignment)) void fetchAhead(assignment);
    else screen.prepare(assignment, feed.schemas[assignment.task.schema_version]);
  }
}

/** What a payload refers to is here before its task counts as ready. @param {Assignment} assignment */
async function fetchAhead(assignment) {
  const part = await import("./references.js").catch(() => null);
  if (part && (await part.fetchAll(assignment, (action, body) => call(feed.url(assignment.id, action), body)))) fed();
}

function fed() {
  if (feed.state === "somebody") state.current = null;
  if (!state.current && feed.ready.length && state.tab === "here") next();
  else void tell();
  buildAhead();
  afterPaint(() => {
    // Hands of all kinds that were claimed: the line may go.
    for (const version of Object.keys(feed.schemas)) void questionsOf(Number(version)).fetchHands();
    void help().then((part) => part?.fetchGuidelines());
  });
}

function submit() {
  const { current } = state;
  if (!current || state.reading) return;
  const questions = questionsFor(current);
  const answer = questions.read();
  const missing = questions.missing(answer);
  if (missing >= 0) return later((part) => part.aside.askFor(questions, missing));
  if (waits(current)) return reveal(current, answer);
  const { purpose, decision_reason: reason } = desk.queue;
  if (purpose === "adjudication" && reason === "required" && !current.note?.trim()) return void askWhy(current);
  handIn(current, answer);
}

/** @param {Assignment} current @param {Answer} answer */
function handIn(current, answer) {
  const said = questionsFor(current).said(answer);
  const { id, token, note: why, guess } = current;
  const clientId = outbox.put({ url: desk.urls.submissions, assignment: id, token, answer, seconds: watch.seconds, said, note: why, guess });
  note({ clientId, assignment: current, answer, said, state: "kept" });
  next();
}

/** @param {Given} given */
function note(given) {
  if (!state.correcting && !given.assignment.returned) {
    state.done += 1;
    state.seconds.push(watch.seconds);
  }
  feed.answered.add(leaseOf(given.assignment));
  state.given.push(given);
  afterPaint(() => void help().then((part) => part?.paintGiven()));
}

function changed() {
  screen.paintProblem("");
  const { current } = state;
  if (!current || state.correcting || current.returned) return;
  void help().then((part) => state.current === current && part?.drafts.changed(current, questionsFor(current).read()));
}

/** What changed in this task; then the last answer that was handed in. */
function undo() {
  if (state.current && questionsFor(state.current).undo()) return;
  later((part) => part.corrections.undo());
}

/** Keys that follow wait for it. @param {(part: NonNullable<Standby>) => void} what */
async function later(what) {
  keys.hold();
  const part = await help();
  const held = keys.release();
  if (!part) return;
  what(part);
  part.replay(held);
}

function redo() {
  if (state.current) questionsFor(state.current).redo();
}

function skip() {
  if (state.correcting) return later((part) => part.corrections.keepOldAnswer());
  // What was sent back waits: it comes again when the page is opened the next time.
  if (state.current?.returned) {
    feed.answered.add(leaseOf(state.current));
    return next();
  }
  aside("skip");
}

/** @param {boolean} [steal] */
function claimTab(steal) {
  workHere(`overread-queue-${desk.queue.id}-${desk.user.id}`, {
    mine: begin,
    other: () => rest("other"),
    taken: () => rest("taken"),
  }, steal);
}

function begin() {
  state.tab = "here";
  feed.stopped = false;
  void tell();
  void resume();
}

/** What was in hand when this browser was killed comes back first, as it was. */
async function resume() {
  const [draft] = (await outbox.hasDrafts()) ? ((await (await help())?.drafts.kept()) ?? []) : [];
  feed.first = draft?.assignment ?? "";
  void feed.refill();
}

/** @param {"other" | "taken"} why */
function rest(why) {
  drafts?.leave();
  drafts?.stop();
  state.tab = why;
  state.current = null;
  feed.stopped = true;
  feed.ready = [];
  void tell();
}

/** @type {Record<string, () => void>} */
const ACTIONS = {
  submit, undo, redo, skip,
  reveal: () => void (state.current && waits(state.current) && submit()),
  here: () => claimTab(true),
};
/** @param {"skip" | "flag" | "unanswerable" | "stand" | "keys" | "comment" | "history"} what */
const aside = (what) => later((part) => part.aside[what]());
for (const what of /** @type {const} */ (["flag", "unanswerable", "keys", "comment", "history"])) ACTIONS[what] = () => aside(what);
for (const what of /** @type {const} */ (["guideline", "cancel", "larger", "smaller"])) ACTIONS[what] = () => later((part) => part.view[what]());

/** What the active question needs hands for waits until they are here, and so do the keys that follow. @param {Press} press */
function isEarly(press) {
  if (!state.current || !press.action || ACTIONS[press.action]) return false;
  const questions = questionsFor(state.current);
  if (!questions.isHandless) return false;
  const patience = setTimeout(() => screen.paintProblem(gettext("One moment: your keys are kept.")), 700);
  void Promise.all([help(), questions.fetchHands()]).then(([part]) => {
    clearTimeout(patience);
    screen.paintProblem("");
    if (part) part.replay(keys.release());
    else keys.release().forEach(keys.hear);
    // They were let go long ago: what an arrow moved is moved.
    document.dispatchEvent(new Event("keyup"));
  });
  return true;
}

/** A key goes to the active question, else to the page. @param {Press} press */
function use(press) {
  if (state.current && (questionAnswered(press) || screen.offer(press))) return true;
  if (press.action === "take" && state.current) {
    const said = opinionsOn(state.current)[Number(press.digit) - 1];
    if (said && !press.repeat) takeOpinion(said.answer);
    return Boolean(said);
  }
  const action = ACTIONS[press.action];
  // A key held down is one press, not twenty answers.
  if (action && !press.repeat) action();
  return Boolean(action);
}

/** @param {Press} press */
function questionAnswered(press) {
  const questions = questionsFor(/** @type {Assignment} */ (state.current));
  const single = parts.kind(questions.active.kind).single;
  if (!questions.act(press)) return false;
  const atOnce = press.action === "digit" && single && questions.parts.length === 1;
  if (atOnce && !press.repeat && screen.setting("atonce", "off") === "on") submit();
  return true;
}

/** Not before the keys that came before it. @param {string} action */
const click = (action) => keys.isHolding() || ACTIONS[action]();

function bind() {
  screen.paintKeys();
  keys.bind(use, isEarly);
  screen.byId("answer").addEventListener("submit", (event) => {
    event.preventDefault();
    click("submit");
  });
  for (const element of document.querySelectorAll("[data-do]")) {
    element.addEventListener("click", () => click(element.getAttribute("data-do") ?? ""));
  }
}

bind();
screen.paintZoom(screen.setting("zoom", "1"));
screen.paintSide(screen.wide.matches && screen.setting("guideline", "on") === "on");
await outbox.open();
claimTab();
