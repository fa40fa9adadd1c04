/** A node of a tree, as tree.js lays it out. */
interface TreeNode {
  id: string;
  name: string;
  description: string;
  parent: TreeNode | null;
  children: TreeNode[];
  /** All that have the same parent, itself among them. */
  siblings: TreeNode[];
  depth: number;
  /** Its place in the order of the whole tree. */
  order: number;
  /** Its way from the root as searches compare it; "" until somebody searches. */
  letters: string;
}
