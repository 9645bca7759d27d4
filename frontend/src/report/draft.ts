// A draft lives in IndexedDB, photos included, from the first letter until the server has said «received».
import type { Box } from "../redact";

export interface Photo {
  id: string;
  name: string;
  blob: Blob;
  /** What its reporter covered; drafts of an earlier version have none. */
  boxes?: Box[];
}

export interface Draft {
  /** Made here, once; sending it twice makes one report. */
  uuid: string;
  /** editing: still with the person. queued: the person pressed send; we owe it to the server. */
  state: "editing" | "queued";
  fields: Record<string, string>;
  photos: Photo[];
  savedAt: number;
}

const STORE = "drafts";

function open(): Promise<IDBDatabase> {
  return new Promise((done, failed) => {
    const request = indexedDB.open("xiucheng", 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "uuid" });
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error ?? new Error("IndexedDB"));
  });
}

async function run<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await open();
  try {
    return await new Promise<T>((done, failed) => {
      const transaction = database.transaction(STORE, mode);
      const request = work(transaction.objectStore(STORE));
      // «complete», not «success»: only then it is on the disk
      transaction.oncomplete = () => done(request.result);
      transaction.onabort = () => failed(transaction.error ?? new Error("IndexedDB"));
    });
  } finally {
    database.close();
  }
}

export const save = (draft: Draft): Promise<IDBValidKey> => run("readwrite", (store) => store.put(draft));
export const drop = (uuid: string): Promise<undefined> => run("readwrite", (store) => store.delete(uuid));

/** All drafts, those waiting to be sent first, then the latest. */
export async function all(): Promise<Draft[]> {
  const drafts = await run<Draft[]>("readonly", (store) => store.getAll() as IDBRequest<Draft[]>);
  const rank = (draft: Draft): number => (draft.state === "queued" ? 0 : 1);
  return drafts.sort((a, b) => rank(a) - rank(b) || b.savedAt - a.savedAt);
}

/** A version 4 UUID; `crypto.randomUUID` exists only on https and localhost. */
export function uuid4(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
