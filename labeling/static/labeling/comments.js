// What people say to each other about a task. Loaded when the thread is opened.

import { call } from "./delivery.js";
import { drawer, look, say, when } from "./drawer.js";
import { make } from "./screen.js";
import { small } from "./opinions.js";
import { gettext } from "./words.js";

/** @param {number} task @returns {Promise<TaskComment[]>} */
export const comments = async (task) => (await look(`/api/v1/tasks/${task}/comments`)).comments;

/** @param {Assignment} assignment @param {Question[]} _questions @param {() => void} changed the number of open ones did */
export function open(assignment, _questions, changed) {
  const { id } = assignment.task;
  void mount(drawer(gettext("Comments on this task")), id, (count) => {
    assignment.comments = count;
    changed();
  }, true);
}

/** The thread with its form, in a panel or on a page.
 * @param {HTMLElement} root @param {number} task @param {(count: number) => void} counted @param {boolean} [write] begin to write at once */
export async function mount(root, task, counted, write = false) {
  /** @type {TaskComment[]} */
  let all;
  try {
    all = await comments(task);
  } catch (error) {
    return say(root, error);
  }
  const list = make("ol", "comments");
  const problem = make("p", "problem");
  problem.setAttribute("role", "alert");
  const text = form(problem, async (words, client_id) => {
    all.push(await call(`/api/v1/tasks/${task}/comments`, { text: words, client_id }));
    paint();
  });
  root.replaceChildren(list, text.element, problem);
  paint();
  if (write) text.input.focus();

  function paint() {
    list.replaceChildren(...all.map((one) => row(one, resolve)));
    list.hidden = !all.length;
    counted(all.filter((one) => !one.resolved_at).length);
  }

  /** @param {TaskComment} one */
  async function resolve(one) {
    try {
      Object.assign(one, await call(`/api/v1/comments/${one.id}/resolve`, {}));
      paint();
    } catch (error) {
      problem.textContent = gettext("Not done: {why}", { why: /** @type {Error} */ (error).message });
    }
  }
}

/** @param {TaskComment} one @param {(one: TaskComment) => void} resolve */
function row(one, resolve) {
  const head = make("p", "comment-head", make("strong", "", one.who), " ", when(one.at));
  const item = make("li", "", head, make("p", "comment-text", one.text));
  if (one.resolved_at) {
    item.className = "is-resolved";
    item.append(make("span", "pill pill-good", gettext("✓ resolved by {who}", { who: one.resolved_by ?? "" })));
  } else if (one.may_resolve) {
    const button = small(gettext("Resolve"), () => resolve(one));
    button.setAttribute("aria-label", gettext("Resolve the comment {text}", { text: one.text.slice(0, 60) }));
    item.append(button);
  }
  return item;
}

/** Kept in the field until it has arrived; sent twice, it is kept once.
 * @param {HTMLElement} problem @param {(text: string, clientId: string) => Promise<void>} send */
function form(problem, send) {
  const input = make("textarea");
  Object.assign(input, { id: "comment", rows: 3, maxLength: 2000, required: true });
  const label = make("label", "", gettext("Write a comment"));
  label.htmlFor = "comment";
  const hint = make("span", "hint", gettext("Whoever has this task, adjudicators and leads read it. Ctrl+Enter sends it."));
  const button = make("button", "button button-primary", gettext("Comment"));
  const element = make("form", "form", make("div", "field", label, input, hint), make("div", "button-row", button));
  let clientId = crypto.randomUUID();
  element.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    problem.textContent = "";
    try {
      await send(input.value.trim(), clientId);
      clientId = crypto.randomUUID();
      input.value = "";
    } catch (error) {
      problem.textContent = gettext("Not sent yet: {why}", { why: /** @type {Error} */ (error).message });
    }
    button.disabled = false;
    input.focus();
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) element.requestSubmit();
  });
  return { element, input };
}
