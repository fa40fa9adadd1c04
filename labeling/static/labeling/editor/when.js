// The condition of a question: always asked, or only after certain answers to one before it.

import { make } from "../screen.js";
import { gettext } from "../words.js";
import * as inputs from "./inputs.js";

/** @param {string} text the values as JSON @returns {unknown[]} */
function valuesIn(text) {
  try {
    const values = JSON.parse(text);
    return Array.isArray(values) ? values : [values];
  } catch {
    return [];
  }
}

/** @param {FormQuestion} question @param {FormQuestion[]} before @param {string} path @param {ListWork} work */
export function whenOf(question, before, path, work) {
  const options = before.map((each) => /** @type {[string, string]} */ ([each.id, gettext("only after {title}", { title: each.title || each.id })]));
  const asked = inputs.choice([["", gettext("always")], ...options], question.when?.question ?? "", (id) => {
    question.when = id ? { question: id, is: "" } : null;
    work.rebuilt(`in-${path}.when`);
  });
  const element = make("div", "stack stack-tight", inputs.field(`${path}.when`, gettext("Asked"), asked));
  const { when } = question;
  if (!when) return element;
  const labels = before.find((each) => each.id === when.question)?.labels ?? [];
  element.append(labels.length ? ticks(when, labels, path, work) : typed(when, path, work));
  return element;
}

/** @param {{question: string, is: string}} when @param {Label[]} labels @param {string} path @param {ListWork} work */
function ticks(when, labels, path, work) {
  const rows = labels.map((label, at) =>
    inputs.tick(`${path}.when.is[${at}]`, label.name || label.id, valuesIn(when.is).includes(label.id), (on) => {
      const values = valuesIn(when.is).filter((each) => each !== label.id);
      when.is = JSON.stringify(on ? [...values, label.id] : values);
      work.changed();
    }),
  );
  return make("fieldset", "", make("legend", "", gettext("is one of")), ...rows);
}

/** @param {{question: string, is: string}} when @param {string} path @param {ListWork} work */
function typed(when, path, work) {
  return inputs.field(`${path}.when.is`, gettext("is one of"), inputs.line(when, "is", work.changed), gettext("As a list, such as [true] or [1, 2]."));
}
