// An answer that came back: who asked, why, and what was said about the task since.

import { comments } from "./comments.js";
import { byId, make } from "./screen.js";
import { small } from "./opinions.js";
import { gettext } from "./words.js";

/** @param {Assignment} assignment @param {() => void} stand */
export function paintReturned(assignment, stand) {
  const { returned } = assignment;
  if (!returned) return;
  const who = make("strong", "", gettext("{who} sent this back to you:", { who: returned.by }));
  const words = make("p", "muted small", gettext("Correct your answer and submit it, or say why it stands. Until then it stays as it is."));
  const button = small(gettext("It stands, because …"), stand);
  const said = make("div", "said-since");
  const place = byId("aside");
  place.className = "notice notice-warn";
  place.replaceChildren(make("p", "", who, " ", make("q", "", returned.reason)), said, words, make("div", "button-row", button));
  place.hidden = false;
  if (assignment.comments) void comments(assignment.task.id).then((all) => said.append(...all.filter((one) => !one.resolved_at).map(line)), () => {});
}

/** @param {TaskComment} comment */
const line = ({ who, text }) => make("p", "small", make("strong", "", who), " ", make("q", "", text));
