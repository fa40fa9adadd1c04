// Points in the hand: set one after the other, moved, hidden.

import { pathKeys, PathHands } from "../../shapes/paths.js";
import { bounds, tenth } from "../../shapes/plane.js";
import { gettext, number } from "../../words.js";

const HIDDEN = "hidden";

/** @type {KindModule["keys"]} */
export const keys = [
  ["new", gettext("Set the points of a new one")],
  ...pathKeys,
  ["next", gettext("While setting points: this one cannot be set, go on")],
  ["toggle", gettext("The held point is hidden, or is not")],
];

/** @param {Question} question @param {(mark: Mark) => Place[]} places of the points that are set
 * @returns {Handling & {path: PathForm}} */
function handling(question, places) {
  /** @type {Label[]} */
  const all = question.points;
  /** Those that are set, in the order of the question. @param {Mark} mark */
  const set = ({ points }) => all.filter(({ id }) => points[id]);
  /** In the order of the question, so that equal marks are written the same. @param {Mark} mark @param {string} id @param {any[] | undefined} place */
  function having(mark, id, place) {
    const points = { ...mark.points, [id]: place };
    return { ...mark, points: Object.fromEntries(all.filter((each) => points[each.id]).map((each) => [each.id, points[each.id]])) };
  }
  /** @param {any[]} old @param {Place} to */
  const moved = (old, [x, y]) => [tenth(x), tenth(y), ...old.slice(2)];

  /** @type {PathForm} */
  const path = {
    begin: () => ({ points: {}, at: 0 }),
    add: (draft, place) => (all[draft.at] ? { ...having(draft, all[draft.at].id, place), at: draft.at + 1 } : draft),
    leave: (draft) => ({ ...draft, at: draft.at + 1 }),
    back: (draft) => (draft.at ? { ...having(draft, all[draft.at - 1].id, undefined), at: draft.at - 1 } : draft),
    done: ({ at, ...mark }) => mark,
    isComplete: ({ at }) => at >= all.length,
    isEnough: (draft) => set(draft).length > 0,
    next: ({ at }) => gettext("Next: {name} ({n} of {count})", { name: all[at]?.name ?? "", n: number(at + 1), count: number(all.length) }),
    insert(mark, point, at) {
      const missing = all.find(({ id }) => !mark.points[id]);
      if (!missing) return [mark, point];
      const more = having(mark, missing.id, [...at]);
      return [more, set(more).indexOf(missing)];
    },
    drop: (mark, point) => (set(mark).length > 1 ? having(mark, set(mark)[point].id, undefined) : null),
    name: (mark, point) => set(mark)[point].name,
  };
  if (question.visibility) {
    path.hide = (mark, point) => {
      const { id } = set(mark)[point];
      const [x, y, hidden] = mark.points[id];
      return having(mark, id, hidden ? [x, y] : [x, y, HIDDEN]);
    };
  }
  return {
    path,
    handles: places,
    pull: (mark, handle, to) => having(mark, set(mark)[handle].id, moved(mark.points[set(mark)[handle].id], to)),
    move: (mark, x, y) => ({
      ...mark,
      points: Object.fromEntries(Object.entries(mark.points).map(([id, place]) => [id, moved(place, [place[0] + x, place[1] + y])])),
    }),
    hit(mark, [x, y], slack) {
      const [left, top, right, bottom] = bounds(places(mark));
      const inside = x > left - slack && x < right + slack && y > top - slack && y < bottom + slack;
      return inside ? (right - left) * (bottom - top) : Infinity;
    },
  };
}

/** @param {import("../../shapes/marked.js").Marked} marked */
export const handsFor = (marked) => new PathHands(marked, handling(marked.question, marked.form.outline));
