// Where mouse and finger are in a text.

/** @param {HTMLElement} body of a text field as it stands on the page */
export function pointing(body) {
  /** @param {Node} node @param {number} offset */
  function unitAt(node, offset) {
    const range = document.createRange();
    range.setStart(body, 0);
    range.setEnd(node, offset);
    return range.toString().length;
  }

  return {
    /** What a person marked with the mouse or a finger in this text. @returns {{start: number, end: number} | null} */
    selection() {
      const chosen = getSelection();
      if (!chosen?.rangeCount || chosen.isCollapsed) return null;
      const range = chosen.getRangeAt(0);
      if (!body.contains(range.commonAncestorContainer)) return null;
      const start = unitAt(range.startContainer, range.startOffset);
      return { start, end: start + range.toString().length };
    },
    /** @param {MouseEvent} event */
    unitUnder({ clientX, clientY }) {
      const found = /** @type {any} */ (document).caretPositionFromPoint?.(clientX, clientY);
      if (found) return body.contains(found.offsetNode) ? unitAt(found.offsetNode, found.offset) : -1;
      const range = document.caretRangeFromPoint?.(clientX, clientY);
      return range && body.contains(range.startContainer) ? unitAt(range.startContainer, range.startOffset) : -1;
    },
  };
}
