import assert from "node:assert/strict";
import { RedisBus, type RedisBusOptions } from "../../src/bus/redis.ts";
import { type Bus, BusError, type Subscription } from "../../src/bus/bus.ts";
import { redisAvailable, RedisServer } from "../support/redis.ts";
import { MutingProxy } from "./muting_proxy.ts";

/** What Redis has in these tests; a test that waits for it is not slow by it. */
const TIMEOUT_MS = 300;

/** Runs `body` with a server of its own. */
function fault(name: string, body: (server: RedisServer) => Promise<void>, ...args: string[]) {
  Deno.test(`F18: ${name}`, async () => {
    if (!redisAvailable()) return;
    await using server = await RedisServer.start(...args);
    await body(server);
  });
}

function open(url: string, options: Partial<RedisBusOptions> = {}): Promise<RedisBus> {
  return RedisBus.open({ url, timeoutMs: TIMEOUT_MS, ...options });
}

/** A queue of what happens at `bus`: `gap`, and what comes on the topics that are listened to. */
class Events {
  readonly #events: string[] = [];
  #wake: () => void = () => {};

  constructor(readonly bus: Bus) {
    bus.onGap(() => this.#add("gap"));
  }

  listen(topic: string): Promise<void> {
    return this.subscribe(topic).ready;
  }

  subscribe(topic: string): Subscription {
    return this.bus.subscribe(topic, (payload) => {
      this.#add(`${topic}: ${payload}`);
      return "heard";
    });
  }

  /** The next event. */
  async next(): Promise<string> {
    while (this.#events.length === 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
    return this.#events.shift()!;
  }

  #add(event: string): void {
    this.#events.push(event);
    this.#wake();
  }
}

/** Resolves once `bus` can be reached. */
async function reachable(bus: Bus): Promise<void> {
  for (;;) {
    try {
      return await bus.check(TIMEOUT_MS);
    } catch (error) {
      assert.ok(error instanceof BusError);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

fault(
  "a server that dies and comes back is rejoined with all topics and one gap",
  async (server) => {
    await using a = await open(server.url);
    await using b = await open(server.url);
    const events = new Events(b);
    await events.listen("before");
    await server.kill();

    for (const bus of [a, b]) {
      await assert.rejects(bus.publish("t", "x"), BusError);
      await assert.rejects(bus.ask("t", "x", 60_000), BusError);
      await assert.rejects(bus.tell(b.id, "t", "x"), BusError);
      await assert.rejects(bus.check(60_000), BusError);
    }
    await assert.rejects(events.listen("during"), BusError);

    await server.startAgain();
    assert.equal(await events.next(), "gap");
    await reachable(a);
    await a.publish("before", "1");
    assert.equal((await a.ask("during", "2", 5000)).complete, true);
    assert.equal(await events.next(), "before: 1");
    assert.equal(await events.next(), "during: 2");
  },
);

fault("a topic that was given up while the server was away stays given up", async (server) => {
  await using a = await open(server.url);
  await using b = await open(server.url);
  const events = new Events(b);
  const subscription = events.subscribe("t");
  await subscription.ready;
  await server.kill();
  await assert.rejects(b.publish("t", "x"), BusError);
  subscription[Symbol.dispose]();
  await server.startAgain();
  assert.equal(await events.next(), "gap");
  await reachable(a);
  assert.deepEqual(await a.ask("t", "?", 5000), { answers: new Map(), complete: true });
});

fault("a service that starts without a server joins when it comes", async (server) => {
  await server.kill();
  await using bus = await open(server.url);
  const events = new Events(bus);
  await assert.rejects(events.listen("t"), BusError);
  await server.startAgain();
  assert.equal(await events.next(), "gap");
  await using other = await open(server.url);
  await other.publish("t", "x");
  assert.equal(await events.next(), "t: x");
});

fault("CLIENT KILL TYPE pubsub is a gap, also with thousands of topics", async (server) => {
  await using a = await open(server.url);
  await using b = await open(server.url);
  const events = new Events(b);
  const topics = Array.from({ length: 3500 }, (_, i) => `topic ${i}`);
  await Promise.all(topics.map((topic) => events.listen(topic)));
  await server.command(["CLIENT", "KILL", "TYPE", "pubsub"]);
  assert.equal(await events.next(), "gap");
  for (const i of [0, 999, 1000, 3499]) {
    await a.publish(`topic ${i}`, "x");
    assert.equal(await events.next(), `topic ${i}: x`);
  }
});

fault(
  "a server that is held fails calls in time, and loses nothing when it goes on",
  async (server) => {
    await using a = await open(server.url);
    await using b = await open(server.url);
    const events = new Events(b);
    await events.listen("t");
    server.pause();
    await assert.rejects(a.publish("t", "late"), BusError);
    await assert.rejects(a.ask("t", "?", 50), BusError);
    await assert.rejects(a.check(50), BusError);
    await assert.rejects(events.listen("u"), BusError);
    server.resume();
    // "late" was with the server before it was given up; whether it arrives is open.
    let event = await events.next();
    while (event !== "gap") event = await events.next();
    await reachable(a);
    await a.publish("u", "x");
    while (event !== "u: x") event = await events.next();
  },
);

fault("what a server that dies owes is refused at once", async (server) => {
  await using bus = await open(server.url, { timeoutMs: 60_000 });
  server.pause();
  const owed = Promise.allSettled([bus.publish("t", "x"), bus.subscribe("t", () => {}).ready]);
  await server.kill();
  for (const { status } of await owed) assert.equal(status, "rejected");
});

fault("a bus can be disposed while the server is held", async (server) => {
  const bus = await open(server.url);
  server.pause();
  const pending = assert.rejects(bus.publish("t", "x"), BusError);
  await bus[Symbol.asyncDispose]();
  await pending;
  server.resume();
});

fault(
  "a wrong password is told with what fails, and works once it is the right one",
  async (server) => {
    await using bus = await open(`redis://:secret@127.0.0.1:${server.port}`);
    const events = new Events(bus);
    await assert.rejects(bus.check(TIMEOUT_MS), (error) => {
      assert.ok(error instanceof BusError && error.cause instanceof Error);
      assert.match(String(error.cause.cause), /WRONGPASS/);
      return true;
    });
    await server.command(["CONFIG", "SET", "requirepass", "secret"]);
    assert.equal(await events.next(), "gap");
    await bus.check(5000);
  },
  "--requirepass",
  "other",
);

fault("a connection that is open but receives nothing is found and replaced", async (server) => {
  await using proxy = new MutingProxy(server.port);
  await using a = await open(server.url);
  await using b = await open(proxy.url, { probeMs: 100 });
  const events = new Events(b);
  await events.listen("t");
  await a.publish("t", "1");
  assert.equal(await events.next(), "t: 1");
  proxy.muteReceivers();
  await a.publish("t", "lost");
  assert.equal(await events.next(), "gap");
  await a.publish("t", "2");
  assert.equal(await events.next(), "t: 2");
});
