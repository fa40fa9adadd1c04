// The workbench: state in one object; a key changes it, screen.js paints it, the outbox sends it.

import { askReason } from "./asking.js";
import { call, callOnLeaving, Outbox, Problem } from "./delivery.js";
import { Feed } from "./feed.js";
import * as keys from "./keys.js";
import * as parts from "./parts.js";
import { Questions, wordsFor } from "./questions.js";
import * as screen from "./screen.js";
import { Status } from "./status.js";
import { Stopwatch, workHere } from "./tab.js";
import { gettext, ngettext } from "./words.js";

const DRAFT_PAUSE = 1500;
const BUILT_AHEAD = 8;

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
  /** @type {"here" | "other" | "taken"} */
  tab: "here",
  /** @type {Map<number, Questions>} */
  questions: new Map(),
  draftTimer: 0,
  zoom: Number(screen.setting("zoom", "1")),
};

const outbox = new Outbox(desk.user.id, () => status.paint(), resulted);
const feed = new Feed(desk, {
  held: () => [...outbox.pending.map((kept) => kept.assignment), ...(state.current ? [state.current.id] : [])],
  current: () => state.current,
  pace: () => state.seconds.slice(-20),
  onChange: fed,
  prepare: (schemas) => parts.prepare(desk.parts, schemas),
});
const status = new Status(outbox, feed, state);

/** @param {Assignment} assignment */
function questionsFor(assignment) {
  const version = assignment.task.schema_version;
  const found = state.questions.get(version) ?? new Questions(feed.schemas[version], changed);
  state.questions.set(version, found);
  return found;
}

/** People are A, B, …; the model is M. @param {Assignment} assignment */
function opinionsOn({ task }) {
  if (!task.opinions?.length) return [];
  const said = task.opinions.map((opinion, place) => ({ ...opinion, letter: String.fromCharCode(65 + place) }));
  if (!task.pre_label || task.blind) return said;
  const answer = Object.fromEntries(Object.entries(task.pre_label).map(([id, label]) => [id, label.value]));
  return [...said, { name: "Model", letter: "M", answer }];
}

/** @param {ReturnType<typeof opinionsOn>} opinions @param {Question[]} questions */
async function paintOpinions(opinions, questions) {
  const part = await import("./opinions.js").catch(() => null);
  part?.paintOpinions(opinions, questions, wordsFor);
}

/** A person starts from: an own answer, a draft, else the model's answer where it may be seen.
 * @param {Assignment} assignment @returns {Answer} */
function startingAnswer({ task, draft, answer }) {
  if (answer ?? draft) return answer ?? draft ?? {};
  // Who settles a difference must choose: nothing is chosen beforehand.
  if (task.blind || task.opinions?.length || !task.pre_label) return {};
  return Object.fromEntries(Object.entries(task.pre_label).map(([id, label]) => [id, label.value]));
}

/** @param {Assignment} assignment */
function present(assignment) {
  state.current = assignment;
  const questions = questionsFor(assignment);
  const opinions = opinionsOn(assignment);
  if (screen.byId("questions").firstChild !== questions.element) {
    screen.byId("questions").replaceChildren(questions.element);
    void import("./guideline.js").then((part) => part.paintGuideline(questions.schema.guideline ?? ""), () => {});
  }
  const item = screen.take(assignment, questions.schema);
  questions.show(assignment, startingAnswer(assignment), opinions, item);
  screen.byId("opinions").hidden = !opinions.length;
  if (opinions.length) void paintOpinions(opinions, questions.schema.questions);
  screen.paintNote(state.correcting ? gettext("You are correcting your answer. The old one stands until you submit.") : "");
  screen.paintProblem("");
  screen.paintItem(assignment, item);
  if (Object.keys(assignment.task.unfit ?? {}).length) void paintUnfit(assignment, questions);
  watch.restart();
}

function next() {
  clearTimeout(state.draftTimer);
  state.correcting = null;
  state.current = null;
  const assignment = feed.next();
  if (assignment) present(assignment);
  status.paint();
  afterPaint(buildAhead);
  afterPaint(() => void feed.refill());
}

/** What nobody waits for does not hold up the frame with the next task. @param {() => void} work */
function afterPaint(work) {
  requestAnimationFrame(() => setTimeout(work));
}

