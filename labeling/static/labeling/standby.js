// What is not needed for the first task, fetched behind it: before the line can go, not after.

import { Aside } from "./aside.js";
import { Corrections } from "./corrections.js";
import { Outbox } from "./delivery.js";
import { Drafts } from "./drafts.js";
import { own } from "./keys.js";
import { watch } from "./leases.js";
import { replay } from "./replay.js";
import { Sender } from "./sender.js";
import { paintGiven } from "./session.js";
import "./session_over.js";
import { signOut } from "./signout.js";
import { Status } from "./status.js";
import * as view from "./view.js";

/** @typedef {Parameters<typeof watch>[0] & {schemas: Record<number, Schema>, state: string, title: string, detail: string, url: (id: string, action: string) => string}} Feed */

/** @param {Outbox} outbox @param {Feed} feed @param {{state: PageState} & Omit<ConstructorParameters<typeof Corrections>[0], "repaint"> & ConstructorParameters<typeof Aside>[0]} page */
export function start(outbox, feed, page) {
  watch(feed);
  const drafts = new Drafts(outbox, feed.desk.queue.id, (id) => feed.url(id, "draft"));
  const status = new Status(outbox, feed, page.state);
  const given = () => paintGiven(page.state.given, (one) => corrections.correct(one));
  const repaint = () => {
    given();
    status.paint();
  };
  const corrections = new Corrections({ ...page, repaint }, outbox, feed, drafts);
  const aside = new Aside(page, feed, drafts);
  const sender = new Sender(outbox);
  outbox.page.onResult = (kept, { ok }) => {
    const one = page.state.given.find(({ clientId }) => clientId === kept.client_id);
    if (one) one.state = ok ? "saved" : "refused";
    given();
  };
  bindLeaving(outbox, sender, drafts);
  if (Object.keys(own()).length) void import("./settings.js").then((part) => part.paintHints(), () => {});
  return { aside, corrections, drafts, sender, status, replay, view, paintGiven: given, fetchGuidelines: () => fetchGuidelines(feed) };
}

/** Guidelines are there offline too. @param {Feed} feed */
function fetchGuidelines({ desk, schemas }) {
  for (const version of Object.keys(schemas).map(Number)) {
    void import("./guideline.js").then((part) => part.textOf(desk, version)).catch(() => {});
    if (!desk.known.includes(version)) void import("./reading.js").then((part) => part.ahead(desk, version)).catch(() => {});
  }
}

/** @param {Outbox} outbox @param {Sender} sender @param {Drafts} drafts */
function bindLeaving(outbox, sender, drafts) {
  addEventListener("beforeunload", (event) => {
    if (outbox.atRisk) event.preventDefault();
  });
  const form = /** @type {HTMLFormElement} */ (document.querySelector("form[data-sign-out]"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void signOut(form, outbox, sender, () => {
      drafts.leave();
      drafts.stop();
    });
  });
}
