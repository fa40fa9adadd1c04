// The workbench: state in one object; a key changes it, screen.js paints it, the outbox sends it.

import { call, callOnLeaving, Outbox, Problem } from "./delivery.js";
import { Feed, median } from "./feed.js";
import { Questions, wordsFor } from "./questions.js";
import * as screen from "./screen.js";

const DRAFT_PAUSE = 1500;
const BUILT_AHEAD = 8;
const QUIET = 700;

/** One tab works on a queue at a time, so that two never show the same task.
 * @param {string} name
 * @param {{mine: () => void, other: () => void, taken: () => void}} tell
 * @param {boolean} [steal] take it over from the other tab
 */
function workHere(name, tell, steal = false) {
  const options = steal ? { steal: true } : { ifAvailable: true };
  navigator.locks
    .request(name, options, (lock) => {
      if (!lock) return tell.other();
      tell.mine();
      // Held until this tab closes or another one takes over.
      return new Promise(() => {});
    })
    .catch(() => tell.taken());
}

/** Time in other tabs is not counted. */
class Stopwatch {
  #since = 0;
  #sum = 0;

  constructor() {
    document.addEventListener("visibilitychange", () => (document.hidden ? this.#pause() : this.#go()));
  }

  restart() {
    this.#sum = 0;
    this.#since = document.hidden ? 0 : performance.now();
  }

  #pause() {
    this.#sum = this.#elapsed();
    this.#since = 0;
  }

  #go() {
    this.#since ||= performance.now();
  }

  #elapsed() {
    return this.#sum + (this.#since ? performance.now() - this.#since : 0);
  }

  get seconds() {
    return Math.round(this.#elapsed() / 10) / 100;
  }
}

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

const outbox = new Outbox(desk.user.id, paintStatus, resulted);
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
    screen.paintGuideline(questions.schema);
  }
  questions.show(assignment, startingAnswer(assignment), opinions);
  screen.byId("opinions").hidden = !opinions.length;
  if (opinions.length) void paintOpinions(opinions, questions.schema.questions);
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
  const clientId = outbox.put({ url: desk.urls.submissions, assignment: current.id, token: current.token, answer, seconds: watch.seconds, said });
  note({ clientId, assignment: current, answer, said, state: "kept" });
  next();
}

/** @param {Questions} questions @param {number} missing */
function askForAnswer(questions, missing) {
  questions.activate(missing);
  const { title } = questions.parts[missing].question;
  const how = screen.setting("keys", "on") === "on" ? "press its number, or X if it cannot be answered" : "or use “Can’t tell”";
  screen.paintProblem(`“${title}” has no answer yet. Choose one: ${how}.`);
}

/** @param {Given} given */
function note(given) {
  if (!state.correcting) {
    state.done += 1;
    state.seconds.push(watch.seconds);
  }
  feed.answered.add(`${given.assignment.id}:${given.assignment.token}`);
  state.given.push(given);
  afterPaint(() => screen.paintGiven(state.given, correct));
}

/** @param {Kept} kept @param {Result} result */
function resulted(kept, result) {
  const given = state.given.find((one) => one.clientId === kept.client_id);
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
 * @param {string} action @param {string} reason */
async function ask(action, reason) {
  const { current } = state;
  if (!current) return;
  try {
    await call(feed.url(current.id, action), { token: current.token, reason });
    if (state.current === current) next();
  } catch (error) {
    screen.paintProblem(`Not done: ${/** @type {Error} */ (error).message}`);
  }
}

/** Opens at once: keys that follow belong to it. @param {string} what @param {(reason: string) => void} then */
function askReason(what, then) {
  if (!state.current) return;
  const box = /** @type {HTMLDialogElement} */ (screen.byId(`ask-${what}`));
  const own = /** @type {HTMLInputElement} */ (box.querySelector("input"));
  own.value = "";
  box.onsubmit = ({ submitter }) => {
    const chosen = submitter?.getAttribute("value");
    const reason = chosen === "own" ? own.value.trim() : chosen;
    if (reason) then(reason);
  };
  box.showModal();
  own.focus();
}

function showKeys() {
  /** @type {HTMLDialogElement} */ (screen.byId("keys-dialog")).showModal();
  void import("./settings.js").catch(() => {});
}

/** Signing out waits until everything is sent; then nothing of it stays on this machine.
 * @param {Event} event */
async function signOut(event) {
  if (!outbox.pending.length) return;
  event.preventDefault();
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (await outbox.drained(4000)) return form.submit();
  const count = outbox.pending.length;
  const text = `${count} of your answers could not be sent yet. They stay in this browser and are sent when you sign in and open this queue again. Sign out all the same?`;
  if (confirm(text)) form.submit();
}

function skip() {
  if (state.correcting) return keepOldAnswer();
  askReason("skip", (reason) => ask("skip", reason));
}

function keepOldAnswer() {
  if (state.correcting) state.given.push(state.correcting);
  next();
  screen.paintGiven(state.given, correct);
}

function flag() {
  askReason("flag", (reason) => ask("flag", reason));
}

/** @param {string} reason */
function cannotAnswer(reason) {
  if (!state.current) return;
  const questions = questionsFor(state.current);
  const answer = { ...questions.read(), [questions.active.id]: { unanswerable: reason } };
  questions.show(state.current, answer, opinionsOn(state.current));
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

const resting = () => (state.tab !== "here" ? state.tab : feed.state === "ok" ? "loading" : feed.state);

function restingWords() {
  const count = outbox.pending.length;
  const kept = count ? `Kept in this browser and sent later: ${count === 1 ? "one answer" : `${count} answers`}.` : "";
  const done = state.done ? `You answered ${state.done} in this session.` : "";
  const others = feed.waiting ? `${feed.waiting} more wait here, but none is handed out just now.` : "";
  const why = feed.state === "refused" ? feed.detail : "";
  return [kept, feed.state === "empty" ? `${done} ${others}` : why].join(" ").trim();
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
  if (outbox.refused.length || screen.byId("refusals").firstChild) void paintRefusals();
  screen.byId("signin").hidden = !(outbox.delivery.state === "signed_out" || feed.state === "signed_out");
  if (!state.current) screen.paintRest(resting(), restingWords(), feed.title);
}

async function paintRefusals() {
  const part = await import("./refusals.js").catch(() => null);
  part?.paintRefusals(outbox.refused, (clientId) => outbox.dismiss(clientId));
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

const unanswerable = () => askReason("unanswerable", cannotAnswer);

/** @type {Record<string, () => void>} */
const ACTIONS = { undo, skip, flag, unanswerable, guideline: () => guideline(), here: () => claimTab(true) };

function bind() {
  screen.paintKeys();
  document.querySelector("form[data-sign-out]")?.addEventListener("submit", signOut);
  screen.bindKeys(
    {
      Enter: submit, z: undo, s: skip, f: flag, x: unanswerable, g: () => guideline(), "?": showKeys,
      "+": () => zoom(1.25), "=": () => zoom(1.25), "-": () => zoom(0.8),
      Escape: () => isWide() || guideline(false),
    },
    keyForQuestion,
  );
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

/** @param {KeyboardEvent} event */
function keyForQuestion(event) {
  if (!state.current) return false;
  const questions = questionsFor(state.current);
  if (event.repeat && screen.digit(event)) return true;
  if (!questions.key(event)) return false;
  if (screen.digit(event) && questions.parts.length === 1 && screen.setting("atonce", "off") === "on") submit();
  return true;
}

bind();
screen.paintZoom(state.zoom);
screen.paintSide(isWide() && screen.setting("guideline", "on") === "on");
await outbox.open();
claimTab();