function buildAhead() {
  for (const assignment of feed.ready.slice(0, BUILT_AHEAD)) {
    screen.prepare(assignment, feed.schemas[assignment.task.schema_version]);
  }
}

function fed() {
  if (!state.current && feed.ready.length && state.tab === "here") next();
  else status.paint();
  buildAhead();
}

function submit() {
  const { current } = state;
  if (!current) return;
  const questions = questionsFor(current);
  const answer = questions.read();
  const missing = questions.missing(answer);
  if (missing >= 0) return askForAnswer(questions, missing);
  const said = questions.said(answer);
  const clientId = outbox.put({ url: desk.urls.submissions, assignment: current.id, token: current.token, answer, seconds: watch.seconds, said });
  note({ clientId, assignment: current, answer, said, state: "kept" });
  next();
}

/** @param {Questions} questions @param {number} missing */
function askForAnswer(questions, missing) {
  questions.activate(missing);
  const { question, control } = questions.parts[missing];
  const { title } = question;
  const problem = control.problem?.();
  if (problem) return screen.paintProblem(`${title} ${problem}`);
  const how = screen.setting("keys", "on") === "on" ? gettext("or press X if it cannot be answered") : gettext("or use “Can’t tell”");
  screen.paintProblem(gettext("“{title}” has no answer yet. Give one, {how}.", { title, how }));
}

/** @param {Given} given */
function note(given) {
  if (!state.correcting) {
    state.done += 1;
    state.seconds.push(watch.seconds);
  }
  feed.answered.add(`${given.assignment.id}:${given.assignment.token}`);
  state.given.push(given);
  afterPaint(() => void paintGiven());
}

async function paintGiven() {
  const part = await import("./session.js").catch(() => null);
  part?.paintGiven(state.given, correct);
}

/** What the model said and is no answer to these questions. @param {Assignment} assignment @param {Questions} questions */
async function paintUnfit({ task }, questions) {
  const part = await import("./unfit.js").catch(() => null);
  if (state.current?.task === task) part?.paintUnfit(task.unfit ?? {}, questions.schema.questions);
}

/** @param {Kept} kept @param {Result} result */
function resulted(kept, result) {
  const given = state.given.find((one) => one.clientId === kept.client_id);
  if (!given) return;
  given.state = result.ok ? "saved" : "refused";
  void paintGiven();
}

function changed() {
  screen.paintProblem("");
  clearTimeout(state.draftTimer);
  state.draftTimer = setTimeout(() => saveDraft((url, body) => void call(url, body).catch(() => {})), DRAFT_PAUSE);
}

/** @param {(url: string, body: unknown) => void} send */
function saveDraft(send) {
  state.draftTimer = 0;
  if (!state.current || state.correcting) return;
  const answer = questionsFor(state.current).read();
  send(feed.url(state.current.id, "draft"), { token: state.current.token, answer });
}

/** The answer is back on the page at once; the server is asked to open its task behind it. @param {Given} given */
function correct(given) {
  if (state.current && !state.correcting) feed.putBack({ ...state.current, draft: questionsFor(state.current).read() });
  state.given = state.given.filter((one) => one !== given);
  state.correcting = given;
  const assignment = { ...given.assignment, answer: given.answer };
  present(assignment);
  void paintGiven();
  status.paint();
  void reopen(assignment, given);
}

/** @param {Assignment} assignment @param {Given} given */
async function reopen(assignment, given) {
  // Not sent yet: the correction simply follows it.
  if (outbox.pending.some((kept) => kept.assignment === assignment.id)) return;
  try {
    const { token, lease_expires_at } = await call(feed.url(assignment.id, "undo"), { token: assignment.token });
    Object.assign(assignment, { token: token ?? assignment.token, lease_expires_at });
  } catch (error) {
    if (!(error instanceof Problem) || state.current !== assignment) return;
    state.given.push(given);
    next();
    void paintGiven();
    screen.paintNote(gettext("That answer stays as it is: {why}", { why: error.message }), "warn");
  }
}

/** What changed in this task; then the last answer that was handed in. */
function undo() {
  if (state.current && questionsFor(state.current).undo()) return;
  const last = state.given.findLast((one) => one.state !== "refused");
  if (last) correct(last);
  else screen.paintNote(gettext("Nothing to undo: you have not answered anything since this page was opened."), "warn");
}

function redo() {
  if (state.current) questionsFor(state.current).redo();
}

