// One tab works on a queue at a time, so that two never show the same task.

/**
 * @param {string} name
 * @param {{mine: () => void, other: () => void, taken: () => void}} tell
 * @param {boolean} [steal] take it over from the other tab
 */
export function workHere(name, tell, steal = false) {
  const options = steal ? { steal: true } : { ifAvailable: true };
  navigator.locks
    .request(name, options, (lock) => {
      if (!lock) return tell.other();
      tell.mine();
      // Held until this tab closes or another one takes over.
      return new Promise(() => {});
    })
    .catch(() => tell.taken());
}
