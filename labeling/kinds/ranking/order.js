// Orders with ties: a list of ranks, the best first, each a list of items. Pure: a new order each time.

/** @typedef {string[][]} Ranks */

/** @param {Ranks} ranks @param {string} item */
export const rankOf = (ranks, item) => ranks.findIndex((rank) => rank.includes(item));

/** @param {Ranks} ranks @param {string} item */
const without = (ranks, item) => ranks.map((rank) => rank.filter((each) => each !== item)).filter((rank) => rank.length);

/** One rank up (-1) or down (1); out of a tie first. @param {Ranks} ranks @param {string} item @param {1 | -1} by @returns {Ranks} */
export function move(ranks, item, by) {
  const at = rankOf(ranks, item);
  const tied = ranks[at].length > 1;
  const to = tied ? at + (by > 0 ? 1 : 0) : at + by;
  const rest = without(ranks, item);
  const place = Math.min(rest.length, Math.max(0, to));
  return [...rest.slice(0, place), [item], ...rest.slice(place)];
}

/** To a place counted from 0. @param {Ranks} ranks @param {string} item @param {number} place @returns {Ranks} */
export function put(ranks, item, place) {
  const rest = without(ranks, item);
  return [...rest.slice(0, place), [item], ...rest.slice(place)];
}

/** Beside the item above, or out of its tie; items of one rank stand in `order`.
 * @param {Ranks} ranks @param {string} item @param {string[]} order @returns {Ranks} */
export function tie(ranks, item, order) {
  const at = rankOf(ranks, item);
  if (ranks[at].length > 1) return move(ranks, item, 1);
  if (at === 0) return ranks;
  const joined = [...ranks[at - 1], item].sort((a, b) => order.indexOf(a) - order.indexOf(b));
  return [...ranks.slice(0, at - 1), joined, ...ranks.slice(at + 1)];
}
