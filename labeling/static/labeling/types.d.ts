// What travels between the workbench and the server, and between its modules.
// Ambient on purpose: imports inside comments would be rewritten by the hashing of static files.

type Answer = Record<string, unknown>;

interface Label { id: string; name: string; description?: string }
/** Beside these a question has its kind's own keys. */
interface Question {
  id: string; kind: string; title: string; required?: boolean; help?: string;
  when?: { question: string; is: unknown[] };
  labels: Label[];
  field?: string;
  [setting: string]: any;
}
interface Field { name: string; type: string; required?: boolean; [setting: string]: any }
interface Schema { questions: Question[]; fields: Field[]; guideline: string }

interface PreLabel { value: any; confidence?: number | null; probabilities?: Record<string, number> | null; scores?: number[] | null }
interface Opinion { name: string; answer: Answer }
interface Task {
  id: number;
  schema_version: number;
  payload: Record<string, unknown>;
  /** Fields that the server made safe to show, as HTML for a frame in which nothing runs. */
  rendered?: Record<string, string>;
  pre_label: Record<string, PreLabel> | null;
  /** Pre-labels that are no answers to this schema, by question. */
  unfit?: Record<string, { value: unknown; why: string }>;
  blind: boolean;
  verdict: string;
  reason: string;
  model: { name: string; version: string } | null;
  opinions?: Opinion[];
}
interface Assignment {
  id: string;
  token: number;
  lease_expires_at: string;
  task: Task;
  draft: Answer | null;
  answer?: Answer | null;
}
interface ClaimReply { assignments: Assignment[]; schemas: Record<string, Schema>; waiting: number }

interface Desk {
  queue: { id: number; name: string; purpose: string };
  project: { slug: string; name: string };
  user: { id: number; name: string };
  urls: { claim: string; submissions: string; assignment: string; home: string; signin: string };
  /** Addresses of the scripts (and styles) of kinds and field types. */
  parts: { kinds: Record<string, string[]>; fields: Record<string, string[]> };
  lease_seconds: number;
}

/** One answer on its way, as kept in IndexedDB. */
interface Kept {
  client_id: string;
  user: number;
  url: string;
  at: number;
  assignment: string;
  token: number;
  answer: Answer;
  seconds: number;
  said: string;
  refused?: { code: string; detail: string };
}
interface Result { client_id: string; ok: boolean; status?: string; late?: boolean; final?: boolean; code?: string; detail?: string }
interface Delivery { state: "saved" | "sending" | "offline" | "signed_out" | "error"; detail: string }

/** A key, as the one map of keys reads it (keys.js). */
interface Press { action: string; digit: string; shift: boolean; repeat: boolean }

/** A kind's module: labeling/kinds/<kind>/control.js. */
interface KindModule {
  /** The controls of one question, made once for a version of a schema and shown for task after task.
   * `changed` is called once for each finished change: a gesture is one change, it can be undone as one. */
  mount(root: HTMLElement, question: Question, changed: () => void): Control;
  /** A valid value in a few words, for lists and readers of the screen. */
  words(question: Question, value: any): string;
  /** For who settles a difference: each value as it is shown beside the others, differences marked. */
  differences?(question: Question, values: any[], payload: Record<string, unknown>): (Node | string)[];
  /** A digit answers such a question whole: the next one then listens. */
  single?: boolean;
  /** Rows of the list of keys: what to press (actions or texts), what it does. */
  keys?: [string, string][];
}
interface Control {
  /** Another task, or the same one with another answer (a draft, an undo). */
  show(view: View): void;
  /** The value as it stands; undefined while there is none. */
  read(): unknown;
  /** Why the value as it stands is no answer yet, in a sentence; "" when it is one, or when there is none. */
  problem?(): string;
  /** A key, while this question is the active one; false: not mine. Asked before the page's own actions. */
  act(press: Press): boolean;
  /** Whether keys come here now: hints are shown accordingly. */
  active(on: boolean): void;
}
interface View {
  value: any;
  preLabel: PreLabel | null;
  /** Answers of others, for who settles a difference. */
  opinions: { letter: string; value: any }[];
  payload: Record<string, unknown>;
  /** How a field of the payload stands on the page; made anew for each task. */
  stage(field: string): HTMLElement | null;
}

/** A field type's module: labeling/fields/<type>/viewer.js. */
interface FieldModule {
  /** The field as it is shown, made ahead of its turn. */
  build(field: Field, value: any, name: string, rendered?: string): HTMLElement;
}

/** One answer given in this session. */
interface Given { clientId: string; assignment: Assignment; answer: Answer; said: string; state: "kept" | "saved" | "refused" }
