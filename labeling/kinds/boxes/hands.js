// Boxes in the hand: placed, moved, sized, turned.

import { Hands } from "../../shapes/hands.js";
import { centre, tenth, turned } from "../../shapes/plane.js";
import { gettext } from "../../words.js";

const SIDES = [[-1, -1], [1, -1], [1, 1], [-1, 1], [0, -1], [1, 0], [0, 1], [-1, 0]];
const CORNERS = 4;
// Where boxes may be turned: after the corners, which are always there.
const KNOB = CORNERS;
// Far enough from each other and from the box to be told apart by a finger.
const ROOM = 64;
const STALK = 30;
const LEAST = 1;

/** @type {KindModule["keys"]} */
export const keys = [
  ["new", gettext("New box, at the crosshair")],
  ["left up right down", gettext("Move the box; with Shift its size; without a box the crosshair")],
  ["next previous", gettext("Next, previous box")],
  ["1 … 9 0", gettext("Its label")],
  ["turn-back turn", gettext("Turn it, where boxes may be turned")],
  ["remove cancel", gettext("Remove it; let go of it")],
  ["toggle", gettext("Nothing to mark")],
];

/** The box with these edges, in the frame of one that is turned around its own centre.
 * @param {Mark} mark @param {number[]} edges left, top, right, bottom */
function framed(mark, [left, top, right, bottom]) {
  const { rotation = 0 } = mark;
  const [width, height] = [Math.max(Math.abs(right - left), LEAST), Math.max(Math.abs(bottom - top), LEAST)];
  const [x, y] = [Math.min(left, right), Math.min(top, bottom)];
  const [cx, cy] = turned([x + width / 2, y + height / 2], centre(mark), rotation);
  return rounded({ ...mark, x: cx - width / 2, y: cy - height / 2, width, height });
}

/** @param {Mark} mark */
function rounded({ rotation = 0, ...mark }) {
  const [x, y, width, height] = [mark.x, mark.y, mark.width, mark.height].map(tenth);
  const turn = tenth((rotation + 360) % 360) % 360;
  return { ...mark, x, y, width, height, ...(turn && { rotation: turn }) };
}

/** @param {boolean} canTurn @returns {Handling} */
const handling = (canTurn) => ({
  handles(mark, scale) {
    const { width, height, rotation = 0 } = mark;
    const [cx, cy] = centre(mark);
    const roomy = Math.min(width, height) * scale > ROOM;
    const places = SIDES.slice(0, roomy ? SIDES.length : CORNERS).map(([x, y]) => /** @type {Place} */ ([cx + (x * width) / 2, cy + (y * height) / 2]));
    if (canTurn) places.splice(KNOB, 0, [cx, cy - height / 2 - STALK / scale]);
    return places.map((place) => turned(place, [cx, cy], rotation));
  },
  pull(mark, handle, to) {
    const { x, y, width, height, rotation = 0 } = mark;
    const [cx, cy] = centre(mark);
    if (canTurn && handle === KNOB) return rounded({ ...mark, rotation: Math.round((Math.atan2(to[1] - cy, to[0] - cx) * 180) / Math.PI + 90) });
    const [px, py] = turned(to, [cx, cy], -rotation);
    const [h, v] = SIDES[canTurn && handle > KNOB ? handle - 1 : handle];
    return framed(mark, [h < 0 ? px : x, v < 0 ? py : y, h > 0 ? px : x + width, v > 0 ? py : y + height]);
  },
  move: (mark, x, y) => rounded({ ...mark, x: mark.x + x, y: mark.y + y }),
  size({ x, y, width, height, ...mark }, by, down) {
    return framed({ ...mark, x, y, width, height }, [x, y, x + Math.max(width + by, LEAST), y + Math.max(height + down, LEAST)]);
  },
  turn: (mark, degrees) => (canTurn ? rounded({ ...mark, rotation: (mark.rotation ?? 0) + degrees }) : mark),
  hit(mark, at, slack) {
    const { x, y, width, height, rotation = 0 } = mark;
    const [px, py] = turned(at, centre(mark), -rotation);
    const isIn = px > x - slack && px < x + width + slack && py > y - slack && py < y + height + slack;
    return isIn ? width * height : Infinity;
  },
  span: (from, to) => rounded({
    x: Math.min(from[0], to[0]), y: Math.min(from[1], to[1]),
    width: Math.max(Math.abs(to[0] - from[0]), LEAST), height: Math.max(Math.abs(to[1] - from[1]), LEAST),
  }),
});

/** @param {import("../../shapes/marked.js").Marked} marked */
export const handsFor = (marked) => new Hands(marked, handling(Boolean(marked.question.rotated)));
