// Pictures, and marks on them. Ambient, for the reason that ../types.d.ts gives.

/** x and y in pixels of the picture. */
type Place = [number, number];
interface Mark { label?: string; [key: string]: any }

/** A picture on the page: fields/image/stage.js. */
interface Stage {
  width: number; height: number; scale: number; hand: boolean;
  element: HTMLElement; frame: HTMLElement; picture: HTMLImageElement;
  tools: Tool[]; tool?: Tool;
  attach(tool: Tool): void;
  show(address: string): void;
  fit(): void;
  zoom(by: number, x?: number, y?: number): void;
  pan(x: number, y: number): void;
  at(event: { clientX: number; clientY: number }): Place;
  reveal(place: Place): void;
}
interface Bar { stage: Stage; light: HTMLElement; shine(): void; say(): void }

/** What marks on a picture. */
interface Tool {
  svg: SVGElement;
  on: boolean;
  /** The picture's size is known. */
  sized(): void;
  /** They come behind the first paint. */
  hands: ToolHands | null;
}
/** What a tool does when a pointer moves on the picture. */
interface ToolHands {
  /** Where zooming by keys should stay. */
  focus(): Place | undefined;
  press(at: Place, event: PointerEvent): void;
  /** A pointer that is not down. */
  hover?(at: Place): void;
  drag(at: Place, event: PointerEvent): void;
  release(at: Place, event: PointerEvent): void;
  /** A second finger came: what was begun was not meant. */
  drop(): void;
}
/** What keys and pointer do to the marks of a question: shapes/hands.js. */
interface MarkHands extends ToolHands {
  draft: Mark | null;
  act(press: Press): boolean;
  /** Another answer is shown; `again`: of the same task. */
  letGo(again: boolean): void;
  sized(): void;
  problem(): string;
  paint(): void;
  hint(): void;
  name(id: string): void;
  select(number: number): void;
  remove(number: number): void;
  create(): void;
  nothing(): void;
  commit(words?: string): void;
}

/** How a kind's marks look. */
interface Form {
  /** Its name in a list, where there is no label. */
  noun: string;
  /** The word on the button for a new one. */
  create: string;
  /** Path to draw, where the tag stands, and the places of dots if it has any. */
  draw(mark: Mark): { path: string; tag: Place; dots?: Place[] };
  /** Places that lie on the picture. */
  outline(mark: Mark): Place[];
  /** Position in words. */
  where(mark: Mark): string;
}
/** What can be done to a kind's marks. None changes the mark that it is given. */
interface Handling {
  /** Places to take hold of; those from `points` on add a point. */
  handles(mark: Mark, scale: number): Place[];
  points?(mark: Mark): number;
  /** The mark with that handle at the place. */
  pull(mark: Mark, handle: number, to: Place): Mark;
  move(mark: Mark, x: number, y: number): Mark;
  /** How near a place is: Infinity for no hit, else the smaller the better. */
  hit(mark: Mark, at: Place, slack: number): number;
  /** For what is drawn by one drag, and placed whole by a key. */
  span?(from: Place, to: Place): Mark;
  size?(mark: Mark, x: number, y: number): Mark;
  turn?(mark: Mark, degrees: number): Mark;
  /** For what is set point by point. */
  path?: PathForm;
}
interface PathForm {
  /** Setting a point on the first one finishes it. */
  closes?: boolean;
  begin(): Mark;
  /** What was drawn, as it is kept. */
  done(draft: Mark): Mark;
  /** With one more point; whether it is complete then. */
  add(draft: Mark, at: Place): Mark;
  isComplete(draft: Mark): boolean;
  /** Whether it can be finished as it is. */
  isEnough(draft: Mark): boolean;
  /** What comes next, in words. */
  next(draft: Mark): string;
  /** Without the last point. */
  back(draft: Mark): Mark;
  /** The next point stays unset. */
  leave?(draft: Mark): Mark;
  /** A point after this one of a finished mark; the new point's number. */
  insert(mark: Mark, point: number, at: Place): [Mark, number];
  drop(mark: Mark, point: number): Mark | null;
  hide?(mark: Mark, point: number): Mark;
  name?(mark: Mark, point: number): string;
}

interface Gesture { kind: "new" | "move" | "pull"; from: Place; before: Mark | null; handle: number; moved: boolean }
