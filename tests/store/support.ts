import type { Store } from "../../src/store/store.ts";

/** What stands under each of `keys`, without the versions. */
export async function valuesOf(store: Store, ...keys: string[]): Promise<(string | undefined)[]> {
  return (await store.get(keys)).map((entry) => entry?.value);
}
