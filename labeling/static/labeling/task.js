// The page of one task: its item and its answers by the viewers and kinds of the workbench.

import { mount } from "./comments.js";
import { events, goldSide, modelSide } from "./history.js";
import * as parts from "./parts.js";
import { byId, make, take } from "./screen.js";
import { sideBySide } from "./opinions.js";
import { gettext } from "./words.js";

/** @type {{task: {id: number, payload: Record<string, unknown>}, schema: Schema, parts: Desk["parts"], story: Story}} */
const { task, schema, parts: addresses, story } = JSON.parse(byId("task-data").textContent ?? "");

/** @returns {Side[]} */
function sides() {
  const stand = story.answers.filter((one) => one.stands);
  const given = stand.map(({ letter, who, answer, note }) => ({ letter: letter || "•", name: who, answer, note }));
  return [modelSide(story), ...given, goldSide(story)].filter((side) => side !== null);
}

function paint() {
  if (Object.keys(task.payload).length) {
    byId("task-item").replaceChildren(take(/** @type {any} */ ({ id: String(task.id), task }), schema));
  }
  const said = sides();
  byId("task-said").replaceChildren(
    said.length
      ? sideBySide(gettext("Answers as they stand, side by side"), said, schema.questions, task.payload)
      : make("p", "muted", gettext("Nobody has answered this task yet, as far as you may see.")),
  );
  const rows = events(story, schema.questions);
  byId("task-story").replaceChildren(...(rows.length ? rows : [make("li", "muted", gettext("Nothing yet."))]));
}

await parts.loadAll(addresses, [schema]);
paint();
await mount(byId("task-comments"), task.id, () => {});
