import assert from "node:assert/strict";
import { KvStore } from "../../src/store/kv.ts";
import { RemoteStore, serveStore } from "../../src/store/remote.ts";
import { type Store, StoreError } from "../../src/store/store.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { storeConformance } from "./conformance.ts";
import { valuesOf } from "./support.ts";

/** A client of `store` over a channel of its own. */
function connect(store: Store, stack: AsyncDisposableStack, clock = new FakeClock()): RemoteStore {
  const { port1, port2 } = new MessageChannel();
  stack.use(serveStore(store, port1));
  return stack.use(new RemoteStore(port2, { clock }));
}

storeConformance("RemoteStore", async () => {
  const stack = new AsyncDisposableStack();
  const clock = new FakeClock();
  const store = stack.use(await KvStore.open({ path: ":memory:", clock }));
  return {
    store: connect(store, stack),
    other: connect(store, stack),
    elapse: (ms) => clock.advance(ms),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
});

Deno.test("RemoteStore: a failure of the store crosses as a StoreError with message and cause", async () => {
  await using stack = new AsyncDisposableStack();
  const store = stack.use(await KvStore.open({ path: ":memory:" }));
  const remote = connect(store, stack);
  const local = await store.set("a", "x".repeat(70_000)).catch((error) => error);
  await assert.rejects(remote.set("a", "x".repeat(70_000)), (error) => {
    assert.ok(error instanceof StoreError);
    assert.equal(error.message, local.message);
    assert.equal(error.cause, String(local.cause));
    return true;
  });
});

Deno.test("RemoteStore: a call that nobody answers fails after its time", async () => {
  const { port1, port2 } = new MessageChannel();
  const clock = new FakeClock();
  await using remote = new RemoteStore(port2, { clock, timeoutMs: 2000 });
  const calls = [remote.get(["a"]), remote.set("a", "1"), remote.delete("a"), remote.keys("", 1)];
  const outcome = Promise.allSettled(calls);
  const checked = assert.rejects(remote.check(500), StoreError);
  await clock.advance(500);
  await checked;
  await clock.advance(1500);
  for (const { status, ...rest } of await outcome) {
    assert.equal(status, "rejected");
    assert.ok("reason" in rest && rest.reason instanceof StoreError);
  }
  assert.equal(clock.timers, 0);
  port1.close();
});

Deno.test("RemoteStore: an answer that comes after the time is over is ignored", async () => {
  await using stack = new AsyncDisposableStack();
  const asked = Promise.withResolvers<void>();
  const held = Promise.withResolvers<string[]>();
  const store = stack.use(await KvStore.open({ path: ":memory:" }));
  const slow: Store = Object.assign(Object.create(store) as Store, {
    keys: () => (asked.resolve(), held.promise),
    get: () => Promise.resolve([{ value: "late enough", version: "1" }]),
  });
  const clock = new FakeClock();
  const remote = connect(slow, stack, clock);
  const keys = assert.rejects(remote.keys("", 1), StoreError);
  await asked.promise;
  await clock.advance(10_000);
  await keys;
  held.resolve(["a"]);
  assert.deepEqual(await valuesOf(remote, "b"), ["late enough"]);
});

Deno.test("RemoteStore: calls beyond the bound fail at once", async () => {
  const { port1, port2 } = new MessageChannel();
  await using remote = new RemoteStore(port2, { clock: new FakeClock() });
  const waiting = Array.from({ length: 20_000 }, () => remote.get([]).catch(() => "ended"));
  await assert.rejects(remote.get([]), StoreError);
  await remote[Symbol.asyncDispose]();
  assert.ok((await Promise.all(waiting)).every((end) => end === "ended"));
  port1.close();
});

Deno.test("RemoteStore: a worker uses the store of the main isolate", async () => {
  await using stack = new AsyncDisposableStack();
  const store = stack.use(await KvStore.open({ path: ":memory:" }));
  const worker = new Worker(new URL("./remote_worker.ts", import.meta.url), { type: "module" });
  stack.defer(() => worker.terminate());
  const { port1, port2 } = new MessageChannel();
  stack.use(serveStore(store, port1));
  await store.set("question", "6 x 7", { ttlMs: 60_000 });
  const { promise: done, resolve } = Promise.withResolvers<void>();
  worker.onmessage = () => resolve();
  worker.postMessage(port2, [port2]);
  await done;
  assert.deepEqual(await valuesOf(store, "answer to 6 x 7"), ["42"]);
});

Deno.test("RemoteStore: who serves a store can stop, also twice and after the other end is gone", async () => {
  await using stack = new AsyncDisposableStack();
  const store = stack.use(await KvStore.open({ path: ":memory:" }));
  const { port1, port2 } = new MessageChannel();
  const serving = serveStore(store, port1);
  const clock = new FakeClock();
  const remote = stack.use(new RemoteStore(port2, { clock }));
  await remote.set("a", "1");
  serving[Symbol.dispose]();
  const refused = assert.rejects(remote.set("a", "2"), StoreError);
  await clock.advance(10_000);
  await refused;
  await remote[Symbol.asyncDispose]();
  serving[Symbol.dispose]();
  assert.deepEqual(await valuesOf(store, "a"), ["1"], "the store itself goes on");
});

Deno.test("RemoteStore: an answer that comes after serving has stopped goes nowhere", async () => {
  await using stack = new AsyncDisposableStack();
  const asked = Promise.withResolvers<void>();
  const held = Promise.withResolvers<string[]>();
  const store = stack.use(await KvStore.open({ path: ":memory:" }));
  const slow: Store = Object.assign(Object.create(store) as Store, {
    keys: () => (asked.resolve(), held.promise),
  });
  const { port1, port2 } = new MessageChannel();
  const serving = serveStore(slow, port1);
  const posted: unknown[] = [];
  port1.postMessage = (message: unknown) => void posted.push(message);
  port2.postMessage({ n: 1, op: "keys", prefix: "", limit: 1 });
  await asked.promise;
  serving[Symbol.dispose]();
  held.resolve(["a"]);
  await held.promise;
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.deepEqual(posted, []);
  port2.close();
});
