// Kind `ranking`: items in an order, the best first. Until somebody moves one or confirms the order, it is no answer.

import { make, say } from "../../screen.js";
import { gettext, number } from "../../words.js";
import { listed, modelLine } from "../../said.js";
import { dragging } from "./drag.js";
import { move, put, rankOf, tie } from "./order.js";

/** @param {Question} question @param {string} id */
const nameOf = (question, id) => question.labels.find((label) => label.id === id)?.name ?? id;

/** @param {Question} question @param {string[][]} value */
export const words = (question, value) =>
  value.map((rank) => rank.map((id) => nameOf(question, id)).join(" = ")).join(" › ");

/** @type {NonNullable<KindModule["differences"]>} */
export const differences = (question, values) =>
  values.map((value) => {
    const differs = (/** @type {string} */ id) => values.some((other) => rankOf(other, id) !== rankOf(value, id));
    const parts = value.flatMap((/** @type {string[]} */ rank, /** @type {number} */ at) =>
      rank.map((id) => ({ text: `${number(at + 1)} ${nameOf(question, id)}`, differs: differs(id) })),
    );
    const cell = make("span");
    cell.append(...listed(parts, " › "));
    return cell;
  });

/** @type {KindModule["keys"]} */
export const keys = [
  ["up down", gettext("Item above, below")],
  ["Shift+↑ Shift+↓", gettext("Move the item up, down")],
  ["1 … 9", gettext("Move the item to this place")],
  ["relate", gettext("Same rank as the item above, or its own rank again")],
  ["toggle", gettext("Say that the order is right as it stands")],
];

/** @param {Question} question @param {Label} label */
function row(question, label) {
  const place = make("span", "rank-place num");
  const name = make("span", "option-name", label.name);
  if (label.description) name.append(make("span", "option-hint", label.description));
  const said = make("span", "option-said");
  const grip = make("span", "rank-grip", "⠿");
  grip.setAttribute("aria-hidden", "true");
  const element = make("div", "option rank", place, name, said, grip);
  element.id = `rank-${question.id}-${question.labels.indexOf(label)}`;
  element.setAttribute("role", "option");
  return { id: label.id, element, place, said, grip };
}

/** @param {string} text @param {string} key @param {() => void} work */
function button(text, key, work) {
  const element = make("button", "button button-small rank-button", text, " ", make("kbd", "", key));
  element.type = "button";
  element.addEventListener("click", work);
  return element;
}

/** @param {Question} question @param {HTMLElement[]} rows */
function listbox(question, rows) {
  const list = make("div", "options ranking", ...rows);
  list.tabIndex = 0;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", question.title);
  return list;
}

/** @type {KindModule["mount"]} */
export function mount(root, question, changed) {
  const order = question.labels.map((label) => label.id);
  const rows = new Map(question.labels.map((label) => [label.id, row(question, label)]));
  const list = listbox(question, [...rows.values()].map((one) => one.element));
  const news = make("p", "visually-hidden");
  news.setAttribute("role", "status");
  let ranks = order.map((id) => [id]);
  let current = order[0];
  // An order that nobody looked at must not pass for an answer.
  let ranked = false;

  const flat = () => ranks.flat();

  function paint() {
    flat().forEach((id, at) => {
      const one = rows.get(id);
      if (!one) return;
      if (list.children[at] !== one.element) list.insertBefore(one.element, list.children[at] ?? null);
      const rank = rankOf(ranks, id);
      say(one.place, ranked ? `${ranks[rank].length > 1 ? "=" : ""}${number(rank + 1)}` : "–");
      one.element.classList.toggle("is-current", id === current);
      one.element.setAttribute("aria-selected", String(id === current));
      if (id === current) list.setAttribute("aria-activedescendant", one.element.id);
    });
    hint.hidden = ranked;
    confirm.hidden = ranked;
  }

  function settle() {
    ranked = true;
    paint();
    rows.get(current)?.element.scrollIntoView({ block: "nearest" });
    say(news, gettext("{name}: rank {rank} of {n}", { name: nameOf(question, current), rank: number(rankOf(ranks, current) + 1), n: number(ranks.length) }));
    changed();
    return true;
  }

  /** @param {string[][]} next */
  function become(next) {
    ranks = next;
    return settle();
  }

  /** @param {1 | -1} by */
  function step(by) {
    const all = flat();
    current = all[Math.min(all.length - 1, Math.max(0, all.indexOf(current) + by))];
    paint();
    rows.get(current)?.element.scrollIntoView({ block: "nearest" });
    list.focus({ preventScroll: true });
    return true;
  }

  const hint = make("p", "rank-hint", gettext("Not ranked yet: move an item, or say that this order is right."));
  const confirm = button(gettext("This order is right"), gettext("Space"), settle);
  const up = button(gettext("Move up"), "⇧↑", () => become(move(ranks, current, -1)));
  const down = button(gettext("Move down"), "⇧↓", () => become(move(ranks, current, 1)));
  const same = button(gettext("Same rank as above"), "R", () => become(tie(ranks, current, order)));
  const bar = make("div", "button-row rank-bar", up, down, ...(question.ties ? [same] : []), confirm);
  root.append(hint, list, news, bar);
  const paintModel = modelLine(root);

  list.addEventListener("click", (event) => {
    const hit = [...rows.values()].find((one) => one.element.contains(/** @type {Node} */ (event.target)));
    if (!hit) return;
    current = hit.id;
    paint();
  });
  for (const one of rows.values()) {
    dragging(one.grip, {
      start: () => void (current = one.id),
      /** @param {number} y */
      over(y) {
        const others = flat().filter((id) => id !== one.id);
        const place = others.filter((id) => middle(rows.get(id)?.element) < y).length;
        const next = put(ranks, one.id, rankAt(others, place));
        if (next.join("\n") === ranks.join("\n")) return;
        ranks = next;
        paint();
      },
      end: settle,
    });
  }

  /** The place among the ranks that items of one rank leave. @param {string[]} others @param {number} place */
  function rankAt(others, place) {
    const rest = ranks.map((rank) => rank.filter((id) => others.includes(id))).filter((rank) => rank.length);
    return place < others.length ? rankOf(rest, others[place]) : rest.length;
  }

  return {
    show({ value, preLabel, opinions }) {
      ranked = Array.isArray(value);
      ranks = ranked ? value.map((/** @type {string[]} */ rank) => [...rank]) : order.map((id) => [id]);
      current = flat()[0];
      for (const { id, said } of rows.values()) {
        const places = opinions.filter((one) => Array.isArray(one.value)).map((one) => [one.letter, number(rankOf(one.value, id) + 1)]);
        said.replaceChildren(...places.map(([letter, place]) => make("span", "rank-said num", make("span", "letter", letter), place)));
      }
      paintModel(preLabel, (said) => words(question, said));
      paint();
    },
    read: () => (ranked ? ranks : undefined),
    act({ action, digit, shift, repeat }) {
      const by = action === "up" ? -1 : action === "down" ? 1 : 0;
      if (by) return shift ? become(move(ranks, current, by)) : step(by);
      if (action === "digit" && Number(digit) >= 1 && Number(digit) <= order.length) return repeat || become(put(ranks, current, Number(digit) - 1));
      if (action === "relate" && question.ties) return repeat || become(tie(ranks, current, order));
      if (action === "toggle") return repeat || settle();
      return false;
    },
    active(on) {
      list.classList.toggle("is-listening", on);
    },
  };
}

/** @param {Element | undefined} element */
function middle(element) {
  const box = element?.getBoundingClientRect();
  return box ? box.top + box.height / 2 : 0;
}
