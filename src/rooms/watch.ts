/**
 * Sees to it that each lease and each room ends in time, whichever isolate lives. Every isolate knows
 * when each room is due. Who changed it last looks at that moment, the others a little later, and
 * finds it done or does it; that only one of them does is decided by the store.
 *
 * @module
 */

import { z } from "zod";
import type { Bus, Subscription } from "../bus/bus.ts";
import { defineTopics } from "../bus/topic.ts";
import { getLogger } from "../log/log.ts";
import type { Store } from "../store/store.ts";
import type { Clock } from "../time/clock.ts";
import type { Keys } from "./keys.ts";
import { decodeRoom } from "./record.ts";
import { dueAt, holdersOf, type Room } from "./room.ts";
import { Schedule } from "./schedule.ts";

/** How often what is due is looked for. */
const TICK_MS = 250;
/** By how much an isolate that did not change a room last leaves it to the one that did. */
const LATER_MS = { least: 500, most: 1_000 } as const;
/** How often all rooms of the store are held against those that are known here. */
const COMPARE_MS = 300_000;
/** When what failed is tried again. */
const RETRY_MS = 1_000;
/** Rooms that one read takes. */
const READ_BATCH = 200;

const logger = getLogger("rooms");

const messageSchema = z.union([
  z.object({ room: z.string(), due: z.number().nullable(), holders: z.array(z.string()) }),
  z.object({ gone: z.string() }),
]);

type Message = z.infer<typeof messageSchema>;

const TOPICS = defineTopics("rooms", { message: messageSchema });

export interface WatchOptions {
  readonly keys: Keys;
  readonly bus: Bus;
  readonly store: Store;
  readonly clock: Clock;
  /** The most rooms that are known. */
  readonly mostRooms: number;
  /** Ends what is over in a room. @throws {Error} it could not; it is tried again. */
  readonly settle: (id: string) => Promise<unknown>;
  /** Is told of each isolate on which participations depend. */
  readonly held: (holder: string) => void;
}

export class Watch implements Disposable {
  readonly #options: WatchOptions;
  readonly #schedule = new Schedule();
  /** The rooms in which somebody depends on an isolate, as far as is known. */
  readonly #byHolder = new Map<string, Set<string>>();
  readonly #subscription: Subscription;
  readonly #running: Disposable[];
  #looking = false;

  constructor(options: WatchOptions) {
    const { bus, clock, keys } = options;
    this.#options = options;
    this.#subscription = TOPICS.of(keys.scope).subscribe(bus, (message) => this.#hear(message));
    this.#running = [
      this.#subscription,
      clock.every(TICK_MS, () => void this.#look()),
      clock.every(COMPARE_MS, () => void this.compare()),
      bus.onGap(() => void this.compare()),
    ];
  }

  /** Resolves once nothing that others say is missed; never fails. */
  async joined(): Promise<void> {
    // Who cannot join now compares when it has.
    await this.#subscription.ready.catch(() => {});
  }

  /** How many rooms there are, as far as is known here. */
  get size(): number {
    return this.#schedule.size;
  }

  /** The rooms in which somebody depends on `holder`; they are not watched for it any more. */
  takeHeld(holder: string): readonly string[] {
    const rooms = [...this.#byHolder.get(holder) ?? []];
    this.#byHolder.delete(holder);
    return rooms;
  }

  /**
   * This isolate has made `after` of `before`. Others are told where they would look too late, and
   * then this resolves when the bus has it.
   */
  async changed(before: Room | undefined, after: Room): Promise<void> {
    const due = dueAt(after);
    const holders = this.#hold(after);
    this.#schedule.set(after.id, due);
    const known = before && holdersOf(before);
    const news = !before || due < dueAt(before) || holders.some((each) => !known?.has(each));
    // JSON has no Infinity.
    if (news) await this.#tell({ room: after.id, due: finite(due), holders });
  }

  /** The room is gone. */
  async gone(id: string): Promise<void> {
    this.#schedule.delete(id);
    await this.#tell({ gone: id });
  }

  /** Holds what is known here against the store. Never fails. */
  async compare(): Promise<void> {
    const { store, keys, mostRooms } = this.#options;
    try {
      const names = await store.keys(keys.rooms, mostRooms + 1);
      const ids = new Set(names.map((name) => name.slice(keys.rooms.length)));
      for (const id of this.#schedule.ids()) if (!ids.has(id)) this.#schedule.delete(id);
      await this.#visit([...ids].filter((id) => !this.#schedule.has(id)));
    } catch (error) {
      logger.warn("Cannot compare rooms with the store: {error}", { error: String(error) });
    }
  }

  /** Somebody in the room `id` depends on `holder`. */
  depends(holder: string, id: string): void {
    const rooms = this.#byHolder.get(holder);
    if (rooms) rooms.add(id);
    else this.#byHolder.set(holder, new Set([id]));
    this.#options.held(holder);
  }

  [Symbol.dispose](): void {
    for (const each of this.#running) each[Symbol.dispose]();
  }

  async #tell(message: Message): Promise<void> {
    const { bus, keys } = this.#options;
    try {
      await TOPICS.of(keys.scope).publish(bus, message);
    } catch (error) {
      // They compare with the store when the bus is back.
      logger.debug("Cannot tell others of a room: {error}", { error: String(error) });
    }
  }

  #hear(message: Message): void {
    if ("gone" in message) return this.#schedule.delete(message.gone);
    for (const holder of message.holders) this.depends(holder, message.room);
    this.#schedule.set(message.room, later(message.due ?? Infinity));
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      await this.#visit(this.#schedule.take(this.#options.clock.wall()));
    } finally {
      this.#looking = false;
    }
  }

  /** Reads these rooms, ends what is over in them, and knows when they are due next. Never fails. */
  async #visit(ids: readonly string[]): Promise<void> {
    for (let i = 0; i < ids.length; i += READ_BATCH) {
      const batch = ids.slice(i, i + READ_BATCH);
      try {
        await this.#visitSome(batch);
      } catch (error) {
        logger.warn("Cannot look after {count} rooms: {error}", {
          count: batch.length,
          error: String(error),
        });
        const again = this.#options.clock.wall() + RETRY_MS;
        for (const id of batch) this.#schedule.set(id, again);
      }
    }
  }

  async #visitSome(ids: readonly string[]): Promise<void> {
    const { store, keys, clock, settle } = this.#options;
    const entries = await store.get(ids.map((id) => keys.room(id)));
    const now = clock.wall();
    const over: string[] = [];
    for (const [i, id] of ids.entries()) {
      const entry = entries[i];
      const room = entry && decodeRoom(id, entry.value);
      if (!room) {
        this.#schedule.delete(id);
        continue;
      }
      this.#hold(room);
      const due = dueAt(room);
      // Until it is done it is due again soon; once it is, it has another moment.
      this.#schedule.set(id, due <= now ? now + RETRY_MS : later(due));
      if (due <= now) over.push(id);
    }
    await Promise.all(over.map(settle));
  }

  #hold(room: Room): string[] {
    const holders = [...holdersOf(room)];
    for (const holder of holders) this.depends(holder, room.id);
    return holders;
  }
}

function finite(due: number): number | null {
  return due === Infinity ? null : due;
}

/** Not all at the same moment. */
function later(due: number): number {
  return due + LATER_MS.least + Math.random() * (LATER_MS.most - LATER_MS.least);
}
