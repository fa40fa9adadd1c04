// Calls the server: JSON in, JSON out, one way to fail for each thing a page can do about it.

/** The server cannot be reached, is too slow or broken: try again later. */
export class Unreachable extends Error {}

/** The session has ended: sign in again; nothing is lost meanwhile. */
export class SignedOut extends Error {}

/** The server said no, with a sentence (RFC 9457). */
export class Problem extends Error {
  /** @param {number} status @param {{code?: string, detail?: string, title?: string}} body */
  constructor(status, body) {
    super(body.detail || body.title || `The server answered ${status}.`);
    this.status = status;
    this.title = body.title ?? "";
    this.code = body.code ?? "";
  }
}

const PATIENCE = 4000;

/** @returns {HTMLMetaElement} */
const tokenIn = (/** @type {Document} */ page) =>
  /** @type {HTMLMetaElement} */ (page.querySelector('meta[name="csrf-token"]'));

/** @param {string} url @param {RequestInit} init */
async function reach(url, init) {
  try {
    return await fetch(url, { credentials: "same-origin", ...init });
  } catch {
    throw new Unreachable("The server cannot be reached.");
  }
}

/** @param {string} url @param {unknown} body @param {boolean} keepalive */
function post(url, body, keepalive) {
  const signal = keepalive ? undefined : AbortSignal.timeout(PATIENCE);
  const headers = { "Content-Type": "application/json", "X-CSRFToken": tokenIn(document).content };
  return reach(url, { method: "POST", headers, body: JSON.stringify(body), keepalive, signal });
}

/** Signing in again changes the token; this same page carries the new one. */
async function renewToken() {
  const reply = await reach(location.href, { signal: AbortSignal.timeout(PATIENCE) });
  // Refused, not signed out: the call itself will say why.
  if (!reply.ok) return;
  const page = new DOMParser().parseFromString(await reply.text(), "text/html");
  const desk = page.getElementById("desk")?.textContent;
  if (!desk || !tokenIn(page)) throw new SignedOut("You are signed out.");
  const mine = JSON.parse(document.getElementById("desk")?.textContent ?? "{}").user.id;
  if (JSON.parse(desk).user.id !== mine) throw new SignedOut("Somebody else is signed in here.");
  tokenIn(document).content = tokenIn(page).content;
}

/** @param {Response} reply @returns {Promise<any>} */
async function read(reply) {
  const body = await reply.json().catch(() => ({}));
  if (reply.ok) return body;
  if (reply.status === 401) throw new SignedOut("You are signed out.");
  if (reply.status >= 500) throw new Unreachable("The server has trouble.");
  throw new Problem(reply.status, body);
}

/** @param {string} url @param {unknown} body */
export async function call(url, body) {
  let reply = await post(url, body, false);
  if (reply.status === 403 || reply.status === 401) {
    // Signed in again in another tab? Then the new token makes it work.
    await renewToken();
    reply = await post(url, body, false);
  }
  return read(reply);
}

/** For a page that is being left: nobody waits for the reply.
 * @param {string} url @param {unknown} body */
export function callOnLeaving(url, body) {
  post(url, body, true).catch(() => {});
}
