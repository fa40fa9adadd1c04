// An item that is dragged by its grip, with a mouse, a pen or a finger.

/** @param {HTMLElement} grip
 * @param {{start: () => void, over: (y: number) => void, end: () => void}} gesture */
export function dragging(grip, { start, over, end }) {
  grip.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    event.preventDefault();
    start();
    const gesture = new AbortController();
    // On the window: an item that changes its place in the page loses its hold of the pointer.
    addEventListener("pointermove", ({ clientY }) => over(clientY), { signal: gesture.signal });
    for (const name of ["pointerup", "pointercancel"]) {
      addEventListener(name, () => {
        gesture.abort();
        end();
      }, { signal: gesture.signal });
    }
  });
}
