// The page of one task: its item and its answers by the viewers and kinds of the workbench.

import { mount } from "./comments.js";
import { events, goldSide, modelSide } from "./history.js";
import * as parts from "./parts.js";
import { byId, make, take } from "./screen.js";
import { sideBySide } from "./opinions.js";
import { gettext } from "./words.js";

/** @type {{task: Task, media: Link[], schema: Schema, parts: Desk["parts"], story: Story}} */
const { task, media, schema, parts: addresses, story } = JSON.parse(byId("task-data").textContent ?? "");

/** Nobody holds it here: it is only looked at. @type {Assignment} */
const assignment = { id: String(task.id), token: 0, lease_expires_at: null, task, media, draft: null };

/** What it refers to; the links of this page are new, so there is nothing to renew. */
async function fetchMedia() {
  const { fetchAll } = await import("./references.js");
  await fetchAll(assignment, () => Promise.reject(new Error()));
}

/** @returns {Side[]} */
function sides() {
  const stand = story.answers.filter((one) => one.stands);
  const given = stand.map(({ letter, who, answer, note }) => ({ letter: letter || "•", name: who, answer, note }));
  return [modelSide(story), ...given, goldSide(story)].filter((side) => side !== null);
}

function paint() {
  if (Object.keys(task.payload).length) {
    byId("task-item").replaceChildren(take(assignment, schema));
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
if (media.length) await fetchMedia();
paint();
await mount(byId("task-comments"), task.id, () => {});
