// What the modules of a form hand each other. Ambient, as in static/labeling/types.d.ts.

type JsonSchema = Record<string, any>;
/** From the root to a leaf. */
type Way = (string | number)[];

/** What all parts of a form are shown beside. */
interface Beside {
  /** What the model said of the whole; undefined if nothing. */
  said: any;
  scores: Record<string, number>;
  opinions: { letter: string; value: any }[];
  /** Somebody tried to hand in: what is missing is said. */
  asked: boolean;
  /** Inside of an optional group in which nothing stands: nothing is missing there. */
  idle: boolean;
}

/** An input that somebody should look at. */
interface Trouble { box: HTMLElement; name: string; why: string; wrong: boolean }

interface Part {
  element: HTMLElement;
  show(value: any): void;
  read(): any;
  /** Says beside each input what is to be said; where to look comes back. */
  paint(way: Way, beside: Beside): Trouble[];
}

interface Spot { schema: JsonSchema; name: string | number; required: boolean; id: string; commit(): void }

type Box = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;
/** `absent`: the tick beside it, where the schema allows null. */
interface Input { box: Box; absent: HTMLInputElement | null; set(value: any): void; get(): any }
