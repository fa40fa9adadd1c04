// What only some tasks have: what others said, why one came back, a model's answer that waits or does not fit, a
// decision's reason. Loaded with the first of them.

import { askReason } from "./asking.js";
import { call } from "./delivery.js";
import { paintOpinions, small } from "./opinions.js";
import { paintReturned } from "./returned.js";
import { byId, make, paintProblem } from "./screen.js";
import { paintUnfit } from "./unfit.js";
import { gettext } from "./words.js";

/** @param {Assignment} assignment @param {Desk} desk @param {Bench} bench */
export function paint(assignment, desk, bench) {
  const { task } = assignment;
  if (bench.opinions.length) paintOpinions(bench.opinions, bench.questions, task.payload, bench.take);
  if (Object.keys(task.unfit ?? {}).length && !bench.waits) paintUnfit(task.unfit ?? {}, bench.questions);
  if (assignment.returned) paintReturned(assignment, bench.stand);
  else if (bench.waits) paintWaiting(bench.reveal);
  if (desk.queue.purpose === "adjudication") paintDeciding(assignment, desk.queue.decision_reason === "required", bench.next);
}

/** @param {() => void} reveal */
function paintWaiting(reveal) {
  const button = small(gettext("Compare with the model"), reveal);
  button.append(" ", make("kbd", "", "V"));
  const place = byId("aside");
  place.className = "notice notice-info";
  const words = gettext("Answer on your own first; then you see what the model said, and submit once more. Both answers are kept.");
  place.replaceChildren(make("p", "", words), make("div", "button-row", button));
  place.hidden = false;
}

/** @param {Assignment} assignment @param {boolean} required @param {() => void} next */
function paintDeciding(assignment, required, next) {
  const input = make("input");
  Object.assign(input, { id: "decision", type: "text", maxLength: 2000, autocomplete: "off", ariaRequired: String(required), value: assignment.note ?? "" });
  input.addEventListener("input", () => (assignment.note = input.value));
  const label = make("label", "", required ? gettext("Reason for the decision") : gettext("Reason for the decision (optional)"));
  label.htmlFor = input.id;
  byId("after").replaceChildren(...sendingBack(assignment, next), make("div", "field", label, input));
  byId("after").hidden = false;
}

export function askWhy() {
  byId("decision").focus();
  paintProblem(gettext("Say why you decide it so."));
}

/** Answers of people can go back to them. @param {Assignment} assignment @param {() => void} next */
function sendingBack(assignment, next) {
  const { task, id: item, token } = assignment;
  const buttons = (task.opinions ?? []).map(({ id }, at) => {
    const letter = String.fromCharCode(65 + at);
    return small(gettext("Send {letter} back …", { letter }), () => askReason("sendback", (reason) => void send(id, reason)));
  });
  return buttons.length ? [make("div", "button-row", ...buttons)] : [];

  /** @param {number} id @param {string} reason */
  async function send(id, reason) {
    try {
      await call(`/api/v1/annotations/${id}/send-back`, { reason, assignment: item, token });
      next();
    } catch (error) {
      paintProblem(gettext("Not done: {why}", { why: /** @type {Error} */ (error).message }));
    }
  }
}
