// What a reviewer must read: answers that the server did not take, and a browser that keeps nothing.

import { byId, make } from "./screen.js";
import { gettext } from "./words.js";

/** @param {OutboxState} outbox */
export function paintRefusals(outbox) {
  const { refused, durable } = outbox;
  const list = byId("refusals");
  const shown = [durable, ...refused.map((one) => one.client_id)].join();
  if ((list.dataset.shown ?? "true") === shown) return;
  list.dataset.shown = shown;
  list.replaceChildren(...(durable ? [] : [unsafe()]), ...refused.map((one) => row(outbox, one)));
}

function unsafe() {
  const words = gettext("This browser keeps no answers now: its storage is full, or the page may not use it. Yours go to the server straight away. Close this tab only when it says “Saved”.");
  return make("li", "notice notice-warn", make("p", "", words));
}

/** @param {OutboxState} outbox @param {Kept} one */
function row(outbox, one) {
  const button = make("button", "button button-small", gettext("I have read it"));
  button.type = "button";
  button.addEventListener("click", async () => {
    await outbox.forget([one.client_id]);
    outbox.page.onChange();
  });
  const why = one.refused?.detail || gettext("the server gave no reason.");
  const text = gettext("Your answer “{said}” was not taken: {why}", { said: one.said, why });
  return make("li", "notice notice-bad", make("p", "", text), button);
}
