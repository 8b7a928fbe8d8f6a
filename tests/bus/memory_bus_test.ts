import assert from "node:assert/strict";
import { BusError } from "../../src/bus/bus.ts";
import { FakeClock, settle } from "../support/fake_clock.ts";
import { CARRIER, type MemoryBus, MemoryNetwork } from "../support/memory_bus.ts";
import { busConformance } from "./conformance.ts";

busConformance("MemoryBus", () => {
  const network = new MemoryNetwork({ clock: new FakeClock() });
  return Promise.resolve({
    join: () => Promise.resolve(network.join()),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
});

interface Trio {
  clock: FakeClock;
  network: MemoryNetwork;
  a: MemoryBus;
  b: MemoryBus;
  c: MemoryBus;
  /** What b and c have got on topic `t`, and the gaps that they were told. */
  got: string[];
}

/** Three isolates; b and c have topic `t`. */
async function trio(): Promise<Trio> {
  const clock = new FakeClock();
  const network = new MemoryNetwork({ clock });
  const [a, b, c] = [network.join("a"), network.join("b"), network.join("c")];
  const got: string[] = [];
  for (const bus of [b, c]) {
    bus.onGap(() => got.push(`${bus.id} gap`));
    await bus.subscribe("t", (payload) => {
      got.push(`${bus.id} ${payload}`);
      return bus.id;
    }).ready;
  }
  return { clock, network, a, b, c, got };
}

Deno.test("MemoryBus: delays are those of the pair and keep the order", async () => {
  const { clock, network, a, got } = await trio();
  network.delay = (_from, to) => to === "b" ? 30 : 10;
  await a.publish("t", "1");
  network.delay = () => 0;
  await a.publish("t", "2");
  await clock.advance(9);
  assert.deepEqual(got, []);
  await clock.advance(1);
  assert.deepEqual(got, ["c 1", "c 2"]);
  await clock.advance(20);
  assert.deepEqual(got, ["c 1", "c 2", "b 1", "b 2"]);
});

Deno.test("MemoryBus: a subscription holds only once subscribe() resolved", async () => {
  const { clock, network, a, got } = await trio();
  const late = network.join("late");
  network.delay = (_from, to) => to === CARRIER ? 50 : 0;
  const subscribed = late.subscribe("t", (payload) => void got.push(`late ${payload}`)).ready;
  await a.publish("t", "early");
  await clock.advance(50);
  await subscribed;
  await a.publish("t", "now");
  await settle();
  assert.deepEqual(got.filter((entry) => entry.startsWith("late")), ["late now"]);
});

Deno.test("MemoryBus: an answer that is dropped leaves the ask incomplete after its time", async () => {
  const { clock, network, a } = await trio();
  network.drop = (from) => from === "b";
  const asked = a.ask("t", "?", 1000);
  await clock.advance(1000);
  assert.deepEqual(await asked, { answers: new Map([["c", "c"]]), complete: false });
  assert.equal(clock.timers, 0);
});

Deno.test("MemoryBus: a partition loses silently and its end is a gap", async () => {
  const { network, a, got } = await trio();
  network.partition(["a", "b"], ["c"]);
  await a.publish("t", "1");
  await settle();
  assert.deepEqual(got, ["b 1"]);
  network.heal();
  await a.publish("t", "2");
  await settle();
  assert.deepEqual(got, ["b 1", "b gap", "c gap", "b 2", "c 2"]);
});

Deno.test("MemoryBus: an isolate without the carrier is refused, and subscribed on return", async () => {
  const { network, a, b, got } = await trio();
  network.cut("b");
  await assert.rejects(b.publish("t", "1"), BusError);
  await assert.rejects(b.ask("t", "1", 1000), BusError);
  await assert.rejects(b.check(), BusError);
  await assert.rejects(
    b.subscribe("u", (payload) => void got.push(`u ${payload}`)).ready,
    BusError,
  );
  await a.publish("t", "1");
  await settle();
  network.restore("b");
  await a.publish("u", "2");
  await settle();
  assert.deepEqual(got, ["c 1", "b gap", "u 2"]);
});

Deno.test("MemoryBus: a killed isolate is silent and no longer asked", async () => {
  const { network, a, got } = await trio();
  network.kill("b");
  const { answers, complete } = await a.ask("t", "?", 1000);
  assert.deepEqual([...answers.keys()], ["c"]);
  assert.equal(complete, true);
  assert.deepEqual(got, ["c ?"]);
});

Deno.test("MemoryBus: a gap is told to whoever still wants to hear of it", async () => {
  const { network, b } = await trio();
  const heard: string[] = [];
  const [first] = ["first", "second"].map((who) => b.onGap(() => heard.push(who)));
  network.heal();
  first![Symbol.dispose]();
  network.heal();
  assert.deepEqual(heard, ["first", "second", "second"]);
});

Deno.test("MemoryBus: what one isolate is told can be lost, and fails without the carrier", async () => {
  const { network, a, got } = await trio();
  network.drop = (_from, to) => to === "b";
  assert.equal(await a.tell("b", "t", "1"), true);
  assert.equal(await a.tell("c", "t", "1"), true);
  await settle();
  assert.deepEqual(got, ["c 1"]);
  network.cut("a");
  await assert.rejects(a.tell("c", "t", "2"), BusError);
});
