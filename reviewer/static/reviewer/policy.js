// The editor of a policy: what is written is asked of the server a moment later, and shown beside it.

const PAUSE = 300;
const READING = 1500;

const edit = /** @type {HTMLFormElement} */ (document.getElementById("edit"));
const state = { turn: 0, timer: 0, changed: false, leaving: false, turning: false };

/** @param {string} how */
function choose(how) {
  edit.dataset.how = how;
  for (const input of edit.querySelectorAll("input[name=how]")) {
    const radio = /** @type {HTMLInputElement} */ (input);
    radio.checked = radio.value === how;
  }
}

/** What was written last comes along first; a text that is no policy cannot be shown as a form.
 * @param {string} how */
async function turnTo(how) {
  state.turning = true;
  await ask();
  state.turning = false;
  const shows = how === "text" || edit.querySelector("#form [name=audit]");
  choose(shows ? how : "text");
}

/** @param {number} [pause] */
function later(pause = PAUSE) {
  clearTimeout(state.timer);
  state.timer = setTimeout(() => void ask(), pause);
}

/** The page as the server would show it now; nothing is kept. */
async function ask() {
  clearTimeout(state.timer);
  const turn = ++state.turn;
  const body = new FormData(edit);
  body.set("step", "preview");
  body.set("how", edit.dataset.how ?? "text");
  try {
    const answer = await fetch(location.href, { method: "POST", body, headers: { Accept: "text/html" } });
    if (turn !== state.turn || answer.status === 403) return;
    show(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch (error) {
    // Away for a moment; what is written stays, and is asked again with the next key.
    if (!(error instanceof TypeError)) throw error;
  }
}

/** The other way of writing follows; the one in hand stays as it is.
 * @param {Document} page */
function show(page) {
  replace(page, "told");
  replace(page, "preview");
  if (edit.dataset.how === "form") {
    const text = /** @type {HTMLTextAreaElement | null} */ (page.getElementById("text"));
    if (text) /** @type {HTMLTextAreaElement} */ (document.getElementById("text")).value = text.value;
  } else {
    replace(page, "form");
  }
  if (document.getElementById("preview")?.hasAttribute("data-reading")) later(READING);
}

/** @param {Document} page @param {string} id */
function replace(page, id) {
  const fresh = page.getElementById(id);
  const shown = document.getElementById(id);
  if (!fresh || !shown || fresh.isEqualNode(shown)) return;
  const open = [...shown.querySelectorAll("details")].map((each) => each.open);
  const next = document.adoptNode(fresh);
  next.querySelectorAll("details").forEach((each, at) => (each.open = open[at] ?? false));
  shown.replaceWith(next);
}

edit.addEventListener("input", (event) => {
  const input = /** @type {HTMLInputElement} */ (event.target);
  if (input.name === "how") return void turnTo(input.value);
  if (input.name === "reason") return;
  state.changed = true;
  later();
});
edit.addEventListener("submit", (event) => {
  // what is sent would not yet be what was written last
  if (state.turning) return event.preventDefault();
  state.leaving = true;
});
addEventListener("beforeunload", (event) => {
  if (state.changed && !state.leaving) event.preventDefault();
});
if (document.getElementById("preview")?.hasAttribute("data-reading")) later(READING);
edit.dataset.ready = "yes";
