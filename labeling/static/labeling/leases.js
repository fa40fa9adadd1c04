// How many tasks to hold ahead; keeps their leases alive, and gives back what others need more.
// Loaded behind the first task.

import { call, SignedOut } from "./delivery.js";
import { callOnLeaving } from "./leaving.js";

/** What the page fetches before it knows anybody's pace; as much it keeps when it is closed. */
const FEWEST = 5;
/** For these seconds there are tasks whatever the server does, also in a queue that ends. */
const SHORT = 30;
const MOST_SHORT = 50;
/** For these where many wait; the server lends so many at most. */
const LONG = 600;
const MOST = 600;
/** From so many on the server no longer counts. */
const MANY = 100;
/** So many are left to others. */
const LEFT = 20;
const MOST_CHARACTERS = 32_000_000;
const SAMPLES = 3;

/** @typedef {{ready: Assignment[], waiting: number | null, stopped: boolean, desk: Desk, depth: () => number, refill: () => unknown, failed: (error: Error) => void, page: {onChange: () => void, current: () => Assignment | null, pace: () => number[]}}} Holder */

/** @param {number[]} numbers */
export const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;

/** What 30 seconds need. @param {number} pace */
const short = (pace) => Math.min(MOST_SHORT, Math.max(FEWEST, Math.ceil(SHORT / pace)));

/** Ten minutes' work where many wait and memory allows it; what everybody gets where few do.
 * @param {number[]} seconds @param {number} held @param {number} waiting @param {number} size characters of a task */
export function depth(seconds, held, waiting, size) {
  if (seconds.length < SAMPLES) return FEWEST;
  const pace = Math.max(median(seconds), 0.1);
  const spare = waiting < MANY ? held + waiting - LEFT : MOST;
  return Math.max(short(pace), Math.min(MOST, Math.ceil(LONG / pace), spare, Math.floor(MOST_CHARACTERS / size)));
}

/** @param {Assignment | undefined} assignment */
const sizeOf = (assignment) => (assignment ? JSON.stringify(assignment.task).length : 1);

/** @param {Assignment[]} held */
const named = (held) => ({ assignments: held.filter((one) => !one.returned).map(({ id, token }) => ({ id, token })) });

/** From here on the feed is deep, and its leases live as long as somebody is here. @param {Holder} feed */
export function watch(feed) {
  const beat = (feed.desk.lease_seconds * 1000) / 3;
  let seen = performance.now();
  let renewed = seen;
  let size = 1;
  for (const name of ["keydown", "pointerdown"]) addEventListener(name, () => (seen = performance.now()), { passive: true });

  feed.depth = () => {
    if (size === 1) size = sizeOf(feed.ready[0]);
    return depth(feed.page.pace(), feed.ready.length, feed.waiting ?? 0, size);
  };
  const heartbeat = async () => {
    if (feed.stopped) return;
    renewed = performance.now();
    // Nobody here for a whole lease: others may have what was fetched ahead.
    if (renewed - seen > beat * 3) await giveBack(feed, 0);
    else await renew(feed);
  };
  setInterval(heartbeat, beat);
  // After a machine slept; also how a page learns that somebody else has signed in beside it.
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && performance.now() - renewed > 10_000) void heartbeat();
  });
  addEventListener("pagehide", () => leave(feed));
  void feed.refill();
}

/** All leases by one call. Where few tasks are left, others get what is more than the next half minute.
 * @param {Holder} feed */
export async function renew(feed) {
  const current = feed.page.current();
  // What was sent back is no lease.
  const held = (current ? [current, ...feed.ready] : feed.ready).filter((one) => !one.returned);
  if (!held.length) return;
  /** @type {{results: {id: string, ok: boolean, lease_expires_at: string}[], others: number, free: number} | null} */
  const reply = await call(feed.desk.urls.renew, named(held)).catch((error) => {
    if (!(error instanceof SignedOut)) return null;
    feed.failed(error);
    feed.page.onChange();
    return null;
  });
  if (!reply) return;
  const results = new Map(reply.results.map((result) => [result.id, result]));
  for (const one of held) {
    const result = results.get(one.id);
    if (result?.ok) one.lease_expires_at = result.lease_expires_at;
    // What is on the screen stays: an answer to it is an extra opinion at least.
    else feed.ready = feed.ready.filter((other) => other !== one);
  }
  const keep = short(Math.max(median(feed.page.pace()), 0.1));
  if (reply.others && reply.free < LEFT) await giveBack(feed, keep);
}

/** @param {Holder} feed @param {number} keep so many stay */
export async function giveBack(feed, keep) {
  const back = feed.ready.splice(keep);
  if (back.length) await call(feed.desk.urls.release, named(back)).catch(() => {});
}

/** A page that is closed lets others have what it fetched far ahead; a reload finds the next few again.
 * @param {Holder} feed */
function leave(feed) {
  const before = feed.stopped;
  feed.stopped = true;
  // Back from the browser's memory of pages it goes on.
  addEventListener("pageshow", () => {
    feed.stopped = before;
    void feed.refill();
  }, { once: true });
  const back = feed.ready.splice(FEWEST);
  if (back.length) callOnLeaving(feed.desk.urls.release, named(back));
}
