// What the page says of itself: saved or not, how many are done, why there is nothing to do.

import { median } from "./feed.js";
import * as screen from "./screen.js";
import { gettext, ngettext, number } from "./words.js";

const QUIET = 700;

/** @typedef {{pending: Kept[], refused: Kept[], delivery: Delivery, durable: boolean, dismiss: (id: string) => void}} OutboxState */
/** @typedef {{ready: Assignment[], waiting: number | null, state: string, title: string, detail: string}} FeedState */
/** @typedef {{current: Assignment | null, correcting: Given | null, done: number, seconds: number[], tab: string}} State */

export class Status {
  /** @param {OutboxState} outbox @param {FeedState} feed @param {State} state */
  constructor(outbox, feed, state) {
    this.outbox = outbox;
    this.feed = feed;
    this.state = state;
  }

  paint() {
    const { outbox, feed, state } = this;
    screen.paintSaved(...this.#saved());
    // The server counts what nobody holds; what this page holds waits too.
    const held = feed.ready.length + (state.current && !state.correcting ? 1 : 0);
    screen.paintProgress(state.done, feed.waiting === null ? null : feed.waiting + held, median(state.seconds));
    if (outbox.refused.length || screen.byId("refusals").firstChild) void this.#paintRefusals();
    screen.byId("signin").hidden = !(outbox.delivery.state === "signed_out" || feed.state === "signed_out");
    if (!state.current) screen.paintRest(this.#resting(), this.#restingWords(), feed.title);
  }

  #resting() {
    if (this.state.tab !== "here") return this.state.tab;
    return this.feed.state === "ok" ? "loading" : this.feed.state;
  }

  #restingWords() {
    const { outbox, feed, state } = this;
    const count = outbox.pending.length;
    const kept = count && ngettext("Kept in this browser and sent later: one answer.", "Kept in this browser and sent later: {n} answers.", count);
    const done = state.done && ngettext("You answered {n} in this session.", "You answered {n} in this session.", state.done);
    const others = feed.waiting && ngettext("{n} more waits here, but is not handed out just now.", "{n} more wait here, but none is handed out just now.", feed.waiting);
    const empty = [kept, done, others];
    const words = feed.state === "empty" ? empty : [kept, feed.state === "refused" && feed.detail];
    return words.filter(Boolean).join(" ");
  }

  /** @returns {[string, string, string]} */
  #saved() {
    const { outbox, feed } = this;
    const { state: delivery, detail } = outbox.delivery;
    const count = outbox.pending.length;
    const oldest = outbox.pending[0]?.at ?? Date.now();
    const n = number(count);
    if (delivery === "signed_out" || feed.state === "signed_out") return [count ? gettext("Signed out · {n} kept", { n }) : gettext("Signed out"), "bad", detail];
    if (delivery === "error") return [gettext("Not taken yet · {n} kept", { n }), "bad", detail];
    if (delivery === "offline" || feed.state === "offline") return [count ? gettext("Offline · {n} kept", { n }) : gettext("Offline"), "warn", detail];
    if (count && !outbox.durable) return [gettext("Sending {n} · keep this tab open", { n }), "warn", gettext("This browser does not let the page keep answers.")];
    if (count && Date.now() - oldest > QUIET) return [gettext("Sending {n}", { n }), "info", ""];
    if (count) setTimeout(() => this.paint(), QUIET);
    return [gettext("Saved"), "good", gettext("Everything you answered is with the server.")];
  }

  async #paintRefusals() {
    const part = await import("./refusals.js").catch(() => null);
    part?.paintRefusals(this.outbox.refused, (clientId) => this.outbox.dismiss(clientId));
  }
}
