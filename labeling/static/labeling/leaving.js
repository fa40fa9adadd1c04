// Calls of a page that is being left.

import { post } from "./delivery.js";

/** Nobody waits for the reply. @param {string} url @param {unknown} body */
export function callOnLeaving(url, body) {
  post(url, body, true).catch(() => {});
}
