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
interface Schema { questions: Question[]; fields: Field[] }

interface PreLabel { value: any; confidence?: number | null; probabilities?: Record<string, number> | null; scores?: number[] | null }
interface Opinion { id: number; name: string; answer: Answer; note: string }
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
/** Where one thing is fetched that a payload only refers to; no field: the whole input. */
interface Link { field: string; at: number | null; holds: "picture" | "text" | "json" | "document"; address: string }
interface Assignment {
  id: string;
  token: number;
  /** null: an answer that was sent back; nobody holds its task. */
  lease_expires_at: string | null;
  task: Task;
  media?: Link[];
  /** What `media` names is in the payload now: texts and JSON themselves, addresses of pictures. */
  fetched?: boolean;
  /** Fields that could not be fetched, with what to say instead; the payload is without them. */
  trouble?: Record<string, string>;
  draft: Answer | null;
  /** What was said before the model’s answer was shown, once it has been. */
  guess?: Answer | null;
  /** When the queue shows the model’s answer. */
  shown?: "at_once" | "after_guess" | "never";
  /** Open comments on the task. */
  comments?: number;
  /** When the server got that draft. */
  draft_at?: string | null;
  answer?: Answer | null;
  /** Why it is so: an adjudicator's reason, or why an answer that was sent back stands. */
  note?: string;
  /** An own answer that was sent back: by whom, and why. */
  returned?: { id: number; reason: string; by: string; at: string };
}
interface ClaimReply { assignments: Assignment[]; schemas: Record<string, Schema>; waiting: number }

interface Desk {
  queue: { id: number; name: string; purpose: string; decision_reason: "optional" | "required" };
  project: { slug: string; name: string };
  user: { id: number; name: string };
  urls: { claim: string; submissions: string; renew: string; release: string; assignment: string; home: string; signin: string; version: string; task: string };
  /** Versions of schemas whose guideline this person need not read first. */
  known: number[];
  /** Addresses of the script (and the styles behind it) of each kind and field type. */
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
interface Delivery { state: "saved" | "sending" | "offline" | "signed_out" | "somebody" | "error"; detail: string }

/** An unfinished answer, as kept in IndexedDB. */
interface LocalDraft {
  user: number;
  guess?: Answer | null;
  queue: number;
  assignment: string;
  token: number;
  answer: Answer;
  at: number;
  /** The server's draft that this one goes on from. */
  base: string | null;
  /** Whether the server has this very one. */
  sent: boolean;
}

/** What status and trouble read; they change nothing. */
interface OutboxState {
  pending: Kept[]; refused: Kept[]; delivery: Delivery; durable: boolean; atRisk: boolean;
  forget(ids: string[]): Promise<void>;
  page: { onChange(): void };
}
interface FeedState { ready: Assignment[]; waiting: number | null; state: string; stopped: boolean; title: string; detail: string }
interface PageState { current: Assignment | null; correcting: Given | null; done: number; seconds: number[]; tab: string }
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
  differences?(question: Question, values: any[], payload: Record<string, unknown>): (Node | string)[] | Promise<(Node | string)[]>;
  /** A digit answers such a question whole: the next one then listens. */
  single?: boolean;
  /** Rows of the list of keys: what to press (actions or texts), what it does. */
  keys?: [string, string][];
  /** For a kind whose controls have hands: the module with them (hands.js) and with the list of keys. */
  hands?(): Promise<{ keys?: [string, string][] }>;
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
  /** What does what keys and pointer mean, where that is not needed to paint: null until it is fetched. Keys wait for it. */
  hands?: object | null;
  /** Tried until it is here; safe to ask for again. */
  fetchHands?(): Promise<unknown>;
  /** Whether keys come here now: hints are shown accordingly. */
  active(on: boolean): void;
}
interface View {
  /** The task's id. */
  task: number;
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

/** One of the answers that stand side by side; `id` for those of people that can go back. */
interface Side { letter: string; name: string; answer: Answer; id?: number; note?: string }
/** What the workbench lends to what only some tasks have (together.js). */
interface Bench {
  waits: boolean; opinions: Side[]; questions: Question[];
  take: (answer: Answer) => void; reveal: () => void; stand: () => void; next: () => void;
}
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
    answer: Answer; guess: Answer | null; note: string; late: boolean; counted: boolean; check: boolean; stands: boolean; withdrawn: boolean;
  }[];
  gold: Record<string, { value: unknown; source: string; at: string }>;
  sent_back: { answer: number; by: string; reason: string; at: string; state: string; state_words: string; reply: string; answered_at: string | null }[];
}

/** One answer given in this session. */
interface Given { clientId: string; assignment: Assignment; answer: Answer; said: string; state: "kept" | "saved" | "refused" }

/** The editor of a schema: parts of its form; `settings` and the values of a condition are YAML. */
interface FormQuestion {
  id: string; kind: string; title: string; required: boolean; help: string;
  when: { question: string; is: string } | null;
  labels: Label[];
  settings: string;
}
interface FormField { name: string; type: string; required: boolean; settings: string }
interface FormParts { guideline: string; fields: FormField[]; questions: FormQuestion[] }
interface EditorData {
  kinds: Record<string, { labels: boolean; keys: string[]; marks: string[]; example: string }>;
  fields: Record<string, { keys: string[]; sample: unknown }>;
  parts: Desk["parts"];
  sample: Record<string, unknown>;
}
interface Told { field: string; problem: string; line?: number | null }
interface Checked { problems: Told[]; form: FormParts | null; text: string; schema: Schema | null }
/** What lists of the form do; `focus` is the id of what has the focus afterwards. */
interface ListWork {
  changed: () => void;
  rebuilt: (focus: string) => void;
  move: (list: unknown[], from: number, to: number, focus: string) => void;
  remove: (list: unknown[], at: number, name: string, focus: string) => void;
  moves: (element: HTMLElement, list: unknown[], at: number, focus: (to: number) => string) => void;
}
