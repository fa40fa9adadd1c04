// Fetches what a task only refers to, ahead of its turn. Loaded with the first such task.

import { Problem } from "./delivery.js";
import { readable } from "./screen.js";
import { gettext } from "./words.js";

/** The server fetches only so many at once. */
const AT_ONCE = 2;
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 4000;
/** A server that has trouble is asked so often; one that cannot be reached, again and again. */
const TRIES = 8;
const RENEWED = [403, 409, 410];

/** @typedef {(action: string, body: unknown) => Promise<any>} Act */

/** @type {WeakSet<Assignment>} */
const begun = new WeakSet();
/** @type {(() => void)[]} */
const waiting = [];
let busy = 0;

/** Puts what the task refers to into its payload, or into `trouble` why it cannot be had.
 * False: somebody else is at it. @param {Assignment} assignment @param {Act} act */
export async function fetchAll(assignment, act) {
  if (begun.has(assignment)) return false;
  begun.add(assignment);
  await Promise.all((assignment.media ?? []).map((link) => fetchOne(assignment, link, act)));
  assignment.fetched = true;
  return true;
}

/** @param {Assignment} assignment @param {Link} link @param {Act} act */
async function fetchOne(assignment, link, act) {
  const { payload } = assignment.task;
  try {
    const value = await inTurn(() => valueOf(assignment, link, act));
    if (link.holds === "document") return await open(assignment, value, act);
    if (link.at === null) payload[link.field] = value;
    else /** @type {unknown[]} */ (payload[link.field])[link.at] = value;
  } catch (error) {
    delete payload[link.field || "ref"];
    assignment.trouble = { ...assignment.trouble, [link.field]: sorry(link, /** @type {Error} */ (error)) };
  }
}

/** @param {Link} link @param {Error} error */
function sorry({ field }, { message: why }) {
  const name = field ? readable(field) : gettext("The input");
  const next = gettext("Flag the task (F) or skip it (S); a lead can mend the reference.");
  return `${gettext("{name} cannot be shown: {why}", { name, why })} ${next}`;
}

/** The fields of the whole input, which may themselves refer to something.
 * @param {Assignment} assignment @param {{payload: Record<string, unknown>, media: Link[]}} document @param {Act} act */
async function open(assignment, { payload, media }, act) {
  delete assignment.task.payload.ref;
  Object.assign(assignment.task.payload, payload);
  await Promise.all(media.map((link) => fetchOne(assignment, link, act)));
}

/** A picture is then in the browser's cache: its address is enough to show it.
 * @param {Assignment} assignment @param {Link} link @param {Act} act */
async function valueOf(assignment, link, act) {
  const [reply, address] = await get(assignment, link, act);
  if (link.holds === "text") return reply.text();
  if (link.holds === "picture") return reply.blob().then(() => address);
  return reply.json();
}

/** @param {Assignment} assignment @param {Link} link @param {Act} act @returns {Promise<[Response, string]>} */
async function get(assignment, link, act) {
  let { address } = link;
  let renewed = false;
  for (let tries = 1, pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    const reply = await fetch(address, { credentials: "same-origin" }).catch(() => null);
    if (reply?.ok) return [reply, address];
    if (reply && RENEWED.includes(reply.status) && !renewed) {
      renewed = true;
      address = (await renew(assignment, link, act)) ?? address;
    } else {
      await refuse(reply, tries);
      await new Promise((resolve) => setTimeout(resolve, pause * (0.75 + Math.random() / 2)));
    }
    if (reply && reply.status >= 500) tries += 1;
  }
}

/** Throws what trying again would not mend. @param {Response | null} reply @param {number} tries */
async function refuse(reply, tries) {
  // Offline, signed out or busy: the page says so elsewhere, and goes on when it can.
  if (!reply || [401, 429].includes(reply.status)) return;
  if (reply.status < 500) throw new Problem(reply.status, await reply.json().catch(() => ({})));
  if (tries >= TRIES) throw new Error(gettext("The server has trouble."));
}

/** A new address of the same thing; none where the task is no longer ours.
 * @param {Assignment} assignment @param {Link} link @param {Act} act @returns {Promise<string | undefined>} */
async function renew(assignment, link, act) {
  try {
    const { media } = await act("renew", { token: assignment.token, media: true });
    return media.find((/** @type {Link} */ { field, at }) => field === link.field && at === link.at)?.address;
  } catch {
    return undefined;
  }
}

/** @template T @param {() => Promise<T>} work @returns {Promise<T>} */
async function inTurn(work) {
  if (busy >= AT_ONCE) await new Promise((resolve) => waiting.push(() => resolve(undefined)));
  busy += 1;
  try {
    return await work();
  } finally {
    busy -= 1;
    waiting.shift()?.();
  }
}
