/**
 * A change of a room: read, decided, compared and set; then told. What is over by then is ended in
 * the same step, so whoever changes a room sees it as it is.
 *
 * @module
 */

import { getLogger } from "../log/log.ts";
import type { Entry, Store } from "../store/store.ts";
import type { Clock } from "../time/clock.ts";
import { announce } from "./announce.ts";
import { changeEntry, type Next } from "./compare.ts";
import type { RoomListener } from "./events.ts";
import type { Keys } from "./keys.ts";
import { Lanes } from "./lanes.ts";
import type { Owners } from "./owners.ts";
import type { Profiles } from "./profiles.ts";
import { decodeRoom, encodeRoom } from "./record.ts";
import { isRefused, refuse, type Refused } from "./refusal.ts";
import type { Participant, Room } from "./room.ts";
import { type Fact, settle } from "./settle.ts";
import type { Watch } from "./watch.ts";

/** A room as it was read, with what was over left out. */
export interface Found {
  readonly room: Room;
  readonly entry: Entry;
}

/** What a change makes of a room; without `room` it is gone. */
export interface Decision<T> {
  readonly room?: Room | undefined;
  readonly facts: readonly Fact[];
  readonly value: T;
}

/** @param room what is left of it now, with the version that it gets. */
export type Decide<T> = (room: Room, now: number) => Decision<T> | Refused;

export interface ChangeOptions {
  readonly keys: Keys;
  readonly store: Store;
  readonly clock: Clock;
  readonly profiles: Profiles;
  readonly owners: Owners;
  readonly listener: RoomListener;
  /** To what each coming and going puts off the end of a room at least, in milliseconds. */
  readonly extendMs: number;
  /** Asked late, because both need each other. */
  readonly watch: () => Watch;
}

/** What was done, for what comes after it. */
interface Done<T> {
  readonly before: Room | undefined;
  readonly after: Room | undefined;
  readonly facts: readonly Fact[];
  readonly result: T | Refused;
}

const logger = getLogger("rooms");

export class Changes {
  readonly #options: ChangeOptions;
  readonly #lanes = new Lanes();

  constructor(options: ChangeOptions) {
    this.#options = options;
  }

  /**
   * Changes the room `id` by `decide`, which may be called several times.
   *
   * @param found spares a read where it is still what is stored.
   * @param dead holders of connections that are no more.
   * @throws {StoreError} the store cannot be reached: whether it was changed is unknown.
   * @throws {RoomsUnavailableError} others changed it all the time.
   */
  async change<T>(
    id: string,
    decide: Decide<T>,
    { found, dead }: { found?: Found | undefined; dead?: ReadonlySet<string> } = {},
  ): Promise<T | Refused> {
    const { keys } = this.#options;
    // What was read before others had their turn is old by then.
    const known = this.#lanes.free(id) ? found : undefined;
    const run = this.#lanes.run(id, async () => {
      const done = await changeEntry(
        keys.room(id),
        this.#options,
        (entry) => this.#next(id, entry, decide, dead),
        known,
      );
      await this.#follow(id, done);
      return done.result;
    });
    return await (run ?? refuse("busy"));
  }

  /** What `entry` says of the room, now; undefined where it is none, or over. */
  read(id: string, entry: Entry | undefined): Found | undefined {
    const { clock, extendMs } = this.#options;
    const stored = entry && decodeRoom(id, entry.value);
    const room = stored && settle(stored, clock.wall(), { extendMs }).room;
    return room && { room, entry };
  }

  /** Tells of a room that was just made. */
  async made(room: Room): Promise<void> {
    await this.#follow(room.id, {
      before: undefined,
      after: room,
      facts: [{ kind: "created" }],
      result: undefined,
    });
  }

  #next<T>(
    id: string,
    entry: Entry | undefined,
    decide: Decide<T>,
    dead: ReadonlySet<string> | undefined,
  ): Next<Done<T>> {
    const { clock, extendMs } = this.#options;
    const before = entry && decodeRoom(id, entry.value);
    if (!before) {
      return {
        value: { before, after: before, facts: [], result: refuse("unknown_room") },
      };
    }
    const now = clock.wall();
    const settled = settle(before, now, { extendMs, ...(dead && { dead }) });
    if (!settled.room) {
      const result = refuse("unknown_room");
      return { remove: true, value: { before, after: undefined, facts: settled.facts, result } };
    }
    const room = { ...settled.room, version: before.version + 1 };
    const decision = decide(room, now);
    const refused = isRefused(decision);
    if (refused && settled.facts.length === 0) {
      return { value: { before, after: before, facts: [], result: decision } };
    }
    const after = refused ? room : decision.room;
    const result = refused ? decision : decision.value;
    const facts = refused ? settled.facts : [...settled.facts, ...decision.facts];
    if (!after) return { remove: true, value: { before, after, facts, result } };
    if (after === room && facts.length === 0) {
      return { value: { before, after: before, facts, result } };
    }
    const write = encodeRoom(after);
    if (write === undefined) {
      return { value: { before, after: before, facts: [], result: refuse("full") } };
    }
    return { write, value: { before, after, facts, result } };
  }

  /** What a change entails. It is stored by now, so what fails here is put right later. */
  async #follow<T>(id: string, { before, after, facts }: Done<T>): Promise<void> {
    const { clock, profiles, listener } = this.#options;
    if (after !== before) {
      await (after ? this.#options.watch().changed(before, after) : this.#options.watch().gone(id));
    }
    const room = after ?? before;
    if (!room || facts.length === 0) return;
    const last = after ? room : { ...room, participants: [] };
    await announce({ profiles, listener }, last, facts, clock.wall());
    await this.#clear(room, facts, after === undefined);
  }

  async #clear(room: Room, facts: readonly Fact[], gone: boolean): Promise<void> {
    const { profiles, owners, store, keys } = this.#options;
    const left = facts.flatMap((fact): Participant[] => {
      return fact.kind === "left" ? [fact.participant] : [];
    });
    try {
      await Promise.all([
        left.length > 0 && profiles.end(room.id, left),
        gone && owners.remove(room.owner, [room.id]),
        gone && room.details !== undefined && store.delete(keys.details(room.id, room.details)),
      ]);
    } catch (error) {
      logger.warn("Cannot clear up after a room: {error}", { error: String(error) });
    }
  }
}
