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
interface Opinion { id: number; name: string; answer: Answer; note: string }
interface Task {
  id: number;
  schema_version: number;
  payload: Record<string, unknown>;
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
  /** null: an answer that was sent back; nobody holds its task. */
  lease_expires_at: string | null;
  task: Task;
  draft: Answer | null;
  /** What was said before the model’s answer was shown, once it has been. */
  guess?: Answer | null;
  /** When the queue shows the model’s answer. */
  shown?: "at_once" | "after_guess" | "never";
  /** Open comments on the task. */
  comments?: number;
  answer?: Answer | null;
  /** An own answer that was sent back: by whom, and why. */
  returned?: { id: number; reason: string; by: string; at: string };
}
interface ClaimReply { assignments: Assignment[]; schemas: Record<string, Schema>; waiting: number }

interface Desk {
  queue: { id: number; name: string; purpose: string; decision_reason: "optional" | "required" };
  project: { slug: string; name: string };
  user: { id: number; name: string };
  urls: { claim: string; submissions: string; assignment: string; home: string; signin: string; task: string };
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
  /** Why it is so; what was said before the model’s answer was shown. */
  note?: string;
  guess?: Answer | null;
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
  build(field: Field, value: any, name: string): HTMLElement;
}

/** One of the answers that stand side by side; `id` for those of people that can go back. */
interface Side { letter: string; name: string; answer: Answer; id?: number; note?: string }
/** What the side-by-side view asks of the workbench. */
interface Bench { reasons: "optional" | "required"; take: (answer: Answer) => void; next: (done: Assignment) => void }
/** GET /api/v1/tasks/{id}/comments */
interface TaskComment {
  id: number; who: string; mine: boolean; text: string; at: string;
  resolved_at: string | null; resolved_by: string | null; may_resolve: boolean;
}
/** GET /api/v1/tasks/{id}/history: as much as this person may see. */
interface Story {
  task: number; state: string; blind: boolean; comments: number;
  pre_label: Record<string, PreLabel> | null;
  answers: {
    id: number; who: string; letter: string; mine: boolean; expert: boolean; at: string; seconds: number | null;
    answer: Answer; guess: Answer | null; note: string; late: boolean; counted: boolean; check: boolean; stands: boolean;
  }[];
  gold: Record<string, { value: unknown; source: string; at: string }>;
  sent_back: { answer: number; by: string; reason: string; at: string; state: string; state_words: string; reply: string; answered_at: string | null }[];
}

/** One answer given in this session. */
interface Given { clientId: string; assignment: Assignment; answer: Answer; said: string; state: "kept" | "saved" | "refused" }
