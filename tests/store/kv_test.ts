import assert from "node:assert/strict";
import { KvStore } from "../../src/store/kv.ts";
import { StoreError } from "../../src/store/store.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { storeConformance } from "./conformance.ts";
import { valuesOf } from "./support.ts";

const HOUR_MS = 3_600_000;

/** A folder that is removed with the test. */
async function folder(): Promise<AsyncDisposable & { path: string; file: string }> {
  const path = await Deno.makeTempDir();
  return {
    path,
    file: `${path}/deep/er/queue.db`,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

storeConformance("KvStore", async () => {
  const stack = new AsyncDisposableStack();
  const { file } = stack.use(await folder());
  const clock = new FakeClock();
  return {
    store: stack.use(await KvStore.open({ path: file, clock })),
    other: stack.use(await KvStore.open({ path: file, clock, beside: true })),
    elapse: (ms) => clock.advance(ms),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
});

/** How many entries the file holds, ended or not. */
async function entriesIn(file: string): Promise<number> {
  using kv = await Deno.openKv(file);
  return (await Array.fromAsync(kv.list({ prefix: [] }))).length;
}

for (const jump of [2 * HOUR_MS, -2 * HOUR_MS]) {
  const name = jump > 0 ? "+2 h" : "-2 h";

  Deno.test(`F22: a jump of the wall clock by ${name} neither ends nor extends a value`, async () => {
    await using dir = await folder();
    const clock = new FakeClock();
    await using store = await KvStore.open({ path: dir.file, clock });
    await store.set("a", "1", { ttlMs: HOUR_MS });
    clock.jumpWall(jump);
    await clock.advance(HOUR_MS - 1);
    assert.deepEqual(await valuesOf(store, "a"), ["1"]);
    assert.deepEqual(await store.keys("", 1), ["a"]);
    await clock.advance(1);
    assert.deepEqual(await store.get(["a"]), [undefined]);
  });

  Deno.test(`F22: a jump by ${name} after a restart does not move what was there before`, async () => {
    await using dir = await folder();
    const clock = new FakeClock();
    const before = await KvStore.open({ path: dir.file, clock });
    await before.set("a", "1", { ttlMs: HOUR_MS });
    await before[Symbol.asyncDispose]();
    await clock.advance(HOUR_MS / 2);
    await using store = await KvStore.open({ path: dir.file, clock });
    clock.jumpWall(jump);
    await clock.advance(HOUR_MS / 2 - 1);
    assert.deepEqual(await valuesOf(store, "a"), ["1"]);
    await clock.advance(1);
    assert.deepEqual(await store.get(["a"]), [undefined]);
  });
}

Deno.test("KvStore: a wall clock that is set back over a restart cannot extend a value beyond its time", async () => {
  await using dir = await folder();
  const clock = new FakeClock();
  const before = await KvStore.open({ path: dir.file, clock });
  await before.set("a", "1", { ttlMs: 60_000 });
  await before[Symbol.asyncDispose]();
  clock.jumpWall(-24 * HOUR_MS);
  await using store = await KvStore.open({ path: dir.file, clock });
  assert.deepEqual(await valuesOf(store, "a"), ["1"]);
  await clock.advance(60_000);
  assert.deepEqual(await store.get(["a"]), [undefined]);
});

Deno.test("KvStore: what ended while the service was down is gone after a restart", async () => {
  await using dir = await folder();
  const clock = new FakeClock();
  const before = await KvStore.open({ path: dir.file, clock });
  await before.set("short", "1", { ttlMs: 60_000 });
  await before.set("long", "2", { ttlMs: HOUR_MS });
  await before[Symbol.asyncDispose]();
  await clock.advance(60_001);
  await using store = await KvStore.open({ path: dir.file, clock });
  assert.deepEqual(await valuesOf(store, "short", "long"), [undefined, "2"]);
  assert.equal(await entriesIn(dir.file), 1);
});

Deno.test("F13: a value survives a kill -9 right after set() resolved", async () => {
  await using dir = await folder();
  const script = `
    import { KvStore } from ${JSON.stringify(import.meta.resolve("../../src/store/kv.ts"))};
    const store = await KvStore.open({ path: ${JSON.stringify(dir.file)} });
    await store.set("a", "1", { ttlMs: 3600000 });
    Deno.kill(Deno.pid, "SIGKILL");
  `;
  const { signal, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--unstable-kv", "--ext=ts", script],
    stdout: "null",
    stderr: "piped",
  }).output();
  assert.equal(signal, "SIGKILL", new TextDecoder().decode(stderr));
  await using store = await KvStore.open({ path: dir.file });
  assert.deepEqual(await valuesOf(store, "a"), ["1"]);
});

Deno.test("KvStore: the sweep clears the file once a minute", async () => {
  await using dir = await folder();
  const clock = new FakeClock();
  await using store = await KvStore.open({ path: dir.file, clock });
  for (let i = 0; i < 20; i++) await store.set(`k${i}`, "v", { ttlMs: 30_000 });
  await store.set("stays", "v", { ttlMs: HOUR_MS });
  assert.equal(await entriesIn(dir.file), 21);
  await clock.advance(60_000);
  // Sweeping again waits for nothing but the file, and shows that both leave what has time left.
  await store.sweep();
  assert.equal(await entriesIn(dir.file), 1);
  assert.deepEqual(await valuesOf(store, "stays"), ["v"]);
});

Deno.test("KvStore: a value beyond 64 KiB is refused as a StoreError with its cause", async () => {
  await using store = await KvStore.open({ path: ":memory:" });
  await assert.rejects(store.set("a", "x".repeat(70_000)), (error) => {
    assert.ok(error instanceof StoreError);
    assert.ok(error.cause instanceof Error);
    return true;
  });
});

Deno.test("KvStore: a file that is no store or cannot be opened is refused by its name", async () => {
  await using dir = await folder();
  const corrupt = `${dir.path}/corrupt.db`;
  await Deno.writeTextFile(corrupt, "no store ".repeat(1_000));
  await Deno.mkdir(`${dir.path}/folder.db`);
  const clock = new FakeClock();
  for (const path of [corrupt, `${corrupt}/queue.db`, `${dir.path}/folder.db`]) {
    await assert.rejects(KvStore.open({ path, clock }), (error) => {
      assert.ok(error instanceof StoreError && error.cause instanceof Error);
      assert.ok(error.message.startsWith(`Cannot open the store ${path}: `), error.message);
      return true;
    });
  }
  assert.equal(clock.timers, 0, "what was opened is closed");
  assert.equal((await Deno.readTextFile(corrupt)).length, 9_000, "and stays as it was");
});

/** The rights of everybody but the owner. */
function othersMay(path: string): number {
  return Deno.statSync(path).mode! & 0o077;
}

Deno.test("KvStore: file and folders that it makes are for their owner alone", async () => {
  if (Deno.build.os === "windows") return;
  await using dir = await folder();
  await using store = await KvStore.open({ path: dir.file });
  await store.set("a", "1");
  const made = ["", "-wal", "-shm", ".lock"].map((part) => dir.file + part);
  const folders = [`${dir.path}/deep`, `${dir.path}/deep/er`];
  assert.deepEqual([...made, ...folders].filter(othersMay), []);
});

Deno.test("KvStore: a file that others may read is taken from them, its folder is left", async () => {
  if (Deno.build.os === "windows") return;
  await using dir = await folder();
  const before = await KvStore.open({ path: dir.file });
  await before.set("a", "1");
  await before[Symbol.asyncDispose]();
  await Deno.chmod(dir.file, 0o664);
  await Deno.chmod(`${dir.path}/deep/er`, 0o775);
  await using store = await KvStore.open({ path: dir.file });
  assert.deepEqual(await valuesOf(store, "a"), ["1"]);
  assert.deepEqual([othersMay(dir.file), othersMay(`${dir.path}/deep/er`)], [0, 0o075]);
});

Deno.test("KvStore: a file is for one at a time, and free again when its store is disposed", async () => {
  await using dir = await folder();
  const path = dir.file;
  const first = await KvStore.open({ path });
  await first.set("a", "1");
  const refused = `Cannot open the store ${path}: another process has it open`;
  await assert.rejects(KvStore.open({ path }), { name: "StoreError", message: refused });
  await using beside = await KvStore.open({ path, beside: true });
  assert.deepEqual(await valuesOf(beside, "a"), ["1"]);
  await first[Symbol.asyncDispose]();
  await using second = await KvStore.open({ path });
  assert.deepEqual(await valuesOf(second, "a"), ["1"]);
  for (const path of [":memory:", ":memory:"]) {
    await (await KvStore.open({ path }))[Symbol.asyncDispose]();
  }
});

Deno.test("KvStore: a file is refused while another process has it, and free when that is killed", async () => {
  await using dir = await folder();
  const script = `
    import { KvStore } from ${JSON.stringify(import.meta.resolve("../../src/store/kv.ts"))};
    const store = await KvStore.open({ path: ${JSON.stringify(dir.file)} });
    await store.set("a", "1");
    console.log("open");
    setInterval(() => {}, 1000);
  `;
  await using child = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--unstable-kv", "--ext=ts", script],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = child.stdout.getReader();
  assert.equal(new TextDecoder().decode((await reader.read()).value), "open\n");
  await assert.rejects(KvStore.open({ path: dir.file }), /another process has it open/);
  child.kill("SIGKILL");
  await child.status;
  await reader.cancel();
  await using store = await KvStore.open({ path: dir.file });
  assert.deepEqual(await valuesOf(store, "a"), ["1"]);
});

Deno.test("KvStore: what a service without versions kept is read, and has one", async () => {
  await using dir = await folder();
  await (await KvStore.open({ path: dir.file }))[Symbol.asyncDispose]();
  {
    using kv = await Deno.openKv(dir.file);
    const stored = { value: "1", ttlMs: HOUR_MS, expiresAt: Date.now() + HOUR_MS };
    await kv.set(["waiting-queue", "a"], stored, { expireIn: 2 * HOUR_MS });
  }
  await using store = await KvStore.open({ path: dir.file });
  const [entry] = await store.get(["a"]);
  assert.equal(entry?.value, "1");
  assert.ok(await store.set("a", "2", { ifVersion: entry.version }));
  assert.deepEqual(await valuesOf(store, "a"), ["2"]);
});

Deno.test("KvStore: a dispose leaves no timer", async () => {
  const clock = new FakeClock();
  const store = await KvStore.open({ path: ":memory:", clock });
  await store[Symbol.asyncDispose]();
  assert.equal(clock.timers, 0);
});

Deno.test("a file that is no store is refused by its name", async () => {
  await using place = await folder();
  const path = `${place.path}/broken.db`;
  const octets = new Uint8Array(100_000).map((_, i) => i * 7);
  await Deno.writeFile(path, octets);
  await assert.rejects(KvStore.open({ path }), (error: Error) => error.message.includes(path));
  {
    await using _store = await KvStore.open({ path: place.file });
  }
  // The head is whole, and a page behind it is not.
  const file = await Deno.readFile(place.file);
  await Deno.writeFile(place.file, file.map((octet, i) => i < 4_096 ? octet : i * 7));
  await assert.rejects(KvStore.open({ path: place.file }), (error: Error) => {
    return error instanceof StoreError && error.message.includes(place.file);
  });
});

Deno.test("a check writes now and then, beside what is kept", async () => {
  await using place = await folder();
  const clock = new FakeClock();
  await using store = await KvStore.open({ path: place.file, clock });
  await store.check(1_000);
  assert.equal(await entriesIn(place.file), 1);
  assert.deepEqual(await store.keys("", 10), []);
});
