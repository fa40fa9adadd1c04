// Type `chat`: who said what, in order; a long conversation is made bit by bit.

import { ngettext } from "../../plural.js";
import { make } from "../../screen.js";
import { gettext } from "../../words.js";

const AT_ONCE = 100;
const ROLES = /** @type {Record<string, string>} */ ({
  system: gettext("System"),
  developer: gettext("Developer"),
  user: gettext("User"),
  assistant: gettext("Assistant"),
  tool: gettext("Tool"),
  function: gettext("Tool"),
});

/** @param {Field} _field @param {any[]} turns @param {string} name */
export function build(_field, turns, name) {
  const list = make("ol", "item-chat");
  list.setAttribute("aria-label", name);
  const more = make("button", "button button-small");
  more.type = "button";
  let shown = 0;
  const show = () => {
    list.append(...turns.slice(shown, shown + AT_ONCE).map(turn));
    shown += AT_ONCE;
    more.hidden = shown >= turns.length;
    more.textContent = ngettext("Show one more message", "Show more: {n} messages are left", turns.length - shown);
  };
  more.addEventListener("click", show);
  show();
  return make("div", "stack stack-tight", list, more);
}

/** @param {any} message */
function turn({ role, name, content, refusal, tool_calls: calls = [] }) {
  const who = make("div", "chat-who small", name ? `${ROLES[role] ?? role} · ${name}` : (ROLES[role] ?? role));
  const said = content || refusal;
  const parts = typeof said === "string" ? [{ type: "text", text: said }] : (said ?? []);
  const asked = (calls ?? []).map((/** @type {any} */ call) => make("pre", "item-data small", JSON.stringify(call.function ?? call, null, 1)));
  return make("li", `chat-turn is-${role}`, who, ...parts.map(part), ...asked);
}

/** @param {any} one */
function part(one) {
  if (one.type === "image_url") {
    const picture = make("img", "chat-picture");
    picture.alt = gettext("Picture in the conversation");
    picture.src = one.image_url.url ?? one.image_url;
    return picture;
  }
  const text = make("div", "chat-text", one.text ?? JSON.stringify(one));
  text.dir = "auto";
  return text;
}
