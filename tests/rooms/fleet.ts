/**
 * Several isolates with the rooms of one door, on a network, a store and a clock that the test owns.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { RoomEvent } from "../../src/rooms/events.ts";
import type { Inside } from "../../src/rooms/participation.ts";
import { isRefused, type Refused } from "../../src/rooms/refusal.ts";
import type { Joining, NewRoom } from "../../src/rooms/requests.ts";
import type { Lease, Room } from "../../src/rooms/room.ts";
import { Rooms, type RoomsOptions } from "../../src/rooms/rooms.ts";
import { MemoryStore } from "../queue/memory_store.ts";
import { SimClock } from "../sim/sim_clock.ts";
import { type MemoryBus, MemoryNetwork } from "../support/memory_bus.ts";

/** How long leases of time last here. */
export const LEASE_MS = 300_000;
export const DAY_MS = 86_400_000;

export class Isolate {
  constructor(readonly fleet: Fleet, readonly bus: MemoryBus, readonly rooms: Rooms) {}

  /** A room for three that `owner` has, with a day to live. */
  create(spec: Partial<NewRoom> = {}): Promise<Room | Refused> {
    return this.rooms.create({
      id: "r1",
      uid: "uid-1",
      owner: "owner",
      access: { kind: "open" },
      capacity: 3,
      attributes: {},
      expiresAt: this.fleet.clock.wall() + DAY_MS,
      ...spec,
      tenant: spec.tenant,
      conference: spec.conference,
      name: spec.name,
    });
  }

  join(user: string, joining: Partial<Joining> = {}, id = "r1"): Promise<Inside | Refused> {
    return this.rooms.join(id, {
      id: crypto.randomUUID(),
      seat: user,
      user,
      name: user,
      lease: this.lease(),
      ...joining,
    });
  }

  lease(ms = LEASE_MS): Lease {
    return { kind: "time", until: this.fleet.clock.wall() + ms };
  }

  /** Who is in, by user, as this isolate reads it. */
  async inside(id = "r1"): Promise<string[] | undefined> {
    const found = await this.rooms.find(id);
    return found?.room.participants.map(({ user }) => user);
  }

  /** Ends it as `kill -9` would. */
  async kill(): Promise<void> {
    this.fleet.network.kill(this.bus.id);
    await this.rooms[Symbol.asyncDispose]();
  }
}

export class Fleet implements AsyncDisposable {
  readonly clock = new SimClock();
  readonly network = new MemoryNetwork({ clock: this.clock });
  readonly store = new MemoryStore(this.clock);
  readonly isolates: Isolate[] = [];
  /** What any of them told, in that order. */
  readonly events: RoomEvent[] = [];

  static async open(isolates = 1, options: Partial<RoomsOptions> = {}): Promise<Fleet> {
    const fleet = new Fleet();
    for (let i = 0; i < isolates; i++) await fleet.add(options);
    return fleet;
  }

  /** One more isolate. */
  async add(options: Partial<RoomsOptions> = {}): Promise<Isolate> {
    const bus = this.network.join();
    const opening = Rooms.open({
      scope: "test",
      bus,
      store: this.store,
      clock: this.clock,
      listener: (event) => this.events.push(event),
      mostRooms: 1_000,
      mostPerOwner: 10,
      extendMs: DAY_MS,
      deletedTtlMs: 60_000,
      ...options,
    });
    await this.pass(0);
    const isolate = new Isolate(this, bus, await opening);
    this.isolates.push(isolate);
    return isolate;
  }

  /** Moves time; what `of` gives is awaited at its end. */
  async pass<T = void>(ms: number, of?: Promise<T>): Promise<T> {
    await this.clock.advance(ms);
    return await (of as Promise<T>);
  }

  /** What was told, in short: `joined ann`, `left ann expired`, `deleted expired`. */
  get told(): string[] {
    return this.events.map((event) => {
      const who = "participant" in event ? ` ${event.participant.user}` : "";
      return event.kind + who + ("reason" in event ? ` ${event.reason}` : "");
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { rooms, bus } of this.isolates) {
      await rooms[Symbol.asyncDispose]();
      await bus[Symbol.asyncDispose]();
    }
  }
}

/** What was done. @throws {AssertionError} it was refused. */
export function done<T>(result: T | Refused): T {
  assert.ok(!isRefused(result), JSON.stringify(result));
  return result;
}
