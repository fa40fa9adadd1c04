// Keeps the leases of a feed alive, or gives them back. Loaded at the first heartbeat.

import { call, Problem } from "./delivery.js";

/** @typedef {{ready: Assignment[], page: {current: () => Assignment | null}, url: (id: string, action: string) => string}} Holder */

/** @param {Holder} feed */
export async function renew(feed) {
  const current = feed.page.current();
  for (const held of current ? [current, ...feed.ready] : [...feed.ready]) {
    // What was sent back is no lease.
    if (held.returned) continue;
    try {
      Object.assign(held, await call(feed.url(held.id, "renew"), { token: held.token }));
    } catch (error) {
      if (!(error instanceof Problem)) return;
      feed.ready = feed.ready.filter((other) => other !== held);
    }
  }
}

/** @param {Holder} feed */
export async function giveBack(feed) {
  for (const held of feed.ready.splice(0)) {
    if (!held.returned) await call(feed.url(held.id, "release"), { token: held.token }).catch(() => {});
  }
}
