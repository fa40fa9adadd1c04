// What stands where a picture cannot be shown; loaded when that happens.

import { make } from "../../screen.js";
import { gettext } from "../../words.js";

/** @param {Stage} stage */
export function sorry(stage) {
  const { picture, frame } = stage;
  const here = picture.src.startsWith("data:");
  const why = here
    ? gettext("This image cannot be shown: it is damaged, or of a kind that this browser cannot read. Flag the task (F) or skip it (S).")
    : gettext("This image cannot be shown: it could not be fetched, or it is no longer there. Try again, flag the task (F) or skip it (S).");
  const notice = make("div", "notice notice-bad viewer-sorry", make("p", "", why));
  notice.role = "alert";
  if (!here) {
    const again = make("button", "button button-small", gettext("Try again"));
    Object.assign(again, { type: "button", onclick: () => {
      stage.show(picture.src);
    } });
    notice.append(again);
  }
  picture.hidden = true;
  frame.querySelector(".viewer-sorry")?.remove();
  frame.append(notice);
}
