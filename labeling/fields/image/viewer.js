// Type `image`: one picture, as large as there is room.

import { make } from "../../screen.js";
import { gettext } from "../../words.js";

const SMALL = 96;

/** @param {Field} _field @param {unknown} value @param {string} name */
export function build(_field, value, name) {
  const picture = make("img", "item-image");
  picture.alt = gettext("{name} to be judged", { name });
  picture.decoding = "sync";
  // A picture of a few pixels is enlarged without being blurred.
  picture.onload = () => picture.classList.toggle("is-small", picture.naturalWidth <= SMALL);
  const sorry = gettext("This image cannot be shown. Flag the task (F) or skip it (S).");
  picture.onerror = () => picture.replaceWith(make("p", "notice notice-bad", sorry));
  picture.src = String(value);
  return make("figure", "item-figure", picture);
}
