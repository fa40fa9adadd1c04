// Polygons and lines in the hand: drawn point by point, and mended.

import { pathKeys, PathHands } from "../../shapes/paths.js";
import { apart, bounds, tenth } from "../../shapes/plane.js";
import { gettext, number } from "../../words.js";

// Between points that are nearer than this on the screen nothing can be taken hold of.
const ROOM = 48;
/** @type {Place} */
const NOWHERE = [NaN, NaN];

/** @type {KindModule["keys"]} */
export const keys = [["new", gettext("Draw a new one")], ...pathKeys];

/** @param {Place} a @param {Place} b @returns {Place} */
const middle = (a, b) => [tenth((a[0] + b[0]) / 2), tenth((a[1] + b[1]) / 2)];

/** How far a place is from a stretch of line. @param {Place} at @param {Place} a @param {Place} b */
function aside(at, a, b) {
  const [x, y] = [b[0] - a[0], b[1] - a[1]];
  const share = ((at[0] - a[0]) * x + (at[1] - a[1]) * y) / (x * x + y * y || 1);
  const t = Math.min(Math.max(share, 0), 1);
  return apart(at, [a[0] + x * t, a[1] + y * t]);
}

/** Even-odd, as it is filled. @param {Place[]} points @param {Place} at */
function isIn(points, [x, y]) {
  let inside = false;
  points.forEach(([ax, ay], number) => {
    const [bx, by] = points[(number + 1) % points.length];
    if (ay > y !== by > y && x < ax + ((y - ay) / (by - ay)) * (bx - ax)) inside = !inside;
  });
  return inside;
}

/** @param {boolean} closed @returns {Handling & {path: PathForm}} */
function handling(closed) {
  const fewest = closed ? 3 : 2;
  /** Each point with the one after it. @param {Place[]} points */
  const stretches = (points) => points.map((point, number) => [point, points[number + 1] ?? (closed ? points[0] : point)]);
  /** @param {Mark} mark @param {Place[]} points */
  const having = (mark, points) => ({ ...mark, points: points.map(([x, y]) => [tenth(x), tenth(y)]) });
  return {
    points: ({ points }) => points.length,
    handles({ points }, scale) {
      const between = stretches(points).map(([a, b]) => (apart(a, b) * scale > ROOM ? middle(a, b) : NOWHERE));
      return [...points, ...between];
    },
    pull(mark, handle, to) {
      const points = [...mark.points];
      const { length } = points;
      if (handle >= length) points.splice(handle - length + 1, 0, to);
      else points[handle] = to;
      return having(mark, points);
    },
    move: (mark, x, y) => having(mark, mark.points.map((/** @type {Place} */ point) => [point[0] + x, point[1] + y])),
    hit({ points }, at, slack) {
      const near = Math.min(...stretches(points).map(([a, b]) => aside(at, a, b))) <= slack;
      const [left, top, right, bottom] = bounds(points);
      return near || (closed && isIn(points, at)) ? (right - left) * (bottom - top) : Infinity;
    },
    path: {
      closes: closed,
      begin: () => ({ points: [], closed, drawing: true }),
      add: (draft, at) => ({ ...draft, points: [...draft.points, at] }),
      back: (draft) => ({ ...draft, points: draft.points.slice(0, -1) }),
      done: ({ drawing, ...mark }) => mark,
      isComplete: () => false,
      isEnough: ({ points }) => points.length >= fewest,
      next({ points }) {
        const n = number(points.length + 1);
        const enough = points.length >= fewest;
        return enough ? gettext("Point {n}, or finish.", { n }) : gettext("Point {n} of at least {fewest}.", { n, fewest });
      },
      insert(mark, point) {
        const { points } = mark;
        const after = points[point + 1] ?? (closed ? points[0] : points[point - 1]);
        return [having(mark, points.toSpliced(point + 1, 0, middle(points[point], after))), point + 1];
      },
      drop: (mark, point) => (mark.points.length > fewest ? having(mark, mark.points.toSpliced(point, 1)) : null),
    },
  };
}

/** @param {import("../../shapes/marked.js").Marked} marked */
export const handsFor = (marked) => new PathHands(marked, handling(marked.question.shape !== "line"));
