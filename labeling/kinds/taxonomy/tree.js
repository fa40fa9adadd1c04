// The tree of a question: its nodes by id, what of it is open, what has the letters of a search. Pure.

/** Letters as they are compared: small, without accents. @param {string} text */
const folded = (text) => text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "");

/** @param {any[]} tree @returns {Map<string, TreeNode>} every node by its id, in the order of the tree */
export function plant(tree) {
  /** @type {Map<string, TreeNode>} */
  const nodes = new Map();
  /** @param {any[]} given @param {TreeNode | null} parent @returns {TreeNode[]} */
  function grow(given, parent) {
    /** @type {TreeNode[]} */
    const siblings = [];
    for (const { id, name, description = "", children = [] } of given) {
      /** @type {TreeNode} */
      const node = { id, name, description, parent, children: [], siblings, depth: (parent?.depth ?? 0) + 1, order: nodes.size, letters: "" };
      nodes.set(id, node);
      siblings.push(node);
      node.children = grow(children, node);
    }
    return siblings;
  }
  grow(tree, null);
  return nodes;
}

/** The node and all above it, the root first. @param {TreeNode} node @returns {TreeNode[]} */
export const pathOf = (node) => (node.parent ? [...pathOf(node.parent), node] : [node]);

/** What is seen while these nodes are open. @param {TreeNode[]} roots @param {Set<TreeNode>} open @returns {TreeNode[]} */
export const unfolded = (roots, open) =>
  roots.flatMap((node) => (open.has(node) ? [node, ...unfolded(node.children, open)] : [node]));

/** The nodes on whose way every word is found; those that have the first word in their own name come first.
 * @param {TreeNode[]} nodes @param {string} text @returns {TreeNode[]} */
export function found(nodes, text) {
  const words = folded(text).split(/\s+/).filter(Boolean);
  const hits = nodes.filter((node) => words.every((word) => letters(node).includes(word)));
  const own = (/** @type {TreeNode} */ node) => folded(node.name).startsWith(words[0] ?? "");
  return [...hits.filter(own), ...hits.filter((node) => !own(node))];
}

/** Written once, when somebody first searches. @param {TreeNode} node @returns {string} */
function letters(node) {
  node.letters ||= `${node.parent ? letters(node.parent) : ""} ${folded(`${node.name} ${node.id}`)}`;
  return node.letters;
}
