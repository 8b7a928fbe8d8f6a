import assert from "node:assert/strict";
import { RedisProbe } from "../../src/bus/redis_probe.ts";
import { FakeClock } from "../support/fake_clock.ts";

const EVERY_MS = 5000;

/** A probe whose carrier does what `send` says; `dead` holds what it found. */
function probing(send: (n: number, probe: RedisProbe) => number | Error, standing = () => true) {
  const clock = new FakeClock();
  const dead: string[] = [];
  const sent: number[] = [];
  const probe: RedisProbe = new RedisProbe({
    clock,
    everyMs: EVERY_MS,
    standing,
    send: (n) => {
      sent.push(n);
      const result = send(n, probe);
      return result instanceof Error ? Promise.reject(result) : Promise.resolve(result);
    },
    onDead: (reason) => dead.push(reason),
  });
  return { clock, dead, sent, probe };
}

Deno.test("F18: probes that come back find nothing", async () => {
  const { clock, dead, sent } = probing((n, probe) => (probe.heard(n), 1));
  await clock.advance(10 * EVERY_MS);
  assert.equal(sent.length, 10);
  assert.deepEqual(dead, []);
});

Deno.test("F18: a probe that was delivered and is not back at the next beat finds a dead connection", async () => {
  const { clock, dead } = probing(() => 1);
  await clock.advance(EVERY_MS);
  assert.deepEqual(dead, []);
  await clock.advance(EVERY_MS);
  assert.deepEqual(dead, ["a probe did not come back"]);
});

Deno.test("F18: a probe that nobody receives finds lost subscriptions at once", async () => {
  const { clock, dead } = probing(() => 0);
  await clock.advance(EVERY_MS);
  assert.deepEqual(dead, ["nobody is subscribed to the own inbox"]);
});

Deno.test("F18: while commands fail nothing is known of the receiving connection", async () => {
  const { clock, dead } = probing(() => new Error("not connected"));
  await clock.advance(10 * EVERY_MS);
  assert.deepEqual(dead, []);
});

Deno.test("F18: a new connection is not blamed for the probes of the one before", async () => {
  const { clock, dead, probe } = probing(() => 1);
  for (let i = 0; i < 5; i++) {
    await clock.advance(EVERY_MS);
    probe.reset();
  }
  assert.deepEqual(dead, []);
});

Deno.test("F18: without a connection there is nothing to probe", async () => {
  const { clock, sent, probe } = probing(() => 1, () => false);
  await clock.advance(10 * EVERY_MS);
  assert.deepEqual(sent, []);
  probe[Symbol.dispose]();
  assert.equal(clock.timers, 0);
});
