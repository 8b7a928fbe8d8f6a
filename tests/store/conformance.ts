/**
 * What every driver of the store must do. A driver's test file calls {@linkcode storeConformance}
 * with a factory and adds what is its own.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { type Store, StoreError } from "../../src/store/store.ts";

/** An empty store for one test, as two isolates see it, and the time that passes in it. */
export interface StoreHarness extends AsyncDisposable {
  readonly store: Store;
  readonly other: Store;
  elapse(ms: number): Promise<void>;
}

const TTL_MS = 3_600_000;

/** Registers the suite for one driver; `skip` says why the driver cannot be tested here. */
export function storeConformance(
  driver: string,
  open: () => Promise<StoreHarness>,
  skip?: () => boolean,
): void {
  function rule(name: string, body: (harness: StoreHarness) => Promise<void>): void {
    Deno.test(`${driver}: ${name}`, async () => {
      if (skip?.()) return;
      await using harness = await open();
      await body(harness);
    });
  }

  rule("a key that was never set is undefined", async ({ store }) => {
    assert.deepEqual(await store.get(["a"]), [undefined]);
    assert.deepEqual(await store.get([]), []);
    assert.deepEqual(await store.keys(10), []);
  });

  rule("what is set is read by every isolate at once", async ({ store, other }) => {
    await store.set("a", "1", TTL_MS);
    assert.deepEqual(await other.get(["a"]), ["1"]);
    await other.set("a", "2", TTL_MS);
    assert.deepEqual(await store.get(["a"]), ["2"]);
  });

  rule("values come in the order of the keys, however many", async ({ store }) => {
    await Promise.all([1, 5, 123].map((i) => store.set(`k${i}`, `v${i}`, TTL_MS)));
    const keys = Array.from({ length: 250 }, (_, i) => `k${i}`);
    const values = await store.get(keys);
    assert.equal(values.length, 250);
    assert.deepEqual(values.flatMap((v, i) => v === undefined ? [] : [[i, v]]), [
      [1, "v1"],
      [5, "v5"],
      [123, "v123"],
    ]);
    assert.deepEqual(await store.get(["k5", "k0", "k5"]), ["v5", undefined, "v5"]);
  });

  rule("any string is a key and a value", async ({ store, other }) => {
    const strings = [
      "",
      " ",
      "a:b",
      "a\0b",
      "\r\n",
      "комната@конф 🎉",
      "{x}",
      "*",
      "x".repeat(1023),
    ];
    for (const s of strings) await store.set(s, s, TTL_MS);
    assert.deepEqual(await other.get(strings), strings);
    assert.deepEqual((await other.keys(100)).sort(), [...strings].sort());
    await store.set("long", "v".repeat(32_000), TTL_MS);
    assert.deepEqual(await other.get(["long"]), ["v".repeat(32_000)]);
  });

  rule("a deleted key is gone, and an unknown one may be deleted", async ({ store, other }) => {
    await store.set("a", "1", TTL_MS);
    await store.set("b", "2", TTL_MS);
    await other.delete("a");
    await other.delete("never set");
    assert.deepEqual(await store.get(["a", "b"]), [undefined, "2"]);
    assert.deepEqual(await store.keys(10), ["b"]);
  });

  rule("a value lives for its time and no longer", async ({ store, other, elapse }) => {
    await store.set("a", "1", 60_000);
    await elapse(50_000);
    assert.deepEqual(await store.get(["a"]), ["1"]);
    assert.deepEqual(await other.get(["a"]), ["1"]);
    assert.deepEqual(await other.keys(10), ["a"]);
    await elapse(10_001);
    assert.deepEqual(await store.get(["a"]), [undefined]);
    assert.deepEqual(await other.get(["a"]), [undefined]);
    assert.deepEqual(await other.keys(10), []);
  });

  rule("setting a key anew starts its time anew", async ({ store, other, elapse }) => {
    await store.set("longer", "1", 60_000);
    await store.set("shorter", "1", 600_000);
    await elapse(50_000);
    await store.set("longer", "2", 60_000);
    await other.set("shorter", "2", 10_000);
    await elapse(20_000);
    assert.deepEqual(await store.get(["longer", "shorter"]), ["2", undefined]);
    assert.deepEqual(await other.get(["longer", "shorter"]), ["2", undefined]);
  });

  rule("a key can be set again after its time is over", async ({ store, elapse }) => {
    await store.set("a", "1", 1000);
    await elapse(2000);
    await store.set("a", "2", 60_000);
    await elapse(2000);
    assert.deepEqual(await store.get(["a"]), ["2"]);
  });

  rule("keys() gives at most as many as asked for", async ({ store }) => {
    const all = Array.from({ length: 30 }, (_, i) => `k${i}`);
    for (const key of all) await store.set(key, "v", TTL_MS);
    assert.deepEqual((await store.keys(1000)).sort(), all.sort());
    const some = await store.keys(7);
    assert.equal(new Set(some).size, 7);
    assert.ok(some.every((key) => all.includes(key)));
    assert.deepEqual(await store.keys(0), []);
  });

  rule("check() resolves while the store answers", async ({ store, other }) => {
    await store.check(5000);
    await other.check(5000);
  });

  rule("a store that is disposed, also twice, refuses work", async ({ store, other }) => {
    await store.set("a", "1", TTL_MS);
    await other[Symbol.asyncDispose]();
    await other[Symbol.asyncDispose]();
    await assert.rejects(other.get(["a"]), StoreError);
    await assert.rejects(other.set("a", "2", TTL_MS), StoreError);
    await assert.rejects(other.delete("a"), StoreError);
    await assert.rejects(other.keys(1), StoreError);
    await assert.rejects(other.check(5000), StoreError);
    assert.deepEqual(await store.get(["a"]), ["1"]);
  });

  rule(
    "two isolates agree with a plain map, whatever they do",
    async ({ store, other, elapse }) => {
      const stores = [store, other];
      const model = new Map<string, { value: string; end: number }>();
      let now = 0;
      const step = fc.record({
        who: fc.nat(1),
        key: fc.constantFrom("a", "b"),
        op: fc.oneof(
          fc.record({ set: fc.string(), ttl: fc.constantFrom(20_000, 200_000, 2_000_000) }),
          fc.constant("delete" as const),
          fc.record({ elapse: fc.constantFrom(10_000, 100_000, 1_000_000) }),
        ),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
          for (const { who, key, op } of steps) {
            if (op === "delete") {
              await stores[who]!.delete(key);
              model.delete(key);
            } else if ("set" in op) {
              await stores[who]!.set(key, op.set, op.ttl);
              // A carrier that runs in real time is never on the edge of a time to live here.
              model.set(key, { value: op.set, end: now + op.ttl - 250 });
            } else {
              await elapse(op.elapse);
              now += op.elapse;
            }
            const expected = ["a", "b"].map((k) => {
              const entry = model.get(k);
              return entry && entry.end > now ? entry.value : undefined;
            });
            for (const s of stores) assert.deepEqual(await s.get(["a", "b"]), expected);
          }
        }),
        { numRuns: 30 },
      );
    },
  );
}
