// Lists of marks in words.

import { gettext, number } from "../words.js";

/** @param {Question} question @param {Mark[]} marks */
export function words({ labels }, marks) {
  if (!marks.length) return gettext("nothing marked");
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const { label = "" } of marks) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts].map(([id, n]) => `${number(n)} × ${nameOf(labels, id)}`).join(", ");
}

/** @param {Label[] | undefined} labels @param {string} id */
export const nameOf = (labels, id) => labels?.find((label) => label.id === id)?.name ?? (id || gettext("set of points"));
