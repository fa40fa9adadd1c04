// What comments and history share: how they ask the service, and say when.

import { make } from "./screen.js";
import { gettext } from "./words.js";

/** What an address of the service answers; its own words where it says no. @param {string} url */
export async function look(url) {
  const reply = await fetch(url, { credentials: "same-origin" }).catch(() => {
    throw new Error(gettext("The server cannot be reached."));
  });
  const body = await reply.json().catch(() => ({}));
  if (!reply.ok) throw new Error(body.detail || gettext("The server answered {status}.", { status: reply.status }));
  return body;
}

/** A point in time as people here write it. @param {string} at */
export function when(at) {
  const time = make("time", "muted small", new Date(at).toLocaleString(document.documentElement.lang || undefined, { dateStyle: "medium", timeStyle: "short" }));
  time.dateTime = at;
  return time;
}

/** @param {HTMLElement} place @param {unknown} error */
export function say(place, error) {
  place.replaceChildren(make("p", "notice notice-bad", /** @type {Error} */ (error).message));
}
