// Seconds that a person really had a task in view: time in other tabs is not counted.

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