/** Server first: a skip or flag that did not arrive must not look as if it had.
 * @param {string} action @param {string} reason */
async function ask(action, reason) {
  const { current } = state;
  if (!current) return;
  try {
    await call(feed.url(current.id, action), { token: current.token, reason });
    if (state.current === current) next();
  } catch (error) {
    screen.paintProblem(gettext("Not done: {why}", { why: /** @type {Error} */ (error).message }));
  }
}

function showKeys() {
  /** @type {HTMLDialogElement} */ (screen.byId("keys-dialog")).showModal();
  const questions = state.current ? questionsFor(state.current).schema.questions : [];
  void import("./settings.js").then((part) => part.paintKeys(questions), () => {});
}

/** Signing out waits until everything is sent; then nothing of it stays on this machine.
 * @param {Event} event */
async function signOut(event) {
  if (!outbox.pending.length) return;
  event.preventDefault();
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (await outbox.drained(4000)) return form.submit();
  const count = outbox.pending.length;
  const text = ngettext(
    "{n} of your answers could not be sent yet. It stays in this browser and is sent when you sign in and open this queue again. Sign out all the same?",
    "{n} of your answers could not be sent yet. They stay in this browser and are sent when you sign in and open this queue again. Sign out all the same?",
    count,
  );
  if (confirm(text)) form.submit();
}

function skip() {
  if (state.correcting) return keepOldAnswer();
  if (state.current) askReason("skip", (reason) => ask("skip", reason));
}

function keepOldAnswer() {
  if (state.correcting) state.given.push(state.correcting);
  next();
  void paintGiven();
}

function flag() {
  if (state.current) askReason("flag", (reason) => ask("flag", reason));
}

/** @param {string} reason */
function cannotAnswer(reason) {
  if (!state.current) return;
  const questions = questionsFor(state.current);
  const answer = { ...questions.read(), [questions.active.id]: { unanswerable: reason } };
  questions.take(answer);
  if (questions.missing(answer) < 0) submit();
}

const isWide = () => matchMedia("(min-width: 80rem)").matches;

/** Beside the task on a wide screen, remembered; over it on a small one. @param {boolean} [on] */
function guideline(on = Boolean(screen.byId("side").hidden)) {
  if (isWide()) screen.keep("guideline", on ? "on" : "off");
  screen.paintSide(on);
}

/** @param {number} by */
function zoom(by) {
  state.zoom = Math.min(4, Math.max(0.5, state.zoom * by));
  screen.keep("zoom", String(state.zoom));
  screen.paintZoom(state.zoom);
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
  void feed.refill();
  status.paint();
}

/** @param {"other" | "taken"} why */
function rest(why) {
  state.tab = why;
  state.current = null;
  feed.stopped = true;
  feed.ready = [];
  status.paint();
}

const unanswerable = () => void (state.current && askReason("unanswerable", cannotAnswer));

/** @type {Record<string, () => void>} */
const ACTIONS = {
  submit, undo, redo, skip, flag, unanswerable,
  guideline: () => guideline(),
  keys: showKeys,
  larger: () => zoom(1.25),
  smaller: () => zoom(0.8),
  cancel: () => void (isWide() || guideline(false)),
  here: () => claimTab(true),
};

/** A key goes to the active question, else to the page. @param {Press} press */
function use(press) {
  if (state.current && questionAnswered(press)) return true;
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

function bind() {
  screen.paintKeys();
  document.querySelector("form[data-sign-out]")?.addEventListener("submit", signOut);
  keys.bind(use);
  screen.byId("answer").addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  for (const element of document.querySelectorAll("[data-do]")) {
    element.addEventListener("click", () => ACTIONS[/** @type {HTMLElement} */ (element).dataset.do ?? ""]?.());
  }
  screen.byId("open-guideline").addEventListener("click", () => guideline());
  screen.byId("close-side").addEventListener("click", () => guideline(false));
  screen.byId("open-keys").addEventListener("click", showKeys);
  addEventListener("pagehide", () => state.draftTimer && saveDraft(callOnLeaving));
  addEventListener("beforeunload", (event) => {
    if (outbox.pending.length && !outbox.durable) event.preventDefault();
  });
}

bind();
screen.paintZoom(state.zoom);
screen.paintSide(isWide() && screen.setting("guideline", "on") === "on");
await outbox.open();
claimTab();
