/**
 * What conferences cost an isolate, with the real queue over a real Redis: memory of a conference, and
 * processor time of a count and of a go-live on each side. The visitors are no connections here.
 *
 *     deno run --allow-all --v8-flags=--expose-gc tests/sim/measure_isolate.ts
 *
 * @module
 */

import process from "node:process";
import { RedisBus } from "../../src/bus/redis.ts";
import { systemClock } from "../../src/time/clock.ts";
import { noMetrics } from "../support/no_metrics.ts";
import { Queue } from "../../src/queue/queue.ts";
import { RedisStore } from "../../src/store/redis.ts";
import { pause, print } from "../measure/setting.ts";
import { RedisServer } from "../support/redis.ts";

const CONFERENCES = 10_000;
const WATCHED = 2_000;
const INTERVAL_MS = 500;
const COUNTING_MS = 8_000;
const GO_LIVES = 500;

await using redis = await RedisServer.start();

async function open(): Promise<Queue> {
  return await Queue.open({
    bus: await RedisBus.open({ url: redis.url }),
    store: await RedisStore.open({ url: redis.url }),
    clock: systemClock,
    metrics: noMetrics,
    releaseRate: 50,
    randomDelayMs: 0,
    liveTtlMs: 3_600_000,
    stateIntervalMs: INTERVAL_MS,
  });
}

function nameOf(conference: number) {
  const [room, domain] = [`conference-${conference}`, "conference.meet.example"];
  return { key: `${room}@${domain}`, room, tenant: undefined, domain };
}

/** Waits as long as the topics take to be subscribed and read. */
async function settled(): Promise<void> {
  await pause(4_000);
}

function memory(): number {
  (globalThis as unknown as { gc?: () => void }).gc?.();
  return Deno.memoryUsage().heapUsed;
}

/** Milliseconds of processor time of this process while `ms` pass. */
async function processorTime(ms: number): Promise<number> {
  const before = process.cpuUsage();
  await pause(ms);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

async function commands(name: string): Promise<number> {
  const [text] = await redis.command(["INFO", "commandstats"]);
  return Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(String(text))?.[1] ?? 0);
}

function say(what: string, value: number, unit: string): void {
  print(`${what.padEnd(60)} ${value.toPrecision(3).padStart(8)} ${unit}`);
}

const [here, there] = [await open(), await open()];
await settled();
const empty = memory();
for (let n = 0; n < CONFERENCES; n++) here.wait(nameOf(n), { notify() {} });
await settled();
const one = memory();
say("heap of a conference with one visitor", (one - empty) / CONFERENCES, "octets");
for (let n = 0; n < CONFERENCES; n++) here.wait(nameOf(n), { notify() {} });
say("heap of a second visitor, without its connection", (memory() - one) / CONFERENCES, "octets");

const idle = await processorTime(COUNTING_MS);
say(`processor time with ${CONFERENCES} conferences, nothing else`, idle / COUNTING_MS * 100, "%");
for (let n = 0; n < WATCHED; n++) there.watch(nameOf(n), { notify() {} });
await settled();
const published = await commands("publish");
const counting = await processorTime(COUNTING_MS);
const counts = (await commands("publish") - published) / 2;
say("counts asked and answered meanwhile", counts, "");
say("processor time of a count, asker and one answerer", (counting - idle) * 1_000 / counts, "us");
await there[Symbol.asyncDispose]();

const third = await open();
await settled();
const before = process.cpuUsage();
for (let n = 0; n < GO_LIVES; n++) await third.goLive(nameOf(n));
const { user, system } = process.cpuUsage(before);
say(
  "processor time of a go-live, asked and one with two visitors",
  (user + system) / GO_LIVES,
  "us",
);
Deno.exit();
