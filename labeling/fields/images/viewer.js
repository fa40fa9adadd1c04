// Type `images`: one large picture of several; keys and small pictures below go through them.

import { make, say } from "../../screen.js";
import { gettext, number } from "../../words.js";
import { Stage } from "../image/stage.js";

/** @param {any} one @returns {{image: string, caption: string}} */
const read = (one) => (typeof one === "string" ? { image: one, caption: "" } : { caption: "", ...one });

/** @param {Field} field @param {unknown[]} value @param {string} name */
export function build(field, value, name) {
  const all = value.map(read);
  const stage = new Stage(field.name, all[0].image, "");
  const words = make("p", "images-words");
  words.role = "status";
  const strip = make("div", "images-strip");
  strip.role = "group";
  strip.ariaLabel = gettext("All pictures");
  stage.element.append(words, strip);
  let at = 0;

  /** @param {number} to */
  function turnTo(to) {
    at = (to + all.length) % all.length;
    const { image, caption } = all[at];
    const place = gettext("{name} {n} of {count}", { name, n: number(at + 1), count: number(all.length) });
    stage.picture.alt = caption || place;
    if (stage.picture.getAttribute("src") !== image) stage.show(image);
    say(words, caption ? `${place}: ${caption}` : place);
    [...strip.children].forEach((each, place) => {
      each.ariaCurrent = String(place === at);
      if (place === at) each.scrollIntoView({ block: "nearest", inline: "nearest" });
    });
  }

  // Built when it is on the page: what waits for its turn needs one picture decoded, not all.
  stage.onshown = () => {
    if (strip.childElementCount || all.length < 2) return;
    strip.append(...all.map(({ image, caption }, place) => {
      const small = make("img");
      Object.assign(small, { alt: "", src: image, decoding: "async", draggable: false });
      const button = make("button", "images-small", small, make("span", "num", number(place + 1)));
      const label = gettext("Picture {n}", { n: number(place + 1) });
      Object.assign(button, { type: "button", ariaLabel: caption ? `${label}: ${caption}` : label, onclick: () => turnTo(place) });
      return button;
    }));
    strip.onmousedown = (event) => event.preventDefault();
    turnTo(at);
  };
  stage.element.addEventListener("press", (event) => {
    const by = { next: 1, previous: -1 }[/** @type {CustomEvent<Press>} */ (event).detail.action];
    if (!by || all.length < 2) return;
    event.preventDefault();
    turnTo(at + by);
  });
  turnTo(0);
  return stage.element;
}
