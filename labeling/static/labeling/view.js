// How the task is looked at: its size, and the guideline beside it.

import { byId, keep, paintSide, paintZoom, setting, wide } from "./screen.js";

/** Beside the task on a wide screen, remembered; over it on a small one. */
export function guideline(on = Boolean(byId("side").hidden)) {
  if (wide.matches) keep("guideline", on ? "on" : "off");
  paintSide(on);
}

/** What lies over the task goes. */
export const cancel = () => void (wide.matches || guideline(false));

/** @param {number} by */
const zoom = (by) => {
  const size = String(Math.min(4, Math.max(0.5, Number(setting("zoom", "1")) * by)));
  keep("zoom", size);
  paintZoom(size);
};
export const larger = () => zoom(1.25);
export const smaller = () => zoom(0.8);
