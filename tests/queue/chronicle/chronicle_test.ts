/**
 * The chronicle of several isolates of one service, which share a store and a bus: what is said of a
 * conference is said once, whoever dies.
 *
 * @module
 */

import assert from "node:assert/strict";
import { ConferenceNames } from "../../../src/access/conference_name.ts";
import { Chronicle } from "../../../src/queue/chronicle/chronicle.ts";
import type { ConferenceStreamEvent, EventOfType } from "../../../src/queue/chronicle/events.ts";
import type { Place } from "../../../src/queue/place.ts";
import { Queue } from "../../../src/queue/queue.ts";
import { Stream } from "../../../src/stream/stream.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { MemoryEntries } from "../../support/memory_entries.ts";
import { MemoryNetwork } from "../../support/memory_bus.ts";
import { noMetrics } from "../../support/no_metrics.ts";
import { MemoryStore } from "../memory_store.ts";

const NAME = new ConferenceNames({}).parse("room@conference.meet.example");
const LIVE_TTL_MS = 60_000;
const INTERVAL_MS = 1_000;

class Service {
  readonly clock = new FakeClock();
  readonly network = new MemoryNetwork({ clock: this.clock });
  readonly entries = new MemoryEntries(this.clock);

  async open(id: string, mostGuests = 3): Promise<Isolate> {
    const { clock } = this;
    const bus = this.network.join(id);
    const store = new MemoryStore(clock, this.entries);
    const stream = new Stream(bus, clock);
    const opening = Queue.open({
      ...{ bus, store, clock, metrics: noMetrics },
      ...{ releaseRate: 0, randomDelayMs: 7, liveTtlMs: LIVE_TTL_MS, stateIntervalMs: INTERVAL_MS },
    });
    await clock.advance(20);
    const queue = await opening;
    const chronicle = new Chronicle({
      ...{ queue, store, stream, clock, isolate: id, mostGuests },
      ...{ stateIntervalMs: INTERVAL_MS, randomDelayMs: 7 },
    });
    const isolate = new Isolate(this, id, queue, store, chronicle);
    for (const listener of [chronicle, isolate]) {
      const serving = stream.serve(listener);
      await clock.advance(20);
      await serving;
    }
    queue.observe(chronicle);
    return isolate;
  }
}

class Isolate {
  readonly heard: ConferenceStreamEvent[] = [];

  constructor(
    readonly service: Service,
    readonly id: string,
    readonly queue: Queue,
    readonly store: MemoryStore,
    readonly chronicle: Chronicle,
  ) {}

  event(event: unknown): void {
    this.heard.push(event as ConferenceStreamEvent);
  }

  gap(): void {}

  wait(user = "u"): Place {
    return this.queue.wait(NAME, { notify() {} }, { id: user, name: `Name of ${user}` });
  }

  async goLive(): Promise<void> {
    const done = this.queue.goLive(NAME);
    await this.service.clock.advance(50);
    await done;
  }

  async endLive(): Promise<void> {
    const done = this.queue.endLive(NAME);
    await this.service.clock.advance(50);
    await done;
  }

  /** Without a word, and with all its timers. */
  async kill(): Promise<void> {
    this.service.network.kill(this.id);
    this.store.down = true;
    this.chronicle[Symbol.dispose]();
    await this.queue[Symbol.asyncDispose]();
  }

  of<T extends ConferenceStreamEvent["type"]>(type: T): EventOfType<T>[] {
    return this.heard.filter((event) => event.type === type) as EventOfType<T>[];
  }

  get turns(): string[] {
    return this.of("conference-turned").map(({ status, reason }) =>
      reason ? `${status} (${reason})` : status
    );
  }
}

Deno.test("live and ended are said once by all isolates together, also at once", async () => {
  const service = new Service();
  const [a, b, c] = [await service.open("a"), await service.open("b"), await service.open("c")];
  await Promise.all([a.goLive(), b.goLive()]);
  await c.goLive();
  await service.clock.advance(1_000);
  assert.deepEqual(c.turns, ["live"]);
  await Promise.all([a.endLive(), b.endLive()]);
  await a.goLive();
  await service.clock.advance(1_000);
  for (const { turns } of [a, b, c]) assert.deepEqual(turns, ["live", "ended (endlive)", "live"]);
  const ids = [a, b, c].map(({ heard }) => heard.map(({ id }) => id));
  assert.deepEqual(ids[0], ids[1]);
  assert.deepEqual(ids[0], ids[2]);
});

Deno.test("what runs out ends once within five seconds, also when who said live is dead", async () => {
  const service = new Service();
  const [a, b, c] = [await service.open("a"), await service.open("b"), await service.open("c")];
  await a.goLive();
  await service.clock.advance(LIVE_TTL_MS / 2);
  await b.goLive();
  await a.kill();
  await service.clock.advance(LIVE_TTL_MS - 1_000);
  assert.deepEqual(b.turns, ["live"], "a go-live that is repeated prolongs it");
  await service.clock.advance(6_000);
  assert.deepEqual(b.turns, ["live", "ended (expired)"]);
  assert.deepEqual(c.turns, ["live", "ended (expired)"]);
});

