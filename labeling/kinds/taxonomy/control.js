// Kind `taxonomy`: a node of a tree. A search finds it by letters; arrows walk and open the tree.

import { make, say } from "../../screen.js";
import { gettext, number } from "../../words.js";
import { listed, modelLine } from "../../said.js";
import { rowsOf } from "./rows.js";
import { found, pathOf, plant, unfolded } from "./tree.js";

const JOINT = " › ";

/** @type {WeakMap<Question, Map<string, TreeNode>>} a tree is laid out once */
const planted = new WeakMap();

/** @param {Question} question */
function nodesOf(question) {
  const nodes = planted.get(question) ?? plant(question.tree);
  planted.set(question, nodes);
  return nodes;
}

/** @param {unknown} value @returns {string[]} */
const idsIn = (value) => (Array.isArray(value) ? value : typeof value === "string" ? [value] : []);

/** @param {Question} question @param {string} id @returns {string[]} */
function namesTo(question, id) {
  const node = nodesOf(question).get(id);
  return node ? pathOf(node).map((each) => each.name) : [id];
}

/** @param {Question} question @param {unknown} value */
export const words = (question, value) => idsIn(value).map((id) => namesTo(question, id).join(JOINT)).join(", ");

/** The way to each node, marked from where nobody else goes the same way. @type {NonNullable<KindModule["differences"]>} */
export const differences = (question, values) =>
  values.map((value) => {
    const others = values.filter((other) => other !== value).map((other) => idsIn(other).map((id) => namesTo(question, id)));
    const ways = idsIn(value).map((id) => {
      const names = namesTo(question, id);
      const shared = (/** @type {number} */ at) => others.every((ids) => ids.some((other) => other.slice(0, at + 1).join("\n") === names.slice(0, at + 1).join("\n")));
      const way = make("div");
      way.append(...listed(names.map((text, at) => ({ text, differs: !shared(at) })), JOINT));
      return way;
    });
    return make("div", "", ...ways);
  });

/** @type {KindModule["keys"]} */
export const keys = [
  ["search", gettext("Search: type letters, Enter chooses what is marked")],
  ["up down", gettext("Node above, below")],
  ["right left", gettext("Open a node, close it")],
  ["toggle", gettext("Choose the marked node, or take it away")],
];

/** @param {Question} question @param {string} id of the tree */
function searchBox(question, id) {
  const input = make("input", "option-filter");
  Object.assign(input, { type: "text", placeholder: gettext("Search the tree"), autocomplete: "off" });
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-label", gettext("Search: {title}", { title: question.title }));
  input.setAttribute("aria-controls", id);
  input.setAttribute("aria-haspopup", "tree");
  input.setAttribute("aria-expanded", "true");
  input.setAttribute("aria-autocomplete", "list");
  return input;
}

