import type { KidStore } from "../auth/remembered_kids.ts";
import type { Store } from "../store/store.ts";

/** Where the key ids of backends are kept, and how long after the last new one. */
const KIDS_KEY = "auth/system-kids";
const KIDS_MS = 90 * 24 * 3_600_000;

/** Where `RememberedKids` are kept. */
export function kidStore(store: Store): KidStore {
  return {
    load: async () => (await store.get([KIDS_KEY]))[0],
    save: async (value, version) => {
      const options = { ttlMs: KIDS_MS, ifVersion: version ?? null };
      return await store.set(KIDS_KEY, value, options) !== undefined;
    },
  };
}
