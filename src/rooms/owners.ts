/**
 * Which rooms an owner has, and had until a moment ago. An owner's list is changed before a room is
 * made and after one is deleted, so a room always stands on it; what stands on it and is no room any
 * more counts as deleted.
 *
 * @module
 */

import { z } from "zod";
import { Lanes } from "./lanes.ts";
import type { Entry, Store } from "../store/store.ts";
import type { Clock } from "../time/clock.ts";
import { changeEntry, type Next } from "./compare.ts";
import type { Keys } from "./keys.ts";
import { parsed } from "./record.ts";

/** The most deletions of one owner that are remembered; the oldest are forgotten. */
const MAX_DELETIONS = 500;
/** How long after it was put on the list a room may still be in the making. */
const MAKING_MS = 30_000;

const listSchema = z.object({
  rooms: z.array(z.tuple([z.string(), z.number()])),
  deleted: z.array(z.tuple([z.string(), z.number()])),
});

type List = z.infer<typeof listSchema>;

const EMPTY: List = { rooms: [], deleted: [] };

export interface OwnerOptions {
  readonly keys: Keys;
  readonly store: Store;
  readonly clock: Clock;
  /** The most rooms of one owner. */
  readonly mostRooms: number;
  /** How long a deletion is remembered, in milliseconds. */
  readonly deletedTtlMs: number;
}

export interface OwnedRooms {
  readonly rooms: readonly string[];
  readonly deleted: readonly { readonly id: string; readonly at: number }[];
}

export class Owners {
  readonly #lanes = new Lanes();

  constructor(readonly options: OwnerOptions) {}

  /** @throws {StoreError} */
  async read(owner: string): Promise<OwnedRooms> {
    const [entry] = await this.options.store.get([this.options.keys.owner(owner)]);
    const list = this.#fresh(decode(entry?.value));
    return {
      rooms: list.rooms.map(([id]) => id),
      deleted: list.deleted.map(([id, at]) => ({ id, at })),
    };
  }

  /** Puts `room` on the list; false where it is full. @throws {StoreError} */
  async add(owner: string, room: string): Promise<boolean> {
    const added = await this.#change(owner, (entry): Next<boolean> => {
      const list = this.#fresh(decode(entry?.value));
      if (list.rooms.length >= this.options.mostRooms) return { value: false };
      const rooms: List["rooms"] = [...list.rooms, [room, this.options.clock.wall()]];
      return { write: JSON.stringify({ ...list, rooms }), value: true };
    });
    return added ?? false;
  }

  /**
   * Takes `rooms` off the list.
   *
   * @param remembered false: they never were any. @throws {StoreError}
   */
  async remove(owner: string, rooms: readonly string[], remembered = true): Promise<void> {
    const gone = new Set(rooms);
    const now = this.options.clock.wall();
    await this.#change(owner, (entry): Next<void> => {
      const list = this.#fresh(decode(entry?.value));
      const left = list.rooms.filter(([id]) => !gone.has(id));
      if (left.length === list.rooms.length) return { value: undefined };
      const newly = list.rooms.filter(([id]) => remembered && gone.has(id))
        .map(([id]): [string, number] => [id, now]);
      const deleted = [...list.deleted, ...newly].slice(-MAX_DELETIONS);
      const { deletedTtlMs } = this.options;
      return {
        write: JSON.stringify({ rooms: left, deleted }),
        ...(left.length === 0 && { ttlMs: deletedTtlMs }),
        value: undefined,
      };
    });
  }

  /** Takes off what stands on the list and is not among the rooms that there are. @throws {StoreError} */
  async tidy(owner: string, missing: readonly string[]): Promise<void> {
    if (missing.length === 0) return;
    const [entry] = await this.options.store.get([this.options.keys.owner(owner)]);
    const since = this.options.clock.wall() - MAKING_MS;
    const old = decode(entry?.value).rooms.filter(([id, at]) => at < since && missing.includes(id));
    if (old.length > 0) await this.remove(owner, old.map(([id]) => id));
  }

  /** Undefined where too many changes wait. */
  async #change<T>(owner: string, decide: (entry?: Entry) => Next<T>): Promise<T | undefined> {
    const key = this.options.keys.owner(owner);
    return await this.#lanes.run(key, () => changeEntry(key, this.options, decide));
  }

  #fresh(list: List): List {
    const since = this.options.clock.wall() - this.options.deletedTtlMs;
    return { rooms: list.rooms, deleted: list.deleted.filter(([, at]) => at > since) };
  }
}

function decode(text: string | undefined): List {
  return (text === undefined ? undefined : listSchema.safeParse(parsed(text)).data) ?? EMPTY;
}
