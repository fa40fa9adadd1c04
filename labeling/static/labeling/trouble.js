// What the page says when not everything is as it should be, or nothing waits. Loaded behind the first task.

import { ngettext } from "./plural.js";
import { paintRefusals } from "./refusals.js";
import * as screen from "./screen.js";
import { gettext, number } from "./words.js";

const QUIET = 700;

/** @param {OutboxState} outbox @param {FeedState} feed @param {PageState} state */
export function paint(outbox, feed, state) {
  paintSaved(...saved(outbox, feed));
  paintRefusals(outbox);
  const out = ["signed_out", "somebody"].find((which) => outbox.delivery.state === which || feed.state === which);
  screen.byId("signin").hidden = out !== "signed_out";
  if (out === "somebody") screen.byId("fields").replaceChildren();
  if (!state.current) paintRest(resting(feed, state), restingWords(outbox, feed, state), feed.title);
}

/** @param {string} text @param {string} tone @param {string} detail */
export function paintSaved(text, tone, detail) {
  const pill = screen.byId("saved");
  pill.className = `pill pill-${tone}`;
  pill.title = detail;
  screen.say(pill, text);
}

/** @param {FeedState} feed @param {PageState} state */
function resting(feed, state) {
  if (state.tab !== "here") return state.tab;
  return feed.state === "ok" ? "loading" : feed.state;
}

/** @param {OutboxState} outbox @param {FeedState} feed @param {PageState} state */
function restingWords(outbox, feed, state) {
  const count = outbox.pending.length;
  const kept = count && ngettext("Kept in this browser and sent later: one answer.", "Kept in this browser and sent later: {n} answers.", count);
  const inTab = count && gettext("Kept in this tab only and sent later: {n}. Do not close it.", { n: number(count) });
  const mine = outbox.atRisk ? inTab : kept;
  const done = state.done && ngettext("You answered {n} in this session.", "You answered {n} in this session.", state.done);
  const others = feed.waiting && ngettext("{n} more waits here, but is not handed out just now.", "{n} more wait here, but none is handed out just now.", feed.waiting);
  const words = feed.state === "empty" ? [mine, done, others] : [mine, feed.state === "refused" && feed.detail];
  return words.filter(Boolean).join(" ");
}

/** @param {OutboxState} outbox @param {FeedState} feed @returns {[string, string, string]} */
function saved(outbox, feed) {
  const { state: delivery, detail } = outbox.delivery;
  const { pending } = outbox;
  const count = pending.length;
  const n = number(count);
  if (delivery === "somebody" || feed.state === "somebody") return [count ? gettext("Not sent · {n} kept", { n }) : gettext("Somebody else is signed in"), "bad", detail || feed.detail];
  if (delivery === "signed_out" || feed.state === "signed_out") return [count ? gettext("Signed out · {n} kept", { n }) : gettext("Signed out"), "bad", detail];
  if (delivery === "error") return [gettext("Not taken yet · {n} kept", { n }), "bad", detail];
  if (delivery === "offline" || feed.state === "offline") return [count ? gettext("Offline · {n} kept", { n }) : gettext("Offline"), "warn", detail];
  if (outbox.atRisk) return [gettext("Sending {n} · keep this tab open", { n }), "warn", gettext("This browser does not let the page keep answers.")];
  if (count && Math.abs(Date.now() - pending[0].at) > QUIET) return [gettext("Sending {n}", { n }), "info", ""];
  return [gettext("Saved"), "good", gettext("Everything you answered is with the server.")];
}

/** Nothing to judge just now: the page has words for each case. @param {string} which @param {string} words @param {string} title */
function paintRest(which, words, title) {
  screen.show("item", false);
  screen.show("answer", false);
  screen.show("state", true);
  screen.say(screen.byId("refused-title"), title || gettext("No tasks can be fetched"));
  for (const part of screen.byId("state").querySelectorAll("[data-rest]")) {
    const on = part.getAttribute("data-rest") === which;
    part.toggleAttribute("hidden", !on);
    const slot = part.querySelector("[data-words]");
    if (on && slot) screen.say(slot, words);
  }
}
