import assert from "node:assert/strict";
import {
  CONFERENCES,
  ISOLATES,
  type Listing,
  type Message,
  type Report,
} from "../../src/queue/messages.ts";
import { FakeClock, settle } from "../support/fake_clock.ts";
import { type MemoryBus, MemoryNetwork } from "../support/memory_bus.ts";

const ANSWER_MS = 1_000;

const MESSAGES: readonly Message[] = [
  { type: "live", since: 1, ttlMs: 2 },
  { type: "live", since: 1, ttlMs: 2, version: 3 },
  { type: "line", oldestMs: 1.5 },
  { type: "line", oldestMs: 1.5, version: 3 },
  { type: "plan", ages: { a: [[3, 1], [0, 2]] }, startMs: 1, agoMs: 2, restMs: 3 },
  { type: "end" },
  { type: "end", version: 4 },
  { type: "tally", visitors: 1, moderators: 0 },
  { type: "tally", visitors: 1, moderators: 0, seq: 9 },
  { type: "count" },
];

function pair(): [MemoryBus, MemoryBus] {
  const network = new MemoryNetwork({ clock: new FakeClock() });
  return [network.join("a"), network.join("b")];
}

/** What is heard on the topic of a conference after `say`. */
async function heard(say: (bus: MemoryBus) => Promise<void>): Promise<Message[]> {
  const [a, b] = pair();
  const messages: Message[] = [];
  await CONFERENCES.of("room").subscribe(b, (message) => void messages.push(message)).ready;
  await say(a);
  await settle();
  return messages;
}

Deno.test("what is said of a conference is understood", async () => {
  const messages = await heard(async (bus) => {
    for (const message of MESSAGES) await CONFERENCES.of("room").publish(bus, message);
  });
  assert.deepEqual(messages, MESSAGES);
});

Deno.test("a report is understood, with all its parts and without", async () => {
  const reports: Report[] = [
    { visitors: 3, moderators: 1, seq: 7, ages: [[1, 3]], busyMs: 20, version: 5 },
    { visitors: 3, moderators: 1 },
  ];
  for (const report of reports) {
    const [a, b] = pair();
    await CONFERENCES.of("room").subscribe(b, () => report).ready;
    const { answers } = await CONFERENCES.of("room").ask(a, { type: "count" }, ANSWER_MS);
    assert.deepEqual([...answers], [["b", report]]);
  }
});

Deno.test("a list of conferences is understood", async () => {
  const [a, b] = pair();
  const listing: Listing = [["room", 1, 2]];
  await ISOLATES.subscribe(b, ({ type }) => type === "list" ? listing : undefined).ready;
  const { answers } = await ISOLATES.ask(a, { type: "list" }, ANSWER_MS);
  assert.deepEqual([...answers], [["b", listing]]);
});

Deno.test("what a newer version says is ignored, and what it adds is too", async () => {
  const messages = await heard(async (bus) => {
    const { name } = CONFERENCES.of("room");
    await bus.publish(name, '{"type":"invented"}');
    await bus.publish(name, '{"type":"count","why":"curious"}');
  });
  assert.deepEqual(messages, [{ type: "count" }]);
});

Deno.test("each conference has a topic of its own, and none is that of all isolates", () => {
  const names = ["a", "b", "isolates", ""].map((key) => CONFERENCES.of(key).name);
  assert.equal(new Set([...names, ISOLATES.name]).size, 5);
});
