// A little geometry. Places are [x, y] in pixels of the picture.

/** To a tenth of a pixel, as answers are kept. @param {number} value */
export const tenth = (value) => Math.round(value * 10) / 10;

/** @param {Place} a @param {Place} b */
export const apart = ([ax, ay], [bx, by]) => Math.hypot(ax - bx, ay - by);

/** The middle of an upright box. @param {Mark} box @returns {Place} */
export const centre = ({ x, y, width, height }) => [x + width / 2, y + height / 2];

/** Left, top, right, bottom. @param {Place[]} places */
export function bounds(places) {
  const [xs, ys] = [places.map(([x]) => x), places.map(([, y]) => y)];
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

/** Turned clockwise around a centre. @param {Place} place @param {Place} centre @param {number} degrees @returns {Place} */
export function turned([x, y], [cx, cy], degrees) {
  const [sin, cos] = [Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)];
  return [cx + (x - cx) * cos - (y - cy) * sin, cy + (x - cx) * sin + (y - cy) * cos];
}

/** @param {Place[]} places @param {string} [end] */
export const lines = (places, end = "") => `M${places.map((place) => place.join(" ")).join("L")}${end}`;

/** The number of the nearest place, -1 when none is as near as `slack`.
 * @param {Place[]} places @param {Place} at @param {number} slack */
export function nearest(places, at, slack) {
  let [found, near] = [-1, slack];
  places.forEach((place, number) => {
    const far = apart(place, at);
    if (far < near) [found, near] = [number, far];
  });
  return found;
}
