// The workbench: state in one object; a key changes it, screen.js paints it, the outbox sends it.

import { call, callOnLeaving, Problem } from "./api.js";
import { askReason, bindDialogs, showKeys } from "./dialogs.js";
import { byId, make } from "./dom.js";
import { Feed, median } from "./feed.js";
import { prepare } from "./item.js";
import { bindKeys, digit, keep, setting } from "./keys.js";
import { workHere } from "./one_tab.js";
import { Outbox } from "./outbox.js";
import { Questions, wordsFor } from "./questions.js";
import * as screen from "./screen.js";
import { Stopwatch } from "./stopwatch.js";

const DRAFT_PAUSE = 1500;
const BUILT_AHEAD = 8;
const QUIET = 700;

/** @type {Desk} */
const desk = JSON.parse(byId("desk").textContent ?? "");
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
  zoom: Number(setting("zoom", "1")),
};

const outbox = new Outbox(desk.user.id, paintStatus, resulted, (waiting) => {
  feed.waiting = waiting;
});
const feed = new Feed(desk, {
  held: () => [...outbox.pending.map((kept) => kept.assignment), ...(state.current ? [state.current.id] : [])],
  current: () => state.current,
  pace: () => state.seconds.slice(-20),
  onChange: fed,
});

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
  if (byId("questions").firstChild !== questions.element) {
    byId("questions").replaceChildren(questions.element);
    screen.paintGuideline(questions.schema);
  }
  questions.show(assignment, startingAnswer(assignment), opinions);
  screen.paintOpinions(opinions, questions.schema.questions, wordsFor);
  screen.paintNote(state.correcting ? "You are correcting your answer. The old one stands until you submit." : "");
  screen.paintProblem("");
  screen.paintItem(assignment, questions.schema);
  watch.restart();
}

function next() {
  clearTimeout(state.draftTimer);
  state.correcting = null;
  state.current = null;
  const assignment = feed.next();
  if (assignment) present(assignment);
  paintStatus();
  setTimeout(buildAhead, 0);
}

function buildAhead() {
  for (const assignment of feed.ready.slice(0, BUILT_AHEAD)) {
    prepare(assignment, feed.schemas[assignment.task.schema_version]);
  }
}

function fed() {
  if (!state.current && feed.ready.length && state.tab === "here") next();
  else paintStatus();
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
  outbox.put({ url: desk.urls.submissions, assignment: current.id, token: current.token, answer, seconds: watch.seconds, said });
  note({ assignment: current, answer, said, state: "kept" });
  next();
}

/** @param {Questions} questions @param {number} missing */
function askForAnswer(questions, missing) {
  questions.activate(missing);
  const { title } = questions.parts[missing].question;
  const how = setting("keys", "on") === "on" ? "press its number, or X if it cannot be answered" : "or use “Can’t tell”";
  screen.paintProblem(`“${title}” has no answer yet. Choose one: ${how}.`);
}

/** @param {Given} given */
function note(given) {
  if (!state.correcting) {
    state.done += 1;
    state.seconds.push(watch.seconds);
  }
  state.given.push(given);
  screen.paintGiven(state.given, correct);
}

/** @param {Kept} kept @param {Result} result */
function resulted(kept, result) {
  const given = state.given.findLast((one) => one.assignment.id === kept.assignment);
  if (!given) return;
  given.state = result.ok ? "saved" : "refused";
  screen.paintGiven(state.given, correct);
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
  screen.paintGiven(state.given, correct);
  paintStatus();
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
    screen.paintGiven(state.given, correct);
    screen.paintNote(`That answer stays as it is: ${error.message}`, "warn");
  }
}

function undo() {
  const last = state.given.findLast((one) => one.state !== "refused");
  if (last) correct(last);
  else screen.paintNote("Nothing to undo: you have not answered anything since this page was opened.", "warn");
}

/** Server first: a skip or flag that did not arrive must not look as if it had.
 * @param {string} action @param {string} reason @param {(current: Assignment) => void} then */
async function ask(action, reason, then) {
  const { current } = state;
  if (!current) return;
  try {
    await call(feed.url(current.id, action), { token: current.token, reason });
    if (state.current === current) then(current);
  } catch (error) {
    screen.paintProblem(`Not done: ${/** @type {Error} */ (error).message}`);
  }
}

function skip() {
  if (!state.current) return;
  if (state.correcting) return keepOldAnswer();
  askReason(
    { title: "Skip this task", text: "It goes to somebody else.", button: "Skip it", common: ["Not my field", "I know this case", "Cannot open it"] },
    (reason) => ask("skip", reason, next),
  );
}

function keepOldAnswer() {
  if (state.correcting) state.given.push(state.correcting);
  next();
  screen.paintGiven(state.given, correct);
}

function flag() {
  if (!state.current) return;
  askReason(
    { title: "Flag this task", text: "It is set aside for the lead of the project; you go on with the next one.", button: "Flag it", common: ["Guideline does not cover it", "Should not be here", "Personal data"] },
    (reason) => ask("flag", reason, next),
  );
}

function cannotAnswer() {
  if (!state.current) return;
  askReason(
    { title: "It cannot be answered", text: "That is an answer too: it is counted, not skipped.", button: "Submit", common: ["Too blurred", "Cut off", "Several answers are right", "Not in the list"] },
    (reason) => {
      if (!state.current) return;
      const questions = questionsFor(state.current);
      const answer = { ...questions.read(), [questions.active.id]: { unanswerable: reason } };
      questions.show(state.current, answer, opinionsOn(state.current));
      if (questions.missing(answer) < 0) submit();
    },
  );
}

const isWide = () => matchMedia("(min-width: 80rem)").matches;

