// What this browser keeps: answers until the server has confirmed them, drafts until they are answered.

const SHELF = "overread-outbox";
const VERSION = 2;
const KEYS = /** @type {[string, string | string[]][]} */ ([["answers", "client_id"], ["drafts", ["user", "assignment"]]]);

/** `lost` is told when nothing can be kept: forbidden, broken, or in use by another version of the page.
 * `ready` may still follow, once that one is closed.
 * @param {(db: IDBDatabase) => void} ready @param {() => void} lost */
export function open(ready, lost) {
  const request = indexedDB.open(SHELF, VERSION);
  request.onupgradeneeded = () => {
    const db = request.result;
    for (const [name, keyPath] of KEYS) if (!db.objectStoreNames.contains(name)) db.createObjectStore(name, { keyPath });
  };
  request.onblocked = request.onerror = lost;
  request.onsuccess = () => {
    const db = request.result;
    db.onclose = lost;
    db.onversionchange = () => {
      db.close();
      lost();
    };
    ready(db);
  };
}

/** The transaction starts in the caller's own turn: a key press is on its way to disk at once.
 * @param {IDBDatabase} db @param {(answers: IDBObjectStore, drafts: IDBObjectStore) => void} change @returns {Promise<void>} */
export function write(db, change) {
  return new Promise((resolve, reject) => {
    const work = db.transaction(["answers", "drafts"], "readwrite", { durability: "strict" });
    work.oncomplete = () => resolve();
    work.onabort = () => reject(work.error);
    change(work.objectStore("answers"), work.objectStore("drafts"));
    work.commit();
  });
}

/** What there is of this person. @param {IDBDatabase} db @param {"answers" | "drafts"} name @param {number} user @returns {Promise<any[]>} */
export function readAll(db, name, user) {
  return new Promise((resolve, reject) => {
    const request = db.transaction(name).objectStore(name).getAll();
    request.onsuccess = () => resolve(request.result.filter((one) => one.user === user));
    request.onerror = () => reject(request.error);
  });
}
