// What travels between the workbench and the server, and between its modules.
// Ambient on purpose: imports inside comments would be rewritten by the hashing of static files.

type Answer = Record<string, unknown>;

interface Label { id: string; name: string; description?: string }
interface Question { id: string; kind: string; title: string; required?: boolean; labels: Label[] }
interface Field { name: string; type: string }
interface Schema { questions: Question[]; fields: Field[]; guideline: string }

interface PreLabel { value: string; confidence?: number | null; probabilities?: Record<string, number> | null }
interface Opinion { name: string; answer: Answer }
interface Task {
  id: number;
  schema_version: number;
  payload: Record<string, unknown>;
  pre_label: Record<string, PreLabel> | null;
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

/** What a kind's module gives for one question. */
interface Control {
  show(view: View): void;
  read(): unknown;
  key(event: KeyboardEvent): boolean;
  active(on: boolean): void;
}
interface View { value: unknown; preLabel: PreLabel | null; opinions: { letter: string; value: unknown }[] }

/** One answer given in this session. */
interface Given { clientId: string; assignment: Assignment; answer: Answer; said: string; state: "kept" | "saved" | "refused" }
