// What people say to each other about a task. Loaded when the thread is opened.

import { call } from "./delivery.js";
import { look, when } from "./drawer.js";
import { small } from "./opinions.js";
import { byId, make } from "./screen.js";
import { gettext } from "./words.js";

/** @param {number} task @returns {Promise<TaskComment[]>} */
export const comments = async (task) => (await look(`/api/v1/tasks/${task}/comments`)).comments;

/** The thread of a task in its panel. @param {Assignment} assignment @param {Question[]} _questions @param {() => void} changed the number of open ones did */
export function open(assignment, _questions, changed) {
  return mount(byId("drawer-comments"), assignment.task.id, (count) => {
    assignment.comments = count;
    changed();
  });
}

/** The markup is there already (_thread.html). @param {HTMLElement} root @param {number} task @param {(count: number) => void} counted */
export async function mount(root, task, counted) {
  const list = /** @type {HTMLElement} */ (root.querySelector(".comments"));
  const problem = /** @type {HTMLElement} */ (root.querySelector(".problem"));
  /** @type {TaskComment[]} */
  let all = [];
  bind(root, task, problem, async (text, client_id) => {
    const made = await call(`/api/v1/tasks/${task}/comments`, { text, client_id });
    // Who asked for all of them at the same time may have been told of it already.
    if (!all.some(({ id }) => id === made.id)) all = [...all, made];
    paint();
  });
  list.replaceChildren();
  try {
    const found = await comments(task);
    // One may have been sent meanwhile.
    all = [...found, ...all.filter(({ id }) => !found.some((other) => other.id === id))];
    paint();
  } catch (error) {
    problem.textContent = /** @type {Error} */ (error).message;
  }

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
      /** @type {HTMLElement} */ (root.querySelector("textarea")).focus();
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

/** What is written stays in the field until it has arrived; sent twice, it is kept once. What was
 * typed about another task goes.
 * @param {HTMLElement} root @param {number} task @param {HTMLElement} problem @param {(text: string, clientId: string) => Promise<void>} send */
function bind(root, task, problem, send) {
  const form = /** @type {HTMLFormElement} */ (root.querySelector(".thread form"));
  const input = /** @type {HTMLTextAreaElement} */ (form.querySelector("textarea"));
  const button = /** @type {HTMLButtonElement} */ (form.querySelector("button"));
  const before = form.dataset.task;
  if (before && before !== String(task)) input.value = "";
  if (before !== String(task)) form.dataset.sending = crypto.randomUUID();
  form.dataset.task = String(task);
  problem.textContent = "";
  button.disabled = false;
  form.onsubmit = async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    button.disabled = true;
    problem.textContent = "";
    try {
      await send(input.value.trim(), form.dataset.sending ?? "");
      form.dataset.sending = crypto.randomUUID();
      input.value = "";
    } catch (error) {
      problem.textContent = gettext("Not sent yet: {why}", { why: /** @type {Error} */ (error).message });
    }
    button.disabled = false;
    input.focus();
  };
  input.onkeydown = (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  };
}
