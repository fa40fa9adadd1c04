// The guideline beside the task: fetched behind the first task, then kept, so that it is there offline.

import { byId, make } from "./screen.js";
import { gettext } from "./words.js";

/** @type {Map<number, Promise<string>>} */
const texts = new Map();

/** The address of something about a version. @param {Desk} desk @param {number} version @param {string} part */
export const address = (desk, version, part) => desk.urls.version.replace("{id}", String(version)).replace("{part}", part);

/** @param {Desk} desk @param {number} version */
async function load(desk, version) {
  const reply = await fetch(address(desk, version, "guideline"));
  // whoever is signed out is led to the page that signs in, which is no guideline
  if (!reply.ok || reply.redirected) throw new Error(String(reply.status));
  return reply.text();
}

/** Once; what failed is tried again when it is wanted again. @param {Desk} desk @param {number} version */
export function textOf(desk, version) {
  const found = texts.get(version) ?? load(desk, version);
  texts.set(version, found);
  found.catch(() => texts.delete(version));
  return found;
}

/** @param {Desk} desk @param {number} version */
export async function paintGuideline(desk, version) {
  const box = byId("guideline");
  box.dataset.version = String(version);
  const html = await textOf(desk, version).catch(() => null);
  // another task may be shown by now
  if (box.dataset.version !== String(version)) return;
  if (html?.trim()) box.innerHTML = html;
  else box.replaceChildren(make("p", "muted", html === null ? gettext("The guideline cannot be fetched just now.") : gettext("This schema has no guideline yet. Ask the lead of the project.")));
}
