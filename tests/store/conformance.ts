/**
 * What every driver of the store must do. A driver's test file calls {@linkcode storeConformance}
 * with a factory and adds what is its own.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  MAX_VALUE_BYTES,
  type SetOptions,
  type Store,
  StoreError,
  type Version,
} from "../../src/store/store.ts";
import { checkAgainstModel } from "./model.ts";
import { valuesOf } from "./support.ts";

/** An empty store for one test, as two isolates see it, and the time that passes in it. */
export interface StoreHarness extends AsyncDisposable {
  readonly store: Store;
  readonly other: Store;
  elapse(ms: number): Promise<void>;
}

const TTL = { ttlMs: 3_600_000 };

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

  valueRules(rule);
  versionRules(rule);
  timeRules(rule);
  listingRules(rule);

  rule("check() resolves while the store answers", async ({ store, other }) => {
    await store.check(5000);
    await other.check(5000);
  });

  rule("a store that is disposed, also twice, refuses work", async ({ store, other }) => {
    await store.set("a", "1", TTL);
    await other[Symbol.asyncDispose]();
    await other[Symbol.asyncDispose]();
    await assert.rejects(other.get(["a"]), StoreError);
    await assert.rejects(other.set("a", "2", TTL), StoreError);
    await assert.rejects(other.set("a", "2", { ifVersion: null }), StoreError);
    await assert.rejects(other.delete("a"), StoreError);
    await assert.rejects(other.delete("a", { ifVersion: "1" }), StoreError);
    await assert.rejects(other.keys("", 1), StoreError);
    await assert.rejects(other.check(5000), StoreError);
    assert.deepEqual(await valuesOf(store, "a"), ["1"]);
  });

  rule("two isolates agree with a plain map, whatever they do", checkAgainstModel);
}

type Rule = (name: string, body: (harness: StoreHarness) => Promise<void>) => void;

function valueRules(rule: Rule): void {
  rule("a key that was never set is undefined", async ({ store }) => {
    assert.deepEqual(await store.get(["a"]), [undefined]);
    assert.deepEqual(await store.get([]), []);
    assert.deepEqual(await store.keys("", 10), []);
  });

  rule("what is set is read by every isolate at once", async ({ store, other }) => {
    await store.set("a", "1", TTL);
    assert.deepEqual(await valuesOf(other, "a"), ["1"]);
    await other.set("a", "2", TTL);
    assert.deepEqual(await valuesOf(store, "a"), ["2"]);
  });

  rule("values come in the order of the keys, however many", async ({ store }) => {
    await Promise.all([1, 5, 123].map((i) => store.set(`k${i}`, `v${i}`, TTL)));
    const keys = Array.from({ length: 250 }, (_, i) => `k${i}`);
    const values = await valuesOf(store, ...keys);
    assert.equal(values.length, 250);
    assert.deepEqual(values.flatMap((v, i) => v === undefined ? [] : [[i, v]]), [
      [1, "v1"],
      [5, "v5"],
      [123, "v123"],
    ]);
    assert.deepEqual(await valuesOf(store, "k5", "k0", "k5"), ["v5", undefined, "v5"]);
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
      "\uFEFFx",
      "v1:",
      "x".repeat(1023),
    ];
    for (const s of strings) await store.set(s, s, TTL);
    assert.deepEqual(await valuesOf(other, ...strings), strings);
    assert.deepEqual((await other.keys("", 100)).sort(), [...strings].sort());
  });

  rule("a value has 63 KiB of UTF-8 at most, whatever it is of", async ({ store, other }) => {
    const largest = [
      "v".repeat(MAX_VALUE_BYTES),
      "é".repeat(MAX_VALUE_BYTES / 2),
      "語".repeat(MAX_VALUE_BYTES / 3),
      "🎉".repeat(MAX_VALUE_BYTES / 4),
      `${"v".repeat(MAX_VALUE_BYTES - 4)}🎉`,
    ];
    for (const value of largest) {
      const version = await store.set("a", value);
      assert.deepEqual(await other.get(["a"]), [{ value, version }]);
      await assert.rejects(other.set("a", `${value}v`), StoreError);
      await assert.rejects(other.set("a", `${value}v`, { ifVersion: version }), StoreError);
      assert.deepEqual(await store.get(["a"]), [{ value, version }]);
    }
  });

  rule("a deleted key is gone, and an unknown one may be deleted", async ({ store, other }) => {
    await store.set("a", "1", TTL);
    await store.set("b", "2", TTL);
    assert.equal(await other.delete("a"), true);
    assert.equal(await other.delete("never set"), true);
    assert.deepEqual(await valuesOf(store, "a", "b"), [undefined, "2"]);
    assert.deepEqual(await store.keys("", 10), ["b"]);
  });
}

