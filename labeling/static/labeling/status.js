// What the page says of itself: how many are done, and “Saved”; trouble.js has words for all else.

import { median } from "./feed.js";
import * as screen from "./screen.js";
import { gettext } from "./words.js";

const QUIET = 700;

export class Status {
  #timer = 0;
  #calm = true;

  /** @param {OutboxState} outbox @param {FeedState} feed @param {PageState} state @param {Help} help */
  constructor(outbox, feed, state, help) {
    this.outbox = outbox;
    this.feed = feed;
    this.state = state;
    this.help = help;
  }

  paint() {
    const { outbox, feed, state } = this;
    // The server counts what nobody holds; what this page holds waits too.
    const held = feed.ready.length + (state.current && !state.correcting ? 1 : 0);
    screen.paintProgress(state.done, feed.waiting === null ? null : feed.waiting + held, median(state.seconds));
    const { pending } = outbox;
    // Only what takes long is worth a word.
    clearTimeout(this.#timer);
    if (pending.length) this.#timer = setTimeout(() => this.#say(), QUIET);
    // The page comes with words for what is on its way.
    const going = feed.state === (state.current ? "ok" : "loading") && !feed.stopped;
    const calm = going && ["saved", "sending"].includes(outbox.delivery.state) && outbox.durable && !outbox.refused.length;
    if (calm && this.#calm) {
      if (!pending.length) screen.paintSaved(gettext("Saved"), "good", "");
    } else this.#say();
    this.#calm = Boolean(calm);
  }

  async #say() {
    const { outbox, feed, state } = this;
    const part = await this.help();
    if (part) return part.paint(outbox, feed, state);
    // The line went before the words were here.
    screen.paintSaved(outbox.delivery.detail || feed.detail, "warn", "");
  }
}
