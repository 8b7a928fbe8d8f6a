/**
 * What a room does to the conference that it is bound to: it makes it live while somebody is in, and
 * takes back what it has set, and nothing else.
 *
 * @module
 */

import type { ConferenceName, ConferenceNames } from "../../../access/conference_name.ts";
import { getLogger } from "../../../log/log.ts";
import type { RoomEvent } from "../../../rooms/events.ts";
import { isOwner, type Room } from "../../../rooms/room.ts";
import type { Clock } from "../../../time/clock.ts";
import type { Binding, Bindings, LiveMode } from "./bindings.ts";
import type { LivePort } from "./live_port.ts";

/** Attempts to take back a live state that nobody waits for. */
const END_ATTEMPTS = 20;
const END_PAUSE_MS = 2_000;

const logger = getLogger("rooms");

export interface TieOptions {
  readonly bindings: Bindings;
  readonly live: LivePort;
  readonly names: ConferenceNames;
  readonly clock: Clock;
  /** How long a live state lasts, in milliseconds. */
  readonly liveTtlMs: number;
  /** The room as it is now; undefined where it is gone. */
  readonly find: (room: string) => Promise<Room | undefined>;
}

export class ConferenceTie implements Disposable {
  readonly #options: TieOptions;
  #disposed = false;

  constructor(options: TieOptions) {
    this.#options = options;
  }

  /** Binds `room` to a conference; false where that is bound to another. @throws {StoreError} */
  bind(conference: string, room: string, mode: LiveMode): Promise<boolean> {
    const { bindings, find } = this.#options;
    return bindings.bind(conference, { room, mode }, async (other) => {
      return (await find(other))?.conference === conference;
    });
  }

  /** Ends what `room` has set for a conference, and the binding. @throws {Error} it cannot be stored. */
  async unbind(conference: string, room: string): Promise<void> {
    const { bindings } = this.#options;
    const binding = await bindings.read(conference);
    if (binding?.room !== room) return;
    await this.#end(conference, room, binding);
    await bindings.change(conference, room, () => undefined);
  }

  /**
   * Sees to it that the conference of `room` is live if it should be. Somebody may come and go
   * meanwhile, elsewhere: so it looks again after each step.
   *
   * @throws {Error} it cannot be stored.
   */
  async follow(room: Room): Promise<void> {
    const { conference, id } = room;
    if (conference === undefined) return;
    const { bindings, find } = this.#options;
    for (let now: Room | undefined = room;; now = await find(id)) {
      const binding = await bindings.read(conference);
      if (binding?.room !== id) return;
      const wanted = now?.conference === conference && keepsLive(now, binding.mode);
      if (wanted === (binding.version !== undefined)) return;
      if (wanted) await this.#begin(conference, id);
      else await this.#end(conference, id, binding);
    }
  }

  /** Makes the live state that `room` has set last, where it is still its own. @throws {Error} */
  async prolong({ conference, id }: Room): Promise<void> {
    if (conference === undefined) return;
    const { bindings, live, clock, liveTtlMs } = this.#options;
    const binding = await bindings.read(conference);
    const { version, until = 0 } = binding ?? {};
    if (binding?.room !== id || !version) return;
    if (until - clock.wall() > liveTtlMs * 2 / 3) return;
    const next = await live.prolong(this.#name(conference), version);
    await bindings.change(conference, id, (known) => {
      // Somebody else has the word now; it is looked after no more.
      return { ...known, version: next ?? 0, until: clock.wall() + liveTtlMs };
    });
  }

  /** Nobody waits for this: it is tried until it is done, or the service ends. */
  heard(event: RoomEvent): void {
    if (event.room.conference === undefined) return;
    if (event.kind === "deleted") {
      void this.#surely(() => this.unbind(event.room.conference!, event.room.id));
    } else if (event.kind === "left") void this.#surely(() => this.#refollow(event.room));
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
  }

  async #refollow({ id }: Room): Promise<void> {
    const room = await this.#options.find(id);
    if (room) await this.follow(room);
  }

  async #begin(conference: string, room: string): Promise<void> {
    const { bindings, live, clock, liveTtlMs } = this.#options;
    const version = await live.goLive(this.#name(conference));
    const until = clock.wall() + liveTtlMs;
    await bindings.change(conference, room, (known) => ({ ...known, version, until }));
    logger.info("A room has made {conference} live", { conference });
  }

  async #end(conference: string, room: string, { version }: Binding): Promise<void> {
    const { bindings, live } = this.#options;
    if (version) await live.end(this.#name(conference), version);
    await bindings.change(conference, room, ({ version: _, until: __, ...known }) => known);
  }

  #name(conference: string): ConferenceName {
    return this.#options.names.parse(conference);
  }

  async #surely(work: () => Promise<void>): Promise<void> {
    for (let attempt = 1; attempt <= END_ATTEMPTS && !this.#disposed; attempt++) {
      try {
        return await work();
      } catch (error) {
        logger.warn("Cannot bring a conference in step with its room: {error}", {
          error: String(error),
        });
        const { promise, resolve } = Promise.withResolvers<void>();
        using _timer = this.#options.clock.after(END_PAUSE_MS, resolve);
        await promise;
      }
    }
  }
}

function keepsLive(room: Room, mode: LiveMode): boolean {
  switch (mode) {
    case "owner":
      return room.participants.some((each) => isOwner(room, each));
    case "occupied":
      return room.participants.length > 0;
    case "never":
      return false;
  }
}
