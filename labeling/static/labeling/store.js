// The outbox's shelf: one IndexedDB store; every write is on disk before it counts.

const NAME = "overread-outbox";

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** @returns {Promise<IDBDatabase>} */
export function openStore() {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => request.result.createObjectStore("answers", { keyPath: "client_id" });
  return done(request);
}

/** The transaction starts in the caller's own turn: a key press is on its way to disk at once.
 * @param {IDBDatabase} db @param {(store: IDBObjectStore) => void} change @returns {Promise<void>} */
export function write(db, change) {
  return new Promise((resolve, reject) => {
    const work = db.transaction("answers", "readwrite", { durability: "strict" });
    work.oncomplete = () => resolve();
    work.onabort = () => reject(work.error);
    change(work.objectStore("answers"));
    work.commit();
  });
}

/** @param {IDBDatabase} db @returns {Promise<Kept[]>} */
export const readAll = (db) => done(db.transaction("answers").objectStore("answers").getAll());
