// A guideline that somebody has not read stands before the first task that follows it. Loaded when there is one.

import { call, Problem } from "./delivery.js";
import { address } from "./guideline.js";
import { byId, keep, setting } from "./screen.js";

// Enter of the answer before must not count as having read.
const SETTLING = 600;
const AGAIN = 20_000;

/** @type {Map<number, Promise<string>>} */
const fetched = new Map();
/** @type {Map<number, number>} when it could not be fetched: work goes on meanwhile */
const failed = new Map();
let timer = 0;

/** @param {Desk} desk */
const shelf = (desk) => `read.${desk.user.id}`;

/** Read, but not told to the server yet. @param {Desk} desk @returns {number[]} */
const waiting = (desk) => JSON.parse(setting(shelf(desk), "[]"));

/** What is to be read, "" for nothing. @param {Desk} desk @param {number} version @returns {Promise<string>} */
async function load(desk, version) {
  const reply = await fetch(address(desk, version, "changes"), { signal: AbortSignal.timeout(4000) });
  if (!reply.ok || reply.redirected) throw new Error(String(reply.status));
  return reply.status === 204 ? "" : reply.text();
}

/** @param {Desk} desk @param {number} version */
export function ahead(desk, version) {
  const found = fetched.get(version) ?? load(desk, version);
  fetched.set(version, found);
  found.catch(() => {
    fetched.delete(version);
    failed.set(version, Date.now());
  });
  return found;
}

/** Ends when the task on the page may be answered; a skipped one may be followed by one of another guideline.
 * @param {Desk} desk @param {{current: Assignment | null}} state */
export async function readAll(desk, state) {
  let last = 0;
  for (;;) {
    const version = state.current?.task.schema_version ?? last;
    if (version === last || desk.known.includes(version)) return;
    last = version;
    await read(desk, version);
  }
}

/** Ends when the tasks of this version may be answered: it was read, or cannot be had just now.
 * @param {Desk} desk @param {number} version */
async function read(desk, version) {
  if (waiting(desk).includes(version)) desk.known.push(version);
  else if (Date.now() - (failed.get(version) ?? 0) > AGAIN) await show(desk, version);
  void tell(desk);
}

/** @param {Desk} desk @param {number} version */
async function show(desk, version) {
  const html = await ahead(desk, version).catch(() => null);
  if (html === null) return;
  if (html) {
    await shown(html);
    keep(shelf(desk), JSON.stringify([...waiting(desk), version]));
  }
  desk.known.push(version);
}

/** @param {string} html @returns {Promise<void>} */
function shown(html) {
  const box = /** @type {HTMLDialogElement} */ (byId("news"));
  const text = byId("news-text");
  text.innerHTML = html;
  box.showModal();
  text.focus();
  text.scrollTop = 0;
  const since = performance.now();
  return new Promise((resolve) => {
    const done = () => {
      box.onclose = null;
      box.close();
      resolve();
    };
    byId("news-read").onclick = done;
    // Escape is no answer
    box.onclose = () => box.showModal();
    box.onkeydown = (event) => {
      const other = /** @type {Element} */ (event.target).closest("a, summary, button");
      if (event.key !== "Enter" || (other && other.id !== "news-read")) return;
      event.preventDefault();
      if (!event.repeat && performance.now() - since > SETTLING) done();
    };
  });
}

/** Tells the server, again and again until it knows. @param {Desk} desk */
async function tell(desk) {
  clearTimeout(timer);
  for (const version of waiting(desk)) {
    try {
      await call(address(desk, version, "acknowledge"), {});
    } catch (error) {
      if (!(error instanceof Problem && error.status === 404)) {
        timer = setTimeout(() => void tell(desk), AGAIN);
        return;
      }
    }
    keep(shelf(desk), JSON.stringify(waiting(desk).filter((each) => each !== version)));
  }
}
