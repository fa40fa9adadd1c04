// Wheel, pointer and fingers on a picture: two fingers always zoom and move, one marks where there is a tool.
// It follows the first picture that is shown.

const WHEEL = 0.0015;
const LINE = 16;

/** @param {Stage} stage */
export function follow(stage) {
  const { frame } = stage;
  /** @type {Map<number, PointerEvent>} */
  const down = new Map();
  let moving = false;
  /** @type {Tool | undefined} */
  let tool;

  const middle = () => {
    const [a, b] = [...down.values()];
    const box = frame.getBoundingClientRect();
    return {
      x: (a.clientX + b.clientX) / 2 - box.x,
      y: (a.clientY + b.clientY) / 2 - box.y,
      apart: Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY) || 1,
    };
  };

  frame.addEventListener("wheel", (event) => {
    event.preventDefault();
    const box = frame.getBoundingClientRect();
    const lines = event.deltaMode ? LINE : 1;
    stage.zoom(Math.exp(-event.deltaY * lines * WHEEL * (event.ctrlKey ? 4 : 1)), event.clientX - box.x, event.clientY - box.y);
  }, { passive: false });

  frame.addEventListener("pointerdown", (event) => {
    if (event.button > 1) return;
    down.set(event.pointerId, event);
    if (down.size === 2) {
      tool?.hands?.drop();
      tool = undefined;
      moving = false;
    } else if (down.size === 1) {
      tool = event.button || event.ctrlKey ? undefined : stage.tool;
      moving = !tool;
      tool?.hands?.press(stage.at(event), event);
    }
    frame.setPointerCapture(event.pointerId);
    if (event.button) event.preventDefault();
  });

  frame.addEventListener("pointermove", (event) => {
    const before = down.get(event.pointerId);
    if (!before) return stage.tool?.hands?.hover?.(stage.at(event));
    if (down.size === 2) {
      const old = middle();
      down.set(event.pointerId, event);
      const now = middle();
      stage.zoom(now.apart / old.apart, old.x, old.y);
      stage.pan(now.x - old.x, now.y - old.y);
      return;
    }
    down.set(event.pointerId, event);
    if (moving) stage.pan(event.clientX - before.clientX, event.clientY - before.clientY);
    else tool?.hands?.drag(stage.at(event), event);
  });

  /** @param {PointerEvent} event */
  function up(event) {
    if (!down.delete(event.pointerId)) return;
    if (event.type === "pointerup") tool?.hands?.release(stage.at(event), event);
    else tool?.hands?.drop();
    tool = undefined;
    moving = false;
  }
  frame.addEventListener("pointerup", up);
  frame.addEventListener("pointercancel", up);
}
