// Type `image`: one picture, to be looked at closely: larger, moved, lighter.

import { gettext } from "../../words.js";
import { Stage } from "./stage.js";

/** @param {Field} field @param {unknown} value @param {string} name */
export const build = (field, value, name) =>
  new Stage(field.name, String(value), gettext("{name} to be judged", { name })).element;
