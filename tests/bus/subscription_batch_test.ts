import assert from "node:assert/strict";
import fc from "fast-check";
import { SubscriptionBatch } from "../../src/bus/subscription_batch.ts";
import { settle } from "../support/fake_clock.ts";

/** A server that has the channels that it was told, and confirms when `confirm` is called. */
function server() {
  const channels = new Set<string>();
  const commands: string[][] = [];
  const waiting: PromiseWithResolvers<void>[] = [];
  const batch = new SubscriptionBatch({
    subscribe: (names) => {
      commands.push(names);
      for (const name of names) channels.add(name);
      waiting.push(Promise.withResolvers<void>());
      return waiting.at(-1)!.promise;
    },
    unsubscribe: (names) => names.forEach((name) => channels.delete(name)),
  });
  return {
    batch,
    channels,
    commands,
    confirm: async () => {
      for (waiting.shift()?.resolve(); waiting.length > 0; waiting.shift()!.resolve()) {
        await settle();
      }
      await settle();
    },
    fail: async (error: Error) => {
      waiting.shift()?.reject(error);
      await settle();
    },
  };
}

Deno.test("channels of one turn are one command, and of many a command a hundred", async () => {
  const { batch, commands, confirm } = server();
  const all = Array.from({ length: 250 }, (_, i) => batch.subscribe(`c${i}`));
  await settle();
  assert.deepEqual(commands.map((names) => names.length), [100]);
  await confirm();
  await confirm();
  await confirm();
  await Promise.all(all);
  assert.deepEqual(commands.map((names) => names.length), [100, 100, 50]);
});

Deno.test("what comes while a command is out waits for the next", async () => {
  const { batch, commands, confirm } = server();
  const first = batch.subscribe("a");
  await settle();
  const second = batch.subscribe("b");
  await settle();
  assert.deepEqual(commands, [["a"]]);
  await confirm();
  await first;
  assert.deepEqual(commands, [["a"], ["b"]]);
  await confirm();
  await second;
});

Deno.test("a failure fails what waits and what comes", async () => {
  const { batch, fail } = server();
  const outcomes = [batch.subscribe("a")];
  await settle();
  outcomes.push(batch.subscribe("b"));
  const ends = Promise.allSettled(outcomes);
  await fail(new Error("gone"));
  for (const end of await ends) assert.equal(end.status, "rejected");
  await assert.rejects(batch.subscribe("c"), /gone/);
  batch.unsubscribe("c");
});

Deno.test("whatever the order of calls, the server ends with the channels that were asked for last", async () => {
  const step = fc.record({
    channel: fc.constantFrom("a", "b", "c"),
    call: fc.constantFrom("subscribe" as const, "unsubscribe" as const, "confirm" as const),
  });
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
    const { batch, channels, confirm } = server();
    const wanted = new Set<string>();
    const confirmed: Promise<void>[] = [];
    for (const { channel, call } of steps) {
      if (call === "confirm") {
        await confirm();
      } else if (call === "subscribe") {
        wanted.add(channel);
        confirmed.push(batch.subscribe(channel));
      } else {
        wanted.delete(channel);
        batch.unsubscribe(channel);
      }
    }
    for (let i = 0; i < 3; i++) await confirm();
    await settle();
    await confirm();
    await Promise.all(confirmed);
    assert.deepEqual([...channels].sort(), [...wanted].sort());
  }));
});
