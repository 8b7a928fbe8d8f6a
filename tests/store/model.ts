/**
 * The store as a plain map, to hold a driver against.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { SetOptions, Store, Version } from "../../src/store/store.ts";

const KEYS = ["a/1", "a/2", "b/1"];

/** The version that a step names: none, that the key is not there, the one it has, one it had. */
const naming = fc.constantFrom("none", "absent", "current", "former");

const step = fc.record({
  who: fc.nat(1),
  key: fc.constantFrom(...KEYS),
  op: fc.oneof(
    { weight: 4, arbitrary: fc.record({ set: fc.string(), ttlMs: times(), naming }) },
    { weight: 2, arbitrary: fc.record({ delete: naming }) },
    { weight: 2, arbitrary: fc.record({ elapse: fc.constantFrom(10_000, 100_000, 1_000_000) }) },
  ),
});

function times() {
  return fc.constantFrom(undefined, 20_000, 200_000, 2_000_000);
}

interface Kept {
  readonly value: string;
  readonly version: Version;
  readonly end: number;
}

/** Runs random steps of two isolates on a driver, and compares with the model after each. */
export async function checkAgainstModel(harness: {
  readonly store: Store;
  readonly other: Store;
  elapse(ms: number): Promise<void>;
}): Promise<void> {
  const stores = [harness.store, harness.other];
  const model = new Map<string, Kept>();
  const former = new Map<string, Version>();
  let now = 0;
  const kept = (key: string) => {
    const entry = model.get(key);
    return entry && entry.end > now ? entry : undefined;
  };
  const named = (key: string, naming: string): SetOptions => {
    if (naming === "none") return {};
    if (naming === "absent") return { ifVersion: null };
    if (naming === "current") return { ifVersion: kept(key)?.version ?? "none" };
    return { ifVersion: former.get(key) ?? "none" };
  };
  const holds = (key: string, { ifVersion }: SetOptions) =>
    ifVersion === undefined || ifVersion === (kept(key)?.version ?? null);
  const forget = (key: string) => {
    const entry = model.get(key);
    if (entry) former.set(key, entry.version);
    model.delete(key);
  };

  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (steps) => {
      for (const { who, key, op } of steps) {
        const store = stores[who]!;
        if ("set" in op) {
          const condition = named(key, op.naming);
          const expected = holds(key, condition);
          const version = await store.set(key, op.set, { ttlMs: op.ttlMs, ...condition });
          assert.equal(version !== undefined, expected);
          if (version !== undefined) {
            forget(key);
            // A driver that runs in real time is never on the edge of a time to live here.
            const end = now + (op.ttlMs ?? Infinity) - 250;
            model.set(key, { value: op.set, version, end });
          }
        } else if ("delete" in op) {
          const { ifVersion } = named(key, op.delete);
          if (ifVersion === null) continue;
          const expected = holds(key, { ifVersion });
          assert.equal(await store.delete(key, { ifVersion }), expected);
          if (expected) forget(key);
        } else {
          await harness.elapse(op.elapse);
          now += op.elapse;
        }
        const expected = KEYS.map((one) => {
          const entry = kept(one);
          return entry && { value: entry.value, version: entry.version };
        });
        const listed = KEYS.filter((one) => one.startsWith("a/") && kept(one));
        for (const one of stores) {
          assert.deepEqual(await one.get(KEYS), expected);
          assert.deepEqual((await one.keys("a/", 10)).sort(), listed);
        }
      }
    }),
    { numRuns: 30 },
  );
}
