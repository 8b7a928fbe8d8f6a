import type { Clock } from "../time/clock.ts";
import type { Entry, Store, Version } from "../store/store.ts";
import { RoomsUnavailableError } from "./refusal.ts";

/** Attempts at one change of a value that others change too. */
const MAX_ATTEMPTS = 60;
/** Between them, at most; less at first, and never in step with others. */
const MAX_PAUSE_MS = 50;

/** What to do with a value: write another, remove it, or leave it as it is; and what to answer. */
export type Next<T> =
  | { readonly write: string; readonly ttlMs?: number; readonly value: T }
  | { readonly remove: true; readonly value: T }
  | { readonly value: T };

/** What was just read under a key. */
export interface Known {
  readonly entry: Entry | undefined;
}

export interface Comparing {
  readonly store: Store;
  readonly clock: Clock;
}

/**
 * Changes what stands under `key` by what `decide` makes of it, in one step for everybody: where
 * somebody else was faster, it decides anew on what is there by then.
 *
 * @param known what the caller has just read there, also that there was nothing, to be spared a read.
 * @throws {StoreError} the store cannot be reached.
 * @throws {RoomsUnavailableError} others were faster every time.
 */
export async function changeEntry<T>(
  key: string,
  { store, clock }: Comparing,
  decide: (entry: Entry | undefined) => Next<T> | Promise<Next<T>>,
  known?: Known,
): Promise<T> {
  let entry = known ? known.entry : (await store.get([key]))[0];
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const next = await decide(entry);
    if (await apply(store, key, entry?.version, next)) return next.value;
    await pause(clock, Math.random() * Math.min(2 ** attempt, MAX_PAUSE_MS));
    [entry] = await store.get([key]);
  }
  throw new RoomsUnavailableError(`Cannot change a value: ${MAX_ATTEMPTS} attempts were too late`);
}

async function apply(
  store: Store,
  key: string,
  version: Version | undefined,
  next: Next<unknown>,
): Promise<boolean> {
  if ("write" in next) {
    const { write, ttlMs } = next;
    return await store.set(key, write, { ifVersion: version ?? null, ttlMs }) !== undefined;
  }
  if ("remove" in next) {
    return version === undefined || await store.delete(key, { ifVersion: version });
  }
  return true;
}

async function pause(clock: Clock, ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  using _timer = clock.after(ms, resolve);
  await promise;
}
