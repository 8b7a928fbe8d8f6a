/**
 * What commands and messages cost this machine's Redis: microseconds of its processor time, not of
 * the clock on the wall, so that a busy machine does not spoil them.
 *
 *     deno run --allow-all tests/sim/measure_redis.ts
 *
 * @module
 */

import { type ChainableCommander, Redis } from "ioredis";
import { RedisServer } from "../support/redis.ts";

/** Connections that send, and connections that receive. */
const SENDERS = 50;
const RECEIVERS = 100;
/** As long as an answer, and as a plan of a hundred isolates. */
const SHORT = "x".repeat(100);
const LONG = "x".repeat(10_000);

type Send = (client: ChainableCommander, sender: number) => unknown;

await using server = await RedisServer.start("--client-output-buffer-limit", "pubsub 0 0 0");
const senders = await Promise.all(Array.from({ length: SENDERS }, connect));
const receivers = await Promise.all(Array.from({ length: RECEIVERS }, connect));

async function connect(): Promise<Redis> {
  const client = new Redis({ port: server.port, lazyConnect: true });
  await client.connect();
  return client;
}

/** Microseconds of processor time that Redis has used. */
async function processorTime(): Promise<number> {
  const text = await senders[0]!.info("cpu");
  const of = (name: string) => Number(new RegExp(`${name}:([\\d.]+)`).exec(text)![1]);
  return (of("used_cpu_user") + of("used_cpu_sys")) * 1e6;
}

async function memory(): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await senders[0]!.info("memory"))![1]);
}

/**
 * Microseconds for each of `times`. All senders send side by side, each `depth` commands at a time:
 * a Redis that is busy finds as many when it comes to a connection.
 */
async function cost(times: number, depth: number, send: Send): Promise<number> {
  const rounds = Math.ceil(times / SENDERS / depth);
  const before = await processorTime();
  await Promise.all(senders.map(async (client, sender) => {
    for (let n = 0; n < rounds; n++) {
      const commands = client.pipeline();
      for (let i = 0; i < depth; i++) send(commands, sender);
      await commands.exec();
    }
  }));
  return (await processorTime() - before) / (rounds * SENDERS * depth);
}

async function say(what: string, value: number, unit: string): Promise<void> {
  const line = `${what.padEnd(60)} ${value.toPrecision(3).padStart(8)} ${unit}\n`;
  await Deno.stdout.write(new TextEncoder().encode(line));
}

function names(count: number, of: string): string[] {
  return Array.from({ length: count }, (_, n) => `{wq:0}:t:conference/${of}-${n}@conference.meet`);
}

await Promise.all(senders.map((_, sender) => receivers[sender]!.subscribe(`inbox-${sender}`)));
for (const depth of [1, 16]) {
  const sayCost = async (what: string, send: Send) =>
    await say(`${what}, ${depth} at a time`, await cost(50_000, depth, send), "us");
  await sayCost("PUBLISH to nobody", (client) => client.publish("nobody", SHORT));
  await sayCost("PUBLISH to an inbox", (client, n) => client.publish(`inbox-${n}`, SHORT));
  await sayCost("SET", (client) => client.set("key", SHORT, "PX", 60_000));
  await sayCost("GET", (client) => client.get("absent"));
}
const keys = names(500, "key");
await say(
  "MGET of 500 keys that are not there, a key",
  await cost(1_000, 1, (client) => client.mget(keys)) / keys.length,
  "us",
);

for (const client of receivers) await client.subscribe("all");
for (const [octets, payload, times] of [[100, SHORT, 2_000], [10_000, LONG, 200]] as const) {
  const fanOut = await cost(times, 1, (client) => client.publish("all", payload));
  await say(`PUBLISH of ${octets} octets to ${RECEIVERS}, a receiver`, fanOut / RECEIVERS, "us");
}

const before = await memory();
const timeBefore = await processorTime();
const channels = names(100_000, "channel");
const began = performance.now();
for (let at = 0; at < channels.length; at += 1_000) {
  await receivers[0]!.subscribe(...channels.slice(at, at + 1_000));
}
const waited = performance.now() - began;
await say(
  "SUBSCRIBE of 1,000 new channels, a channel",
  (await processorTime() - timeBefore) / 1e5,
  "us",
);
await say("  until it is answered, a command", waited / 100, "ms");
await say("  memory of Redis, a channel", (await memory() - before) / 1e5, "octets");
const second = await memory();
for (let at = 0; at < channels.length; at += 1_000) {
  await receivers[1]!.subscribe(...channels.slice(at, at + 1_000));
}
await say(
  "  memory of Redis, a second subscriber of it",
  (await memory() - second) / 1e5,
  "octets",
);

for (const client of [...senders, ...receivers]) client.disconnect();