function versionRules(rule: Rule): void {
  rule("each set makes a version that never was, also of the same value", async (harness) => {
    const { store, other } = harness;
    const versions: (Version | undefined)[] = [];
    for (const by of [store, other, store]) {
      versions.push(await by.set("a", "same", TTL));
      const [entry] = await other.get(["a"]);
      assert.deepEqual(entry, { value: "same", version: versions.at(-1) });
    }
    await store.delete("a");
    versions.push(await store.set("a", "same", TTL));
    assert.equal(new Set(versions).size, 4);
    assert.ok(versions.every((version) => typeof version === "string"));
    assert.deepEqual(await store.get(["a"]), await other.get(["a"]), "reading makes none");
  });

  rule("a set that names the version writes, and one that names an older does not", async (h) => {
    const { store, other } = h;
    const first = await store.set("a", "1", TTL);
    const second = await other.set("a", "2", { ...TTL, ifVersion: first });
    assert.ok(second);
    assert.equal(await store.set("a", "3", { ...TTL, ifVersion: first }), undefined);
    assert.equal(await store.set("a", "3", { ...TTL, ifVersion: "unheard of" }), undefined);
    assert.equal(await store.set("a", "3", { ...TTL, ifVersion: "" }), undefined);
    assert.deepEqual(await store.get(["a"]), [{ value: "2", version: second }]);
    assert.equal(await store.set("b", "1", { ...TTL, ifVersion: second }), undefined);
    assert.deepEqual(await store.get(["b"]), [undefined]);
  });

  rule("a set for a key that is not there writes only then", async ({ store, other }) => {
    const first = await store.set("a", "1", { ...TTL, ifVersion: null });
    assert.ok(first);
    assert.equal(await other.set("a", "2", { ...TTL, ifVersion: null }), undefined);
    assert.deepEqual(await other.get(["a"]), [{ value: "1", version: first }]);
    await store.delete("a");
    assert.ok(await other.set("a", "3", { ...TTL, ifVersion: null }));
    assert.deepEqual(await valuesOf(store, "a"), ["3"]);
  });

  rule("of many who set at once and name the same version one writes", async ({ store, other }) => {
    let ifVersion: Version | null = null;
    for (let round = 0; round < 5; round++) {
      const options: SetOptions = { ...TTL, ifVersion };
      const versions = await Promise.all(
        Array.from({ length: 40 }, (_, i) => [store, other][i % 2]!.set("a", `${i}`, options)),
      );
      const winners = versions.flatMap((version, i) => version === undefined ? [] : [i]);
      assert.equal(winners.length, 1);
      const [winner] = winners;
      const version = versions[winner!]!;
      assert.deepEqual(await store.get(["a"]), [{ value: `${winner}`, version }]);
      ifVersion = version;
    }
  });

  rule("of many who set and delete at once one is done", async ({ store, other }) => {
    const ifVersion = await store.set("a", "1", TTL);
    const done = await Promise.all([
      ...Array.from({ length: 10 }, () => store.set("a", "2", { ...TTL, ifVersion })),
      ...Array.from({ length: 10 }, () => other.delete("a", { ifVersion })),
    ]);
    assert.equal(done.filter(Boolean).length, 1);
  });

  rule(
    "a delete that names the version deletes, and one that names another does not",
    async (h) => {
      const { store, other } = h;
      const first = await store.set("a", "1", TTL);
      const second = await store.set("a", "2", TTL);
      assert.equal(await other.delete("a", { ifVersion: first }), false);
      assert.deepEqual(await valuesOf(store, "a"), ["2"]);
      assert.equal(await other.delete("a", { ifVersion: second }), true);
      assert.deepEqual(await store.get(["a"]), [undefined]);
      assert.equal(await store.delete("a", { ifVersion: second }), false);
    },
  );

  rule(
    "what has expired is not there for who names a version",
    async ({ store, other, elapse }) => {
      const versions = [];
      for (const key of ["a", "b", "c"]) versions.push(await store.set(key, "1", { ttlMs: 1000 }));
      const [a, b] = versions;
      await elapse(2000);
      assert.equal(await store.set("a", "2", { ...TTL, ifVersion: a }), undefined);
      assert.equal(await other.set("a", "2", { ...TTL, ifVersion: a }), undefined);
      assert.equal(await other.delete("b", { ifVersion: b }), false);
      assert.ok(await other.set("c", "2", { ...TTL, ifVersion: null }));
      assert.equal(await store.set("c", "3", { ...TTL, ifVersion: null }), undefined);
      assert.deepEqual(await valuesOf(store, "a", "b", "c"), [undefined, undefined, "2"]);
    },
  );
}