Deno.test("an isolate that is new says what ended while there was none", async () => {
  const service = new Service();
  const a = await service.open("a");
  await a.goLive();
  await service.clock.advance(1_000);
  await a.kill();
  await service.clock.advance(LIVE_TTL_MS + 10_000);
  const b = await service.open("b");
  await service.clock.advance(5_000);
  assert.deepEqual(b.turns, ["ended (expired)"]);
});

Deno.test("the count is said at most once an interval, and the last one always", async () => {
  const service = new Service();
  const [a, b] = [await service.open("a"), await service.open("b")];
  const began = service.clock.now();
  const places = [];
  for (let i = 0; i < 100; i++) {
    places.push((i % 2 ? a : b).wait());
    await service.clock.advance(20);
  }
  await service.clock.advance(3 * INTERVAL_MS);
  const counts = () => a.of("waiting-changed").map(({ visitorsWaiting }) => visitorsWaiting);
  const most = (service.clock.now() - began) / INTERVAL_MS + 1;
  assert.ok(counts().length <= most, `${counts()}`);
  assert.equal(counts().at(-1), 100);
  for (const place of places) place.leave();
  await service.clock.advance(3 * INTERVAL_MS);
  assert.equal(counts().at(-1), 0);
  assert.deepEqual(counts(), b.of("waiting-changed").map(({ visitorsWaiting }) => visitorsWaiting));
});

Deno.test("the visitors of an isolate that died leave the count", async () => {
  const service = new Service();
  const [a, b] = [await service.open("a"), await service.open("b")];
  for (let i = 0; i < 5; i++) a.wait();
  b.wait();
  await service.clock.advance(5 * INTERVAL_MS);
  await a.kill();
  await service.clock.advance(60_000);
  assert.equal(b.of("waiting-changed").at(-1)?.visitorsWaiting, 1);
});

Deno.test("so many visitors are announced over all isolates, and each is seen off once", async () => {
  const service = new Service();
  const [a, b] = [await service.open("a"), await service.open("b")];
  const places = Array.from({ length: 10 }, (_, i) => (i % 2 ? a : b).wait(`u${i}`));
  await service.clock.advance(1_000);
  assert.equal(a.of("guest-arrived").length, 3);
  places.splice(0, 4).forEach((place) => place.leave());
  await service.clock.advance(2_000);
  const gone = b.of("guest-left").length;
  places.push(a.wait("later"), b.wait("later"));
  await service.clock.advance(2_000);
  assert.equal(a.of("guest-arrived").length, 3 + Math.min(gone, 2));
  await a.goLive();
  await service.clock.advance(2_000);
  const arrived = a.of("guest-arrived").map(({ guest }) => guest.id);
  const ended = [...a.of("guest-left"), ...a.of("guest-told")].map(({ guest }) => guest.id);
  assert.deepEqual(ended.sort(), arrived.sort());
  const invited = a.of("guest-invited");
  assert.equal(invited.length, a.of("guest-told").length);
  for (const { audience, guest, randomDelayMs } of invited) {
    assert.deepEqual([audience.users, randomDelayMs], [[guest.user], 7]);
  }
});

Deno.test("W100: the visitors of an isolate that was killed are seen off within a minute, once", async () => {
  const service = new Service();
  const [a, b, c] = [await service.open("a"), await service.open("b"), await service.open("c")];
  a.wait("v1");
  a.wait("v2");
  await service.clock.advance(1_000);
  assert.equal(b.of("guest-arrived").length, 2);
  await a.kill();
  await service.clock.advance(60_000);
  const left = b.of("guest-left").map(({ guest }) => guest.user).sort();
  assert.deepEqual(left, ["v1", "v2"]);
  assert.equal(c.of("guest-left").length, 2);
  b.wait("v3");
  b.wait("v4");
  b.wait("v5");
  await service.clock.advance(2_000);
  assert.equal(b.of("guest-arrived").length, 5, "their seats are free again");
});

Deno.test("while the store is away the queue goes on, and what was announced is seen off later", async () => {
  const service = new Service();
  const a = await service.open("a");
  const place = a.wait("v1");
  await service.clock.advance(1_000);
  a.store.down = true;
  place.leave();
  a.wait("v2").leave();
  await service.clock.advance(5_000);
  assert.equal(a.of("guest-left").length, 0);
  a.store.down = false;
  await service.clock.advance(5_000);
  assert.deepEqual(a.of("guest-left").map(({ guest }) => guest.user), ["v1"]);
});
