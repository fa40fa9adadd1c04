// What the page says of itself: how many are done, and “Saved”; trouble.js has words for all else.
// Loaded behind the first task.

import { median } from "./leases.js";
import * as screen from "./screen.js";
import { paint, paintSaved } from "./trouble.js";
import { catalogue, gettext, number } from "./words.js";

const QUIET = 700;
// The server stops counting there.
const MANY = 100;
const tenths = new Intl.NumberFormat(catalogue.language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });

export class Status {
  #timer = 0;
  #calm = true;

  /** @param {OutboxState} outbox @param {FeedState} feed @param {PageState} state */
  constructor(outbox, feed, state) {
    this.outbox = outbox;
    this.feed = feed;
    this.state = state;
  }

  paint() {
    const { outbox, feed, state } = this;
    // The server counts what nobody holds; what this page holds waits too.
    const held = feed.ready.length + (state.current && !state.correcting ? 1 : 0);
    paintProgress(state.done, feed.waiting === null ? null : feed.waiting + held, median(state.seconds));
    const { pending } = outbox;
    // Only what takes long is worth a word.
    clearTimeout(this.#timer);
    if (pending.length) this.#timer = setTimeout(() => paint(outbox, feed, state), QUIET);
    // The page comes with words for what is on its way.
    const going = feed.state === (state.current ? "ok" : "loading") && !feed.stopped;
    const calm = going && ["saved", "sending"].includes(outbox.delivery.state) && outbox.durable && !outbox.refused.length;
    if (!calm || !this.#calm) paint(outbox, feed, state);
    else if (!pending.length) paintSaved(gettext("Saved"), "good", "");
    this.#calm = calm;
  }
}

/** @param {number} done @param {number | null} waiting @param {number} pace */
function paintProgress(done, waiting, pace) {
  screen.show("progress", true);
  screen.say(screen.byId("done"), String(done));
  screen.say(screen.byId("waiting"), waiting === null ? "–" : waiting >= MANY ? `${number(MANY)}+` : String(waiting));
  const line = /** @type {HTMLProgressElement} */ (screen.byId("line"));
  line.max = Math.max(1, done + (waiting ?? 0));
  line.value = done;
  const text = gettext("{done} answered · median {pace} s a task", { done: number(done), pace: tenths.format(pace) });
  screen.say(screen.byId("pace"), done ? text : gettext("Nothing answered yet."));
}
