import assert from "node:assert/strict";
import { announceGone, BroadcastChannelBus } from "../../src/bus/broadcast_channel.ts";
import type { Bus } from "../../src/bus/bus.ts";
import { FakeClock, settle } from "../support/fake_clock.ts";
import { busConformance } from "./conformance.ts";

const TIMEOUT_MS = 5000;
const BEAT_INTERVAL_MS = 5000;

busConformance("BroadcastChannelBus", () => {
  const name = crypto.randomUUID();
  return Promise.resolve({
    join: () => BroadcastChannelBus.open({ name }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
});

/** A worker with a bus. `said` resolves when it has posted `word`, from now or before. */
class Isolate implements Disposable {
  readonly #worker = new Worker(new URL("./broadcast_channel_worker.ts", import.meta.url), {
    type: "module",
  });
  readonly #words = new Map<string, PromiseWithResolvers<void>>();

  constructor(name: string, id: string) {
    this.#worker.onmessage = ({ data }) => this.#word(data as string).resolve();
    this.#worker.postMessage({ name, id });
  }

  said(word: string): Promise<void> {
    return this.#word(word).promise;
  }

  [Symbol.dispose](): void {
    this.#worker.terminate();
  }

  #word(word: string): PromiseWithResolvers<void> {
    let known = this.#words.get(word);
    if (!known) this.#words.set(word, known = Promise.withResolvers<void>());
    return known;
  }
}

/** Another isolate as raw notes, so that a test decides what it says. */
class RawPeer implements Disposable {
  readonly #channel: BroadcastChannel;
  readonly #heard: { kind: string; resolve: () => void }[] = [];

  constructor(name: string) {
    this.#channel = new BroadcastChannel(name);
    this.#channel.onmessage = ({ data }) => {
      for (const { kind, resolve } of this.#heard) if (kind === data.kind) resolve();
    };
  }

  /** Posts `note`; resolves when the bus answers with a note of the kind `until`. */
  say(note: Record<string, unknown>, until?: string): Promise<void> {
    const answered = until ? this.hears(until) : Promise.resolve();
    this.#channel.postMessage(note);
    return answered;
  }

  /** Resolves when a note of `kind` comes. */
  hears(kind: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#heard.push({ kind, resolve });
    return promise;
  }

  [Symbol.dispose](): void {
    this.#channel.close();
  }
}

async function openWith(clock: FakeClock, name: string): Promise<BroadcastChannelBus> {
  const opening = BroadcastChannelBus.open({ name, clock });
  await clock.advance(50);
  return await opening;
}

/** Counts the gaps that `bus` tells. */
function countGaps(bus: Bus): () => number {
  let gaps = 0;
  bus.onGap(() => gaps++);
  return () => gaps;
}

Deno.test("BroadcastChannelBus: an ask reaches the workers of the process", async () => {
  const name = crypto.randomUUID();
  using one = new Isolate(name, "one");
  using two = new Isolate(name, "two");
  await Promise.all([one.said("joined"), two.said("joined")]);
  await using bus = await BroadcastChannelBus.open({ name });
  const { answers, complete } = await bus.ask("t", "?", TIMEOUT_MS);
  assert.deepEqual([...answers].sort(), [["one", "one:?"], ["two", "two:?"]]);
  assert.equal(complete, true);
});

Deno.test("BroadcastChannelBus: a worker that leaves, and one that died, are not waited for", async () => {
  const name = crypto.randomUUID();
  using leaver = new Isolate(name, "leaver");
  const victim = new Isolate(name, "victim");
  await Promise.all([leaver.said("joined"), victim.said("joined")]);
  await using bus = await BroadcastChannelBus.open({ name });

  victim[Symbol.dispose]();
  const asked = bus.ask("t", "?", TIMEOUT_MS);
  await announceGone(name, "victim");
  const { answers, complete } = await asked;
  assert.deepEqual([...answers.keys()], ["leaver"]);
  assert.equal(complete, true);

  await bus.publish("leave", "");
  await leaver.said("left");
  assert.deepEqual(await bus.ask("t", "?", TIMEOUT_MS), { answers: new Map(), complete: true });
});

Deno.test("BroadcastChannelBus: a worker that fell behind and lost messages is told of the gap", async () => {
  const name = crypto.randomUUID();
  using worker = new Isolate(name, "worker");
  await worker.said("joined");
  await using bus = await BroadcastChannelBus.open({ name });
  await bus.publish("stall", "200");
  await worker.said("stalling");
  using flood = new RawPeer(name);
  const posted = flood.hears("batch");
  await bus.publish("t", "lost");
  await posted;
  // The channel keeps 256 posts for a receiver; what is before these falls out.
  for (let i = 0; i < 300; i++) await flood.say({ kind: "gone", id: "nobody" });
  await worker.said("gap");
});

