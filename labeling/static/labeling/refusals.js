// Answers that the server did not take: shown until they were read. Loaded when there is one.

import { byId, make } from "./screen.js";
import { gettext } from "./words.js";

/** @param {Kept[]} refused @param {(clientId: string) => void} dismiss */
export function paintRefusals(refused, dismiss) {
  const list = byId("refusals");
  if (list.dataset.shown === refused.map((one) => one.client_id).join()) return;
  list.dataset.shown = refused.map((one) => one.client_id).join();
  list.replaceChildren(
    ...refused.map((one) => {
      const button = make("button", "button button-small", gettext("I have read it"));
      button.type = "button";
      button.addEventListener("click", () => dismiss(one.client_id));
      const text = gettext("Your answer “{said}” was not taken: {why}", { said: one.said, why: one.refused?.detail || gettext("the server gave no reason.") });
      return make("li", "notice notice-bad", make("p", "", text), button);
    }),
  );
}
