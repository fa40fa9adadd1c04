// A panel at the end of the page, for what is looked at now and then; Esc closes it.

import { make } from "./screen.js";
import { gettext } from "./words.js";

/** @param {string} title @returns {HTMLElement} where its content goes */
export function drawer(title) {
  const heading = make("h2", "", title);
  heading.id = "drawer-title";
  const close = make("button", "button button-quiet button-small right", gettext("Close"), " ", make("kbd", "", "Esc"));
  close.type = "button";
  const body = make("div", "dialog-body drawer-body", make("p", "muted", gettext("One moment.")));
  const box = make("dialog", "dialog drawer", make("div", "dialog-head", heading, close), body);
  box.setAttribute("aria-labelledby", heading.id);
  close.addEventListener("click", () => box.close());
  box.addEventListener("close", () => box.remove());
  document.body.append(box);
  box.showModal();
  return body;
}

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