Deno.test("BroadcastChannelBus: a burst in one turn loses nothing", async () => {
  const name = crypto.randomUUID();
  await using a = await BroadcastChannelBus.open({ name });
  await using b = await BroadcastChannelBus.open({ name });
  const gaps = countGaps(b);
  let received = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  await b.subscribe("t", () => void (++received === 20_000 && resolve())).ready;
  for (let i = 0; i < 20_000; i++) void a.publish("t", "x".repeat(100));
  await promise;
  assert.equal(gaps(), 0);
});

Deno.test("BroadcastChannelBus: a peer that is silent for 15 s is waited for no longer", async () => {
  const [name, clock] = [crypto.randomUUID(), new FakeClock()];
  await using bus = await openWith(clock, name);
  using ghost = new RawPeer(name);
  await ghost.say({ kind: "hello", from: "ghost", seq: 0 }, "here");
  const asked = bus.ask("t", "?", 60_000);
  await clock.advance(4 * BEAT_INTERVAL_MS);
  assert.deepEqual(await asked, { answers: new Map(), complete: false });
  assert.deepEqual(await bus.ask("t", "?", 60_000), { answers: new Map(), complete: true });
});

Deno.test("BroadcastChannelBus: an ask ends after its time with what there is", async () => {
  const [name, clock] = [crypto.randomUUID(), new FakeClock()];
  await using bus = await openWith(clock, name);
  using ghost = new RawPeer(name);
  await ghost.say({ kind: "hello", from: "ghost", seq: 0 }, "here");
  const asked = bus.ask("t", "?", 1000);
  await clock.advance(1000);
  assert.deepEqual(await asked, { answers: new Map(), complete: false });
});

Deno.test("BroadcastChannelBus: beats keep a peer that sends nothing else", async () => {
  const [name, clock] = [crypto.randomUUID(), new FakeClock()];
  await using bus = await openWith(clock, name);
  using peer = new RawPeer(name);
  await peer.say({ kind: "hello", from: "peer", seq: 0 }, "here");
  for (let i = 0; i < 6; i++) {
    await peer.say({ kind: "beat", from: "peer", seq: 0 });
    await peer.say({ kind: "hello", from: `witness ${i}`, seq: 0 }, "here");
    await peer.say({ kind: "bye", from: `witness ${i}`, seq: 0 });
    await clock.advance(BEAT_INTERVAL_MS);
  }
  const asked = bus.ask("t", "?", 1000);
  await clock.advance(1000);
  assert.equal((await asked).complete, false);
});

Deno.test("BroadcastChannelBus: a hole in a peer's numbers is told as one gap", async () => {
  const [name, clock] = [crypto.randomUUID(), new FakeClock()];
  await using bus = await openWith(clock, name);
  const gaps = countGaps(bus);
  using peer = new RawPeer(name);
  await peer.say({ kind: "hello", from: "peer", seq: 7 }, "here");
  await peer.say({ kind: "batch", from: "peer", seq: 8, items: [] });
  await peer.say({ kind: "hello", from: "peer", seq: 8 }, "here");
  await clock.advance(1000);
  assert.equal(gaps(), 0);

  await peer.say({ kind: "batch", from: "peer", seq: 10, items: [] });
  await peer.say({ kind: "hello", from: "peer", seq: 12 }, "here");
  await clock.advance(1000);
  assert.equal(gaps(), 1);
});

Deno.test("BroadcastChannelBus: a peer that comes back after it was dropped means a gap", async () => {
  const [name, clock] = [crypto.randomUUID(), new FakeClock()];
  await using bus = await openWith(clock, name);
  const gaps = countGaps(bus);
  using peer = new RawPeer(name);
  await peer.say({ kind: "beat", from: "forgotten", seq: 3 });
  await peer.say({ kind: "hello", from: "peer", seq: 0 }, "here");
  await clock.advance(1000);
  assert.equal(gaps(), 1);
});

Deno.test("BroadcastChannelBus: nothing runs on after dispose", async () => {
  const [name, clock] = [crypto.randomUUID(), new FakeClock()];
  const bus = await openWith(clock, name);
  await bus.publish("t", "x");
  await settle();
  const asked = bus.ask("t", "?", 1000);
  await bus[Symbol.asyncDispose]();
  await asked;
  assert.equal(clock.timers, 0);
});