/** Beside the task on a wide screen, remembered; over it on a small one. @param {boolean} [on] */
function guideline(on = Boolean(byId("side").hidden)) {
  if (isWide()) keep("guideline", on ? "on" : "off");
  screen.paintSide(on);
}

/** @param {number} by */
function zoom(by) {
  state.zoom = Math.min(4, Math.max(0.5, state.zoom * by));
  keep("zoom", String(state.zoom));
  screen.paintZoom(state.zoom);
}

/** @param {string} text @param {() => void} action */
function button(text, action) {
  const element = make("button", "button button-primary", text);
  element.type = "button";
  element.addEventListener("click", action);
  return element;
}

/** @param {string} text @param {string} href */
function link(text, href) {
  const element = make("a", "button", text);
  element.href = href;
  return element;
}

function emptyText() {
  const waiting = feed.waiting ?? 0;
  const done = state.done ? `You answered ${state.done} in this session. ` : "";
  if (!waiting) return `${done}New tasks appear here by themselves.`;
  return `${done}${waiting} more wait here, but none is handed out just now. What comes free appears here by itself.`;
}

/** @returns {[string, string, HTMLElement[]]} */
function resting() {
  const home = link("To my queues", desk.urls.home);
  const kept = outbox.pending.length ? `${outbox.pending.length} answers are kept in this browser and will be sent. ` : "";
  const take = () => button("Work here instead", () => claimTab(true));
  if (state.tab === "other") return ["This queue is open in another tab", "One tab at a time, so that no task is shown twice.", [take(), home]];
  if (state.tab === "taken") return ["This queue moved to another tab", `${kept}You can go on there, or bring it back.`, [take(), home]];
  if (feed.state === "offline") return ["No connection", `${kept}The next tasks come as soon as the server is reached again.`, []];
  if (feed.state === "signed_out") return ["You are signed out", `${kept}Sign in again in a new tab; this page then goes on by itself.`, [signInLink()]];
  if (feed.state === "refused") return [feed.title || "No tasks can be fetched", `${kept}${feed.detail}`, [home]];
  if (feed.state === "empty") return ["Nothing waits.", emptyText(), [button("Look again", () => location.reload()), home]];
  return ["Fetching your next tasks", "One moment.", []];
}

function signInLink() {
  const element = link("Sign in again", desk.urls.signin);
  element.target = "_blank";
  return element;
}

/** @returns {[string, string, string]} */
function saved() {
  const { state: delivery, detail } = outbox.delivery;
  const count = outbox.pending.length;
  const oldest = outbox.pending[0]?.at ?? Date.now();
  if (delivery === "signed_out" || feed.state === "signed_out") return [count ? `Signed out · ${count} kept` : "Signed out", "bad", detail];
  if (delivery === "error") return [`Not taken yet · ${count} kept`, "bad", detail];
  if (delivery === "offline" || feed.state === "offline") return [count ? `Offline · ${count} kept` : "Offline", "warn", detail];
  if (count && !outbox.durable) return [`Sending ${count} · keep this tab open`, "warn", "This browser does not let the page keep answers."];
  if (count && Date.now() - oldest > QUIET) return [`Sending ${count}`, "info", ""];
  if (count) setTimeout(paintStatus, QUIET);
  return ["Saved", "good", "Everything you answered is with the server."];
}

function paintStatus() {
  screen.paintSaved(...saved());
  // The server counts what nobody holds; what this page holds waits too.
  const held = feed.ready.length + (state.current && !state.correcting ? 1 : 0);
  screen.paintProgress(state.done, feed.waiting === null ? null : feed.waiting + held, median(state.seconds));
  screen.paintRefusals(outbox.refused, (clientId) => outbox.dismiss(clientId));
  byId("signin").hidden = !(outbox.delivery.state === "signed_out" || feed.state === "signed_out");
  if (!state.current) screen.paintState(...resting());
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
  paintStatus();
}

/** @param {"other" | "taken"} why */
function rest(why) {
  state.tab = why;
  state.current = null;
  feed.stopped = true;
  feed.ready = [];
  paintStatus();
}

/** @type {Record<string, () => void>} */
const ACTIONS = { undo, skip, flag, unanswerable: cannotAnswer, guideline: () => guideline() };

function bind() {
  bindDialogs(outbox);
  bindKeys(
    {
      Enter: submit, z: undo, s: skip, f: flag, x: cannotAnswer, g: () => guideline(), "?": showKeys,
      "+": () => zoom(1.25), "=": () => zoom(1.25), "-": () => zoom(0.8),
      Escape: () => isWide() || guideline(false),
    },
    keyForQuestion,
  );
  byId("answer").addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  for (const element of document.querySelectorAll("[data-do]")) {
    element.addEventListener("click", () => ACTIONS[/** @type {HTMLElement} */ (element).dataset.do ?? ""]?.());
  }
  byId("open-guideline").addEventListener("click", () => guideline());
  byId("close-side").addEventListener("click", () => guideline(false));
  byId("open-keys").addEventListener("click", showKeys);
  /** @type {HTMLAnchorElement} */ (byId("signin")).href = desk.urls.signin;
  addEventListener("pagehide", () => state.draftTimer && saveDraft(callOnLeaving));
  addEventListener("beforeunload", (event) => {
    if (outbox.pending.length && !outbox.durable) event.preventDefault();
  });
}

/** @param {KeyboardEvent} event */
function keyForQuestion(event) {
  if (!state.current) return false;
  const questions = questionsFor(state.current);
  if (event.repeat && digit(event)) return true;
  if (!questions.key(event)) return false;
  if (digit(event) && questions.parts.length === 1 && setting("atonce", "off") === "on") submit();
  return true;
}

bind();
screen.paintZoom(state.zoom);
screen.paintSide(isWide() && setting("guideline", "on") === "on");
await outbox.open();
claimTab();
