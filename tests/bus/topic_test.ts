import assert from "node:assert/strict";
import fc from "fast-check";
import * as z from "zod";
import { defineTopic, defineTopics } from "../../src/bus/topic.ts";
import { FakeClock, settle } from "../support/fake_clock.ts";
import { type MemoryBus, MemoryNetwork } from "../support/memory_bus.ts";

const message = z.discriminatedUnion("type", [
  z.object({ type: z.literal("add"), by: z.number() }),
  z.object({ type: z.literal("sum") }),
]);
const answer = z.object({ sum: z.number(), note: z.string().optional() });
const SUMS = defineTopics("sum", { message, answer });
const NEWS = defineTopic("news", { message: z.object({ text: z.string() }) });

const TIMEOUT_MS = 1_000;

function pair(): [MemoryBus, MemoryBus] {
  const network = new MemoryNetwork({ clock: new FakeClock() });
  return [network.join("a"), network.join("b")];
}

Deno.test("what is said on a topic comes as it was said, and so do its answers", async () => {
  const [a, b] = pair();
  let sum = 0;
  const topic = SUMS.of("x");
  using subscription = topic.subscribe(b, (message, from) => {
    if (message.type === "add") sum += message.by;
    return { sum, note: from };
  });
  await subscription.ready;
  await topic.publish(a, { type: "add", by: 2 });
  assert.equal(await topic.tell(a, "b", { type: "add", by: 3 }), true);
  assert.equal(await topic.tell(a, "nobody", { type: "add", by: 4 }), false);
  const { answers, complete } = await topic.ask(a, { type: "sum" }, TIMEOUT_MS);
  assert.deepEqual([...answers], [["b", { sum: 5, note: "a" }]]);
  assert.equal(complete, true);
});

Deno.test("topics of a family are as many as its keys, whatever stands in them", async () => {
  const [a, b] = pair();
  const heard: string[] = [];
  const keys = ["", "x", "x/y", "y", "/", "sum"];
  for (const key of keys) {
    await SUMS.of(key).subscribe(b, () => void heard.push(key)).ready;
  }
  for (const key of keys) await SUMS.of(key).publish(a, { type: "sum" });
  await settle();
  assert.deepEqual(heard, keys);
});

Deno.test("a message of a newer version is ignored, and what it adds to a known one too", async () => {
  const [a, b] = pair();
  const heard: unknown[] = [];
  await SUMS.of("x").subscribe(b, (message) => void heard.push(message)).ready;
  await NEWS.subscribe(b, (message) => void heard.push(message)).ready;
  await a.publish("sum/x", '{"type":"multiply","by":2}');
  await a.publish("sum/x", '{"type":"add","by":"2"}');
  await a.publish("sum/x", '{"type":"add","by":2,"why":"more"}');
  await a.publish("news", '{"text":"hello","picture":1}');
  await settle();
  assert.deepEqual(heard, [{ type: "add", by: 2 }, { text: "hello" }]);
});

Deno.test("an answer that is not understood leaves an ask incomplete", async () => {
  const [a, b] = pair();
  const texts = ['{"total":1}', "no JSON", '{"sum":1,"of":2}'];
  const subscription = b.subscribe("sum/x", () => texts.shift());
  await subscription.ready;
  for (const expected of [[], [], [["b", { sum: 1 }]]]) {
    const { answers, complete } = await SUMS.of("x").ask(a, { type: "sum" }, TIMEOUT_MS);
    assert.deepEqual([[...answers], complete], [expected, expected.length > 0]);
  }
});

Deno.test("a topic that is only listened to leaves the answer to others", async () => {
  const [a, b] = pair();
  const heard: string[] = [];
  const topic = SUMS.of("x");
  await topic.subscribe(b, ({ type }) => void heard.push(type)).ready;
  assert.equal((await topic.ask(a, { type: "sum" }, TIMEOUT_MS)).complete, false);
  await topic.subscribe(b, () => ({ sum: 7 })).ready;
  const { answers } = await topic.ask(a, { type: "sum" }, TIMEOUT_MS);
  assert.deepEqual([...answers], [["b", { sum: 7 }]]);
  assert.deepEqual(heard, ["sum", "sum"]);
});

Deno.test("property: no text on its topic reaches a handler or makes one fail", async () => {
  await fc.assert(fc.asyncProperty(fc.oneof(fc.string(), fc.json()), async (text) => {
    const [a, b] = pair();
    const heard: unknown[] = [];
    await SUMS.of("x").subscribe(b, (message) => void heard.push(message)).ready;
    await b.subscribe("sum/y", () => text).ready;
    await a.publish("sum/x", text);
    assert.deepEqual([...(await SUMS.of("y").ask(a, { type: "sum" }, TIMEOUT_MS)).answers], []);
    assert.deepEqual(heard, []);
  }));
});
