// Several values of one question beside one another, differences marked: the kind’s way, else in words.

import * as parts from "./parts.js";
import { unanswerable, wordsFor } from "./questions.js";

/** What can be shown by the kind: neither blank nor “cannot be answered”. @param {unknown} value */
const isPlain = (value) => value !== undefined && value !== null && unanswerable(value) === null;

/** @param {unknown[]} values whether those that were given are not all the same */
export const differ = (values) =>
  new Set(values.filter((value) => value !== undefined && value !== null).map((value) => JSON.stringify(value))).size > 1;

/** @param {Question} question @param {unknown[]} values @param {Record<string, unknown>} payload @returns {(Node | string)[]} */
export function compared(question, values, payload) {
  const plain = values.filter(isPlain);
  const shown = plain.length > 1 ? parts.kind(question.kind).differences?.(question, plain, payload) : undefined;
  const next = shown?.values();
  return values.map((value) => {
    if (value === undefined || value === null) return "–";
    if (!isPlain(value)) return wordsFor(question, value);
    return next?.next().value ?? wordsFor(question, value);
  });
}
