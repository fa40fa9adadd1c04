// For who settles a difference: the answers side by side, names hidden, and why it is decided so.

import { askReason } from "./asking.js";
import { call } from "./delivery.js";
import { byId, make, paintProblem } from "./screen.js";
import { sideBySide, small } from "./sides.js";
import { gettext } from "./words.js";

/** @param {Side[]} sides @param {Assignment} assignment @param {Question[]} questions @param {Bench} bench */
export function paintOpinions(sides, assignment, questions, bench) {
  const caption = gettext("What was said so far; names are hidden");
  const table = sideBySide(caption, sides, questions, assignment.task.payload, (side) => bench.take(side.answer));
  byId("opinions").replaceChildren(table, sendingBack(sides, assignment, bench));
  byId("opinions").hidden = false;
  paintReason(bench.reasons === "required");
}

/** Answers of people can go back to them. @param {Side[]} sides @param {Assignment} assignment @param {Bench} bench */
function sendingBack(sides, assignment, bench) {
  const row = make("div", "button-row side-back");
  for (const { id, letter } of sides) {
    if (id) row.append(small(gettext("Send {letter} back …", { letter }), "", () => askReason("sendback", (reason) => void send(id, reason))));
  }
  return row;

  /** @param {number} id @param {string} reason */
  async function send(id, reason) {
    try {
      const { id: item, token } = assignment;
      await call(`/api/v1/annotations/${id}/send-back`, { reason, assignment: item, token });
      bench.next(assignment);
    } catch (error) {
      paintProblem(gettext("Not done: {why}", { why: /** @type {Error} */ (error).message }));
    }
  }
}

/** The reason is kept with the answer (workbench.js reads it). @param {boolean} required */
function paintReason(required) {
  const input = make("input");
  Object.assign(input, { id: "decision", type: "text", maxLength: 2000, autocomplete: "off", required });
  const label = make("label", "", required ? gettext("Reason for the decision") : gettext("Reason for the decision (optional)"));
  label.htmlFor = "decision";
  byId("after").replaceChildren(make("div", "field", label, input));
  byId("after").hidden = false;
}