/** @type {KindModule["mount"]} */
export function mount(root, question, changed) {
  const { many = false, leaves_only: leavesOnly = true } = question;
  const nodes = nodesOf(question);
  const roots = [...nodes.values()].filter((node) => !node.parent);
  const id = `tree-${question.id}`;
  const input = searchBox(question, id);
  const rows = rowsOf(id, question.title, build);
  rows.element.setAttribute("aria-multiselectable", String(many));
  const chosenList = make("ul", "tree-chosen");
  const none = make("p", "muted", gettext("Nothing in the tree has these letters."));
  const count = make("p", "visually-hidden");
  count.setAttribute("role", "status");
  const slash = make("kbd", "", "/");
  root.append(chosenList, make("div", "option-find", input, slash), rows.element, none, count);
  const paintModel = modelLine(root);

  /** @type {Set<TreeNode>} */
  let chosen = new Set();
  /** @type {Set<TreeNode>} */
  let open = new Set();
  let shown = roots;
  let cursor = roots[0];
  /** @type {View | null} */
  let view = null;

  /** @param {TreeNode} node */
  const isChoosable = (node) => !leavesOnly || !node.children.length;
  const isSearching = () => input.value.trim() !== "";
  const everyChoosable = () => [...nodes.values()].filter(isChoosable);

  /** @param {TreeNode} node @param {number} place */
  function build(node, place) {
    const letters = (view?.opinions ?? []).filter((one) => idsIn(one.value).includes(node.id)).map((one) => make("span", "letter", one.letter));
    const above = isSearching() && node.parent ? pathOf(node.parent).map((each) => each.name).join(JOINT) : node.description;
    const name = make("span", "tree-name", node.name);
    if (above) name.append(make("span", "option-hint", above));
    const sign = make("span", "tree-sign", node.children.length && !isSearching() ? (open.has(node) ? "▾" : "▸") : "");
    const tick = make("span", "tree-tick", chosen.has(node) ? "✓" : "");
    for (const part of [sign, tick]) part.setAttribute("aria-hidden", "true");
    const row = make("div", "tree-row", sign, tick, name, make("span", "option-said", ...letters));
    row.id = `${id}-${node.order}`;
    row.classList.toggle("is-current", node === cursor);
    // Beside other people the model has a letter like them.
    row.classList.toggle("is-model", !view?.opinions.length && idsIn(view?.preLabel?.value).includes(node.id));
    row.style.setProperty("--depth", String(isSearching() ? 0 : node.depth - 1));
    describe(row, node, place);
    row.addEventListener("click", () => pick(node));
    return row;
  }

  /** @param {HTMLElement} row @param {TreeNode} node @param {number} place */
  function describe(row, node, place) {
    const [size, at] = isSearching() ? [shown.length, place] : [node.siblings.length, node.siblings.indexOf(node)];
    row.setAttribute("role", "treeitem");
    row.setAttribute("aria-level", String(isSearching() ? 1 : node.depth));
    row.setAttribute("aria-setsize", String(size));
    row.setAttribute("aria-posinset", String(at + 1));
    if (node.children.length && !isSearching()) row.setAttribute("aria-expanded", String(open.has(node)));
    if (isChoosable(node)) row.setAttribute("aria-selected", String(chosen.has(node)));
  }

  /** @param {TreeNode} [to] the node that must be in sight */
  function paint(to = cursor) {
    shown = isSearching() ? found(everyChoosable(), input.value) : unfolded(roots, open);
    cursor = shown.includes(to) ? to : (shown[0] ?? to);
    rows.show(shown, Math.max(0, shown.indexOf(cursor)));
    rows.element.hidden = !shown.length;
    none.hidden = shown.length > 0;
    for (const element of [rows.element, input]) {
      if (shown.length) element.setAttribute("aria-activedescendant", `${id}-${cursor.order}`);
      else element.removeAttribute("aria-activedescendant");
    }
  }

  function paintChosen() {
    chosenList.replaceChildren(...[...chosen].sort((a, b) => a.order - b.order).map(chosenRow));
    chosenList.hidden = !chosen.size;
  }

  /** @param {TreeNode} node */
  function chosenRow(node) {
    const names = pathOf(node).map((each) => each.name).join(JOINT);
    const away = make("button", "button button-quiet button-small", "✕");
    away.type = "button";
    away.setAttribute("aria-label", gettext("Take away {name}", { name: node.name }));
    away.addEventListener("click", () => toggle(node));
    return make("li", "", make("span", "", names), away);
  }

  /** @param {TreeNode} node */
  function toggle(node) {
    if (chosen.has(node)) chosen.delete(node);
    else if (many) chosen.add(node);
    else chosen = new Set([node]);
    paintChosen();
    paint();
    changed();
  }

  /** @param {TreeNode} node */
  function fold(node) {
    if (open.has(node)) open.delete(node);
    else open.add(node);
    paint(node);
  }

  /** @param {TreeNode} node */
  function pick(node) {
    cursor = node;
    if (isChoosable(node)) toggle(node);
    else fold(node);
  }

  /** @param {number} by */
  function step(by) {
    const at = shown.indexOf(cursor) + by;
    paint(shown[Math.min(shown.length - 1, Math.max(0, at))]);
    return true;
  }

  function into() {
    if (!cursor.children.length) return true;
    if (open.has(cursor)) paint(cursor.children[0]);
    else fold(cursor);
    return true;
  }

  function out() {
    if (open.has(cursor)) fold(cursor);
    else if (cursor.parent) paint(cursor.parent);
    return true;
  }

  /** Opens the way to a node. @param {TreeNode} node */
  function reveal(node) {
    for (const above of pathOf(node).slice(0, -1)) open.add(above);
    paint(node);
  }

  function closeSearch() {
    input.value = "";
    say(count, "");
    reveal(cursor);
    rows.element.focus({ preventScroll: true });
  }

  /** The tree takes the keys of the page while it has the focus, so that a reader of the screen follows. @param {() => boolean} work */
  function walk(work) {
    rows.element.focus({ preventScroll: true });
    return work();
  }

  input.addEventListener("input", () => {
    paint(found(everyChoosable(), input.value)[0]);
    say(count, isSearching() ? gettext("Found: {n}", { n: number(shown.length) }) : "");
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") step(1);
    else if (event.key === "ArrowUp") step(-1);
    else if (event.key === "Enter" && isSearching()) {
      if (!shown.length) return event.preventDefault();
      if (!chosen.has(cursor)) pick(cursor);
      closeSearch();
    } else if (event.key === "Escape") closeSearch();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  return {
    show(now) {
      view = now;
      input.value = "";
      chosen = new Set(idsIn(now.value).flatMap((each) => nodes.get(each) ?? []));
      const said = now.opinions.flatMap((one) => idsIn(one.value).flatMap((each) => nodes.get(each) ?? []));
      // Who settles a difference sees at once where the others stand.
      open = new Set(said.flatMap((node) => pathOf(node).slice(0, -1)));
      cursor = [...chosen][0] ?? said[0] ?? roots[0];
      paintModel(now.preLabel, (said) => words(question, said));
      paintChosen();
      reveal(cursor);
    },
    read() {
      const ids = [...chosen].sort((a, b) => a.order - b.order).map((node) => node.id);
      return many ? (ids.length ? ids : undefined) : ids[0];
    },
    act({ action, repeat }) {
      if (action === "search") input.focus();
      else if (action === "down") return walk(() => step(1));
      else if (action === "up") return walk(() => step(-1));
      else if (action === "right") return walk(into);
      else if (action === "left") return walk(out);
      else if (action === "toggle") return repeat || walk(() => (pick(cursor), true));
      else return false;
      return true;
    },
    active(on) {
      slash.classList.toggle("is-off", !on);
    },
  };
}