function timeRules(rule: Rule): void {
  rule("a value lives for its time and no longer", async ({ store, other, elapse }) => {
    // Elapsed time has fractions.
    await store.set("a", "1", { ttlMs: 59_999.9 });
    await elapse(50_000);
    assert.deepEqual(await valuesOf(store, "a"), ["1"]);
    assert.deepEqual(await valuesOf(other, "a"), ["1"]);
    assert.deepEqual(await other.keys("", 10), ["a"]);
    await elapse(10_001);
    assert.deepEqual(await store.get(["a"]), [undefined]);
    assert.deepEqual(await other.get(["a"]), [undefined]);
    assert.deepEqual(await other.keys("", 10), []);
  });

  rule("a time may have a part of a millisecond, as clocks have", async ({ store, other }) => {
    await store.set("a", "1", { ttlMs: 89_999_999.961 });
    assert.deepEqual(await valuesOf(other, "a"), ["1"]);
  });

  rule("a value without a time stays until it is deleted", async ({ store, other, elapse }) => {
    const version = await store.set("a", "1");
    await store.set("timed", "1", { ttlMs: 1000 });
    const now = await store.set("timed", "2", {});
    await elapse(20_000_000);
    assert.deepEqual(await other.get(["a", "timed"]), [
      { value: "1", version },
      { value: "2", version: now },
    ]);
    assert.ok(await other.set("a", "3", { ifVersion: version }));
    await elapse(20_000_000);
    assert.deepEqual((await store.keys("", 10)).sort(), ["a", "timed"]);
    await store.set("a", "4", { ttlMs: 1000 });
    await elapse(2000);
    await other.delete("timed");
    assert.deepEqual(await store.get(["a", "timed"]), [undefined, undefined]);
  });

  rule("setting a key anew starts its time anew", async ({ store, other, elapse }) => {
    const longer = await store.set("longer", "1", { ttlMs: 60_000 });
    await store.set("shorter", "1", { ttlMs: 600_000 });
    await elapse(50_000);
    await store.set("longer", "2", { ttlMs: 60_000, ifVersion: longer });
    await other.set("shorter", "2", { ttlMs: 10_000 });
    await elapse(20_000);
    assert.deepEqual(await valuesOf(store, "longer", "shorter"), ["2", undefined]);
    assert.deepEqual(await valuesOf(other, "longer", "shorter"), ["2", undefined]);
  });

  rule("a set that does not write leaves the time as it is", async ({ store, other, elapse }) => {
    const version = await store.set("a", "1", { ttlMs: 60_000 });
    await other.set("a", "2", { ttlMs: 600_000, ifVersion: null });
    await other.set("a", "2", { ifVersion: "another" });
    await elapse(61_000);
    assert.deepEqual(await store.get(["a"]), [undefined], version);
    assert.deepEqual(await other.get(["a"]), [undefined]);
  });

  rule("a key can be set again after its time is over", async ({ store, elapse }) => {
    await store.set("a", "1", { ttlMs: 1000 });
    await elapse(2000);
    await store.set("a", "2", { ttlMs: 60_000 });
    await elapse(2000);
    assert.deepEqual(await valuesOf(store, "a"), ["2"]);
  });
}

function listingRules(rule: Rule): void {
  rule("keys() gives at most as many as asked for", async ({ store }) => {
    const all = Array.from({ length: 30 }, (_, i) => `k${i}`);
    for (const key of all) await store.set(key, "v", TTL);
    assert.deepEqual((await store.keys("", 1000)).sort(), all.sort());
    const some = await store.keys("", 7);
    assert.equal(new Set(some).size, 7);
    assert.ok(some.every((key) => all.includes(key)));
    assert.deepEqual(await store.keys("", 0), []);
  });

  rule("keys() finds those with the prefix among any number of others", async (harness) => {
    const { store, other } = harness;
    const foreign = Array.from({ length: 300 }, (_, i) => `${i % 2 ? "a" : "z"}${i}/live/`);
    const mine = ["live/", "live/a", "live/b", "live/\u{10FFFF}", "live/\uFFFF", "live/💚"];
    const near = ["live", "live0", "live.", "Live/a", "liv", "live\u{10FFFF}", "l*ve/a"];
    await Promise.all([...foreign, ...near, ...mine].map((key) => store.set(key, "v", TTL)));
    assert.deepEqual((await other.keys("live/", 6)).sort(), [...mine].sort());
    assert.deepEqual((await other.keys("live/", 100)).sort(), [...mine].sort());
    assert.equal(new Set(await other.keys("live/", 3)).size, 3);
    assert.deepEqual(await other.keys("live/c", 100), []);
  });

  rule("what would be a pattern elsewhere is a prefix like any other", async ({ store }) => {
    for (const prefix of ["*", "?", "[a-c]", "[^x]", "\\", "\\*", "a*b", "{a}", "]", "-", "\0"]) {
      await store.set(`${prefix}1`, "v", TTL);
      await store.set("ab", "v", TTL);
      await store.set(`x${prefix}1`, "v", TTL);
      assert.deepEqual(await store.keys(prefix, 100), [`${prefix}1`]);
      await store.delete(`${prefix}1`);
    }
  });
}
