import assert from "node:assert/strict";
import type { StreamEvent } from "../../src/stream/event.ts";
import { type GapReason, Stream, StreamUnavailableError } from "../../src/stream/stream.ts";
import { FakeClock, settle } from "../support/fake_clock.ts";
import { MemoryNetwork } from "../support/memory_bus.ts";

function event(type: string, at = 0): StreamEvent {
  return { type, id: `${type}`, at, audience: { users: ["*"] } };
}

/** One isolate, and what it has heard. */
interface Isolate {
  readonly stream: Stream;
  readonly heard: string[];
  readonly gaps: GapReason[];
}

class Isolates {
  readonly clock = new FakeClock();
  readonly network = new MemoryNetwork({ clock: this.clock });

  async open(id: string): Promise<Isolate> {
    const stream = new Stream(this.network.join(id), this.clock);
    const isolate: Isolate = { stream, heard: [], gaps: [] };
    const serving = stream.serve({
      event: ({ type }) => isolate.heard.push(type),
      gap: (reason) => isolate.gaps.push(reason),
    });
    await this.clock.advance(20);
    await serving;
    await this.clock.advance(1_000);
    return isolate;
  }
}

Deno.test("everybody who serves the stream hears each event once, in the order of its sender", async () => {
  const isolates = new Isolates();
  const [a, b] = [await isolates.open("a"), await isolates.open("b")];
  const sent = Array.from({ length: 1_000 }, (_, i) => `e${i}`);
  for (const type of sent) a.stream.publish(event(type));
  await isolates.clock.advance(100);
  assert.deepEqual(a.heard, sent);
  assert.deepEqual(b.heard, sent);
  await isolates.clock.advance(60_000);
  assert.deepEqual([a.gaps, b.gaps], [[], []]);
});

Deno.test("while nobody serves it there is no topic and no timer, and nothing is published", async () => {
  const { clock, network } = new Isolates();
  const bus = network.join("a");
  const stream = new Stream(bus, clock);
  stream.publish(event("e"));
  await clock.advance(10_000);
  assert.equal(clock.timers, 0);
  assert.equal(bus.holds("stream"), false);
  const serving = stream.serve({ event: () => {}, gap: () => {} });
  await clock.advance(20);
  assert.equal(bus.holds("stream"), true);
  (await serving)[Symbol.dispose]();
  await clock.advance(20);
  assert.equal(bus.holds("stream"), false);
  assert.equal(clock.timers, 0);
});

Deno.test("a message that is lost is a gap, found by the next one, or soon without one", async () => {
  for (const next of [true, false]) {
    const isolates = new Isolates();
    const [a, b] = [await isolates.open("a"), await isolates.open("b")];
    isolates.network.drop = () => true;
    a.stream.publish(event("lost"));
    await isolates.clock.advance(100);
    isolates.network.drop = () => false;
    if (next) a.stream.publish(event("next"));
    await isolates.clock.advance(3_000);
    assert.deepEqual(b.gaps, ["missed"], String(next));
    assert.deepEqual(b.heard, next ? ["next"] : []);
    assert.deepEqual(a.gaps, []);
  }
});

Deno.test("a bus that goes away is a gap at once, and what was dropped is one for all others", async () => {
  const isolates = new Isolates();
  const [a, b, c] = await Promise.all(["a", "b", "c"].map((id) => isolates.open(id))) as [
    Isolate,
    Isolate,
    Isolate,
  ];
  isolates.network.cut("a");
  await isolates.clock.advance(1_100);
  assert.deepEqual([a.gaps, a.stream.up], [["lost"], false]);
  b.stream.publish(event("meanwhile"));
  await isolates.clock.advance(100);
  assert.deepEqual([c.heard, c.gaps], [["meanwhile"], []], "the others go on");
  a.stream.publish(event("dropped"));
  await isolates.clock.advance(5_000);
  assert.deepEqual([b.gaps, c.gaps], [[], []], "they cannot know yet");
  isolates.network.restore("a");
  await isolates.clock.advance(2_000);
  assert.deepEqual([b.gaps, c.gaps], [["missed"], ["missed"]]);
  assert.equal(a.stream.up, true);
  a.stream.publish(event("back"));
  await isolates.clock.advance(100);
  assert.deepEqual(b.heard.at(-1), "back");
  assert.deepEqual(b.gaps, ["missed"], "once");
});

Deno.test("an outage in which nothing was said concerns nobody else", async () => {
  const isolates = new Isolates();
  const [a, b] = [await isolates.open("a"), await isolates.open("b")];
  isolates.network.cut("a");
  await isolates.clock.advance(5_000);
  isolates.network.restore("a");
  await isolates.clock.advance(5_000);
  assert.deepEqual(a.gaps, ["lost", "missed"]);
  assert.deepEqual(b.gaps, []);
});

Deno.test("who comes later hears what comes later, and misses nothing", async () => {
  const isolates = new Isolates();
  const a = await isolates.open("a");
  for (let i = 0; i < 10; i++) {
    a.stream.publish(event(`before${i}`));
    await isolates.clock.advance(50);
  }
  const b = await isolates.open("b");
  a.stream.publish(event("after"));
  await isolates.clock.advance(3_000);
  assert.deepEqual([b.heard, b.gaps], [["after"], []]);
});

Deno.test("send resolves when all have it, and fails where the bus is away", async () => {
  const isolates = new Isolates();
  const [a, b] = [await isolates.open("a"), await isolates.open("b")];
  isolates.network.delay = () => 30;
  let done = false;
  const sending = a.stream.send(event("e")).then(() => done = true);
  await isolates.clock.advance(29);
  assert.equal(done, false);
  await isolates.clock.advance(100);
  await sending;
  assert.deepEqual([a.heard, b.heard], [["e"], ["e"]]);
  isolates.network.cut("a");
  await assert.rejects(a.stream.send(event("f")), StreamUnavailableError);
  assert.deepEqual(a.heard, ["e"]);
});

Deno.test("of a row written by several isolates everybody hears each step once, in order", async () => {
  const isolates = new Isolates();
  const [a, b, c] = await Promise.all(["a", "b", "c"].map((id) => isolates.open(id))) as [
    Isolate,
    Isolate,
    Isolate,
  ];
  const at = isolates.clock.wall();
  const [first, second] = [event("first", at), event("second", at)];
  // What a says is late at c, and b already goes on.
  isolates.network.delay = (from, to) => from === "a" && to === "c" ? 500 : 0;
  a.stream.publish(first, { row: "r", n: 1 });
  await isolates.clock.advance(50);
  b.stream.publish(second, { row: "r", n: 2, before: { n: 1, event: first } });
  await isolates.clock.advance(2_000);
  for (const { heard } of [a, b, c]) assert.deepEqual(heard, ["first", "second"]);
  await settle();
});
