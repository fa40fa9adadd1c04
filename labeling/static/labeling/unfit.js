// What the model said that is no answer to the questions: shown beside them, with the reason.

import { byId, make } from "./screen.js";
import { gettext } from "./words.js";

/** @param {NonNullable<Task["unfit"]>} unfit @param {Question[]} questions */
export function paintUnfit(unfit, questions) {
  const notes = Object.entries(unfit).map(([id, { value, why }]) => {
    const title = questions.find((question) => question.id === id)?.title ?? id;
    const text = gettext("The model’s answer to “{title}” is none that can be given here: {why}.", { title, why });
    const said = typeof value === "string" ? value : JSON.stringify(value, null, 1);
    return make("div", "", make("p", "", text), make("pre", "item-data small", said));
  });
  const note = byId("note");
  note.className = "notice notice-warn";
  note.replaceChildren(...notes);
  note.hidden = false;
}
