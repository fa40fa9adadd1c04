// Type `markdown`: as the server made it safe, in a frame.

import { framed } from "../../frame.js";

/** @param {Field} _field @param {unknown} _value @param {string} name @param {string} [rendered] */
export const build = (_field, _value, name, rendered) => framed(rendered, name);
