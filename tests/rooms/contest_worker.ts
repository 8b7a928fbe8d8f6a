/**
 * One isolate of a contest for the last place of a room, with a connection of its own to Redis.
 *
 * @module
 */

import { RedisBus } from "../../src/bus/redis.ts";
import { Rooms } from "../../src/rooms/rooms.ts";
import { RedisStore } from "../../src/store/redis.ts";
import { systemClock } from "../../src/time/clock.ts";

/** What it is told to do. */
export type Order =
  | { readonly open: string; readonly name: string }
  | { readonly room: string; readonly joins: number };

/** As much of a worker's own scope as is used here. */
interface DedicatedWorker {
  onmessage: (event: MessageEvent<Order>) => void;
  postMessage(message: unknown): void;
}

interface Isolate {
  readonly rooms: Rooms;
  readonly name: string;
}

let isolate: Isolate | undefined;

const scope = globalThis as unknown as DedicatedWorker;

scope.onmessage = async ({ data }: MessageEvent<Order>) => {
  scope.postMessage("open" in data ? await open(data.open, data.name) : await compete(data));
};

async function open(url: string, name: string): Promise<string> {
  const store = await RedisStore.open({ url });
  const bus = await RedisBus.open({ url, id: crypto.randomUUID() });
  const rooms = await Rooms.open({
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
  isolate = { rooms, name };
  return "ready";
}

/** The outcome of each join, as all begin at once. */
async function compete({ room, joins }: Extract<Order, { room: string }>): Promise<string[]> {
  const { rooms, name } = isolate!;
  const results = await Promise.all(Array.from({ length: joins }, (_, i) => {
    const seat = `${name}-${i}`;
    return rooms.join(room, {
      id: crypto.randomUUID(),
      seat,
      user: seat,
      name: seat,
      lease: { kind: "time", until: Date.now() + 60_000 },
    });
  }));
  return results.map((result) => "refused" in result ? result.refused : "in");
}
