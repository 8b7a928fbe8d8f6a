import assert from "node:assert/strict";
import { RedisBus } from "../../src/bus/redis.ts";
import { Rooms } from "../../src/rooms/rooms.ts";
import { RedisStore } from "../../src/store/redis.ts";
import { systemClock } from "../../src/time/clock.ts";
import { redisAvailable, RedisServer } from "../support/redis.ts";
import type { Order } from "./contest_worker.ts";
import { done } from "./fleet.ts";

const ROUNDS = 1_000;
const JOINS = 20;
/** What a round may take, the slowest machine included, before it counts as stuck. */
const ROUND_MS = 10_000;

/** Gives an order to a worker, and resolves with its answer. */
function tell(worker: Worker, order: Order): Promise<unknown> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage(order);
  });
}

Deno.test({
  name: "twenty at once for the last place, a thousand times over two workers: one has it",
  ignore: !redisAvailable(),
  async fn() {
    await using redis = await RedisServer.start();
    await using store = await RedisStore.open({ url: redis.url });
    await using bus = await RedisBus.open({ url: redis.url, id: crypto.randomUUID() });
    await using rooms = await Rooms.open({
      scope: "contest",
      bus,
      store,
      clock: systemClock,
      listener: () => {},
      mostRooms: 10_000,
      mostPerOwner: 10_000,
      extendMs: 0,
      deletedTtlMs: 1_000,
    });
    const url = new URL("./contest_worker.ts", import.meta.url);
    const workers = [0, 1].map(() => new Worker(url, { type: "module" }));
    try {
      await Promise.all(
        workers.map((worker, i) => tell(worker, { open: redis.url, name: `w${i}` })),
      );
      for (let round = 0; round < ROUNDS; round++) {
        const room = `room-${round}`;
        done(
          await rooms.create({
            id: room,
            uid: room,
            owner: "owner",
            access: { kind: "open" },
            capacity: 2,
            attributes: {},
            tenant: undefined,
            conference: undefined,
            name: undefined,
          }),
        );
        const began = performance.now();
        const answers = await Promise.all(
          workers.map((worker) => tell(worker, { room, joins: JOINS / 2 })),
        ) as string[][];
        const outcomes = answers.flat();
        assert.equal(outcomes.filter((outcome) => outcome === "in").length, 1, room);
        assert.equal(outcomes.filter((outcome) => outcome === "full").length, JOINS - 1, room);
        assert.ok(performance.now() - began < ROUND_MS);
        done(await rooms.delete(room));
      }
    } finally {
      for (const worker of workers) worker.terminate();
    }
  },
});
