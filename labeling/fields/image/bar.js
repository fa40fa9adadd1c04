// The buttons below a picture. One bar for each field; it goes with the picture that is shown.

import { make, say } from "../../screen.js";
import { gettext, percent } from "../../words.js";

/** @type {Map<string, Bar>} */
const bars = new Map();

/** @param {string} name */
function kept(name) {
  try {
    return Number(sessionStorage.getItem(`overread.${name}`) ?? 1);
  } catch {
    return 1;
  }
}
/** How light pictures are shown, until the tab is closed. @type {Record<string, number>} */
const light = { brightness: kept("brightness"), contrast: kept("contrast") };

class Bar {
  /** @type {Stage} */
  stage = /** @type {any} */ (null);

  constructor() {
    this.whole = this.#button("", gettext("Whole picture"), () => this.stage.fit());
    this.hand = this.#button(gettext("Move"), gettext("Move the picture by dragging"), () => {
      this.stage.hand = !this.stage.hand;
      this.say();
    });
    const summary = make("summary", "button button-small", "◐");
    summary.ariaLabel = summary.title = gettext("Brightness and contrast");
    this.light = make("details", "viewer-light", summary);
    this.light.ontoggle = () => void import("./light.js").then((part) => part.open(this, light));
    this.element = make("div", "viewer-bar",
      this.#button("−", gettext("Smaller"), () => this.stage.zoom(0.8)),
      this.whole,
      this.#button("+", gettext("Larger"), () => this.stage.zoom(1.25)),
      this.hand,
      this.light,
    );
    // A mouse leaves the focus where the keys are heard.
    this.element.onmousedown = (event) => {
      if (!(event.target instanceof HTMLInputElement)) event.preventDefault();
    };
  }

  /** @param {string} sign @param {string} words @param {() => void} onclick */
  #button(sign, words, onclick) {
    const button = make("button", "button button-small", sign);
    return Object.assign(button, { type: "button", ariaLabel: words, title: words, onclick });
  }

  say() {
    const { stage } = this;
    const share = percent(stage.scale);
    say(this.whole, share);
    this.whole.ariaLabel = gettext("Whole picture, now at {share}", { share });
    this.hand.ariaPressed = String(stage.hand);
    this.hand.hidden = !stage.tools.length;
    stage.frame.classList.toggle("is-hand", stage.hand);
  }

  shine() {
    const { brightness, contrast } = light;
    this.stage.picture.style.filter = brightness === 1 && contrast === 1 ? "" : `brightness(${brightness}) contrast(${contrast})`;
  }
}

/** @param {string} field @param {Stage} stage */
export function barFor(field, stage) {
  const bar = bars.get(field) ?? new Bar();
  bars.set(field, bar);
  bar.stage = stage;
  stage.frame.after(bar.element);
  bar.say();
  bar.shine();
  return bar;
}
