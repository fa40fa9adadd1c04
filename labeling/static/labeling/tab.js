// One tab works on a queue at a time, so that two never show the same task.

/**
 * @param {string} name
 * @param {{mine: () => void, other: () => void, taken: () => void}} tell
 * @param {boolean} [steal] take it over from the other tab
 */
export function workHere(name, tell, steal = false) {
  navigator.locks
    .request(name, { steal, ifAvailable: !steal }, (lock) => {
      if (!lock) return tell.other();
      tell.mine();
      // Held until this tab closes or another one takes over.
      return new Promise(() => {});
    })
    .catch(() => tell.taken());
}

/** Time in other tabs is not counted. */
export class Stopwatch {
  #since = 0;
  #sum = 0;

  constructor() {
    document.addEventListener("visibilitychange", () => (document.hidden ? this.#pause() : this.#go()));
  }

  restart() {
    this.#sum = 0;
    this.#since = document.hidden ? 0 : performance.now();
  }

  #pause() {
    this.#sum = this.#elapsed();
    this.#since = 0;
  }

  #go() {
    this.#since ||= performance.now();
  }

  #elapsed() {
    return this.#sum + (this.#since ? performance.now() - this.#since : 0);
  }

  get seconds() {
    return Math.round(this.#elapsed() / 10) / 100;
  }
}
