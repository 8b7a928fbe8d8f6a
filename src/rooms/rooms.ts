/**
 * The rooms of one door, with who is in them, over all isolates of the service.
 *
 * @module
 */

import type { Bus } from "../bus/bus.ts";
import type { Entry, Store } from "../store/store.ts";
import type { Clock } from "../time/clock.ts";
import { getLogger } from "../log/log.ts";
import { tell } from "./announce.ts";
import type { Known } from "./compare.ts";
import { Changes, type Decide, type Found } from "./changes.ts";
import { audienceOf, type Leaving, type RoomListener } from "./events.ts";
import { Holders } from "./holders.ts";
import { Keys } from "./keys.ts";
import type { MediaReport, MediaState } from "./media.ts";
import { type OwnedRooms, Owners } from "./owners.ts";
import { type Inside, join, leave, renew } from "./participation.ts";
import { Profiles } from "./profiles.ts";
import { encodeRoom } from "./record.ts";
import { isRefused, refuse, type Refused } from "./refusal.ts";
import type { Joining, NewRoom, RoomPatch } from "./requests.ts";
import { bySeat, type Lease, type Profile, type Room } from "./room.ts";
import type { Sealing } from "./sealing.ts";
import { ending } from "./settle.ts";
import { Watch } from "./watch.ts";

const logger = getLogger("rooms");

export interface RoomsOptions {
  /** A word for the door; rooms of another scope have nothing to do with these. */
  readonly scope: string;
  readonly bus: Bus;
  readonly store: Store;
  readonly clock: Clock;
  /** Absent: persons stand in the store as they are. */
  readonly sealing?: Sealing;
  /** Is told of what this isolate does, once it is stored. */
  readonly listener: RoomListener;
  /** The most rooms, over all isolates, as far as this one knows. */
  readonly mostRooms: number;
  readonly mostPerOwner: number;
  /** To what each coming and going puts off the end of a room at least, in milliseconds; 0: not. */
  readonly extendMs: number;
  /** How long {@linkcode Rooms.owned} still tells of what was deleted, in milliseconds. */
  readonly deletedTtlMs: number;
}

/** A room that was found, or the id of one. */
export type RoomRef = Found | string;

export class Rooms implements AsyncDisposable {
  readonly #options: RoomsOptions;
  readonly #keys: Keys;
  readonly #profiles: Profiles;
  readonly #owners: Owners;
  readonly #changes: Changes;
  readonly #holders: Holders;
  readonly #watch: Watch;

  private constructor(options: RoomsOptions) {
    const { scope, bus, store, clock } = options;
    this.#options = options;
    const keys = this.#keys = new Keys(scope);
    const profiles = this.#profiles = new Profiles({ ...options, keys });
    const owners = this.#owners = new Owners({
      keys,
      store,
      clock,
      mostRooms: options.mostPerOwner,
      deletedTtlMs: options.deletedTtlMs,
    });
    const watch = () => this.#watch;
    this.#changes = new Changes({ ...options, keys, profiles, owners, watch });
    this.#holders = new Holders({
      keys,
      store,
      clock,
      id: bus.id,
      dead: (holder) => void this.#bury(holder),
    });
    this.#watch = new Watch({
      keys,
      bus,
      store,
      clock,
      mostRooms: options.mostRooms,
      settle: (id) => this.#settle(id),
      held: (holder) => this.#holders.watch(holder),
    });
  }

  /** Rooms that are looked after from now on; those of an earlier run are found in a while. */
  static async open(options: RoomsOptions): Promise<Rooms> {
    const rooms = new Rooms(options);
    await rooms.#watch.joined();
    void rooms.#watch.compare();
    return rooms;
  }

  /** How many rooms there are, as far as is known here. */
  get size(): number {
    return this.#watch.size;
  }

  /** The room `id`, with those who are in it now. @throws {StoreError} */
  async find(id: string): Promise<Found | undefined> {
    return (await this.findAll([id]))[0];
  }

  /** Each of the rooms `ids`, in their order. @throws {StoreError} */
  async findAll(ids: readonly string[]): Promise<(Found | undefined)[]> {
    const entries = await this.#options.store.get(this.keysOf(ids));
    return ids.map((id, i) => this.#changes.read(id, entries[i]));
  }

  /** Under which keys of the store rooms stand, for who reads them together with something else. */
  keysOf(ids: readonly string[]): string[] {
    return ids.map((id) => this.#keys.room(id));
  }

  /** Where what {@linkcode report} changes stands, for who reads it together with the room. */
  reportKey(room: string, seat: string): string {
    return this.#keys.profile(room, seat);
  }

  /** The room `id` as an entry of {@linkcode keysOf} says. */
  read(id: string, entry: Entry | undefined): Found | undefined {
    return this.#changes.read(id, entry);
  }

  /** Makes a room. @throws {StoreError} @throws {Error} there is a room of that id. */
  async create(spec: NewRoom): Promise<Room | Refused> {
    const { store, clock, mostRooms } = this.#options;
    if (this.size >= mostRooms) return refuse("house_full");
    const { ownerPerson, details, shownId, ...given } = spec;
    const now = clock.wall();
    const named = await this.#keepDetails(spec.id, details);
    const room: Room = {
      ...given,
      shownId: shownId ?? spec.id,
      ownerPerson: ownerPerson && await this.#profiles.seal(ownerPerson),
      details: named,
      version: 1,
      createdAt: now,
      changedAt: now,
      participants: [],
    };
    const text = encodeRoom(room);
    if (text === undefined) throw new RangeError("Cannot make a room: its fields are too long");
    if (!await this.#owners.add(room.owner, room.id)) {
      await this.#dropDetails(room.id, named);
      return refuse("owner_full");
    }
    if (await store.set(this.#keys.room(room.id), text, { ifVersion: null }) === undefined) {
      throw new Error("Cannot make a room: there is one of that id");
    }
    await this.#changes.made(room);
    return room;
  }

  /** Makes a room another. @throws {StoreError} @throws {RoomsUnavailableError} */
  async update(
    ref: RoomRef,
    patch: RoomPatch,
    may: (room: Room) => Refused | undefined = () => undefined,
  ): Promise<Room | Refused> {
    const id = idOf(ref);
    const { details, conference, attributes, ...rest } = patch;
    const named = await this.#keepDetails(id, details);
    let replaced: string | undefined;
    const result = await this.#change(ref, (room, now) => {
      const refused = may(room);
      if (refused) return refused;
      replaced = named === undefined ? undefined : room.details;
      const updated: Room = {
        ...room,
        ...rest,
        attributes: { ...room.attributes, ...attributes },
        details: named ?? room.details,
        conference: conference === undefined ? room.conference : conference ?? undefined,
        changedAt: now,
      };
      return { room: updated, facts: [{ kind: "updated" }], value: updated };
    });
    await this.#dropDetails(id, isRefused(result) ? named : replaced);
    return result;
  }

  /** Ends a room and every participation in it. @throws {StoreError} @throws {RoomsUnavailableError} */
  async delete(
    ref: RoomRef,
    may: (room: Room) => Refused | undefined = () => undefined,
  ): Promise<true | Refused> {
    return await this.#change(ref, (room) => {
      return may(room) ?? { facts: ending(room, "deleted"), value: true };
    });
  }

  /** Lets somebody in. @throws {StoreError} @throws {RoomsUnavailableError} */
  async join(ref: RoomRef, joining: Joining): Promise<Inside | Refused> {
    const { person } = joining;
    if (joining.lease.kind === "connection") await this.#holders.hold();
    const id = idOf(ref);
    if (person) await this.#profiles.begin(id, joining, await this.#profiles.seal(person));
    const { extendMs } = this.#options;
    const result = await this.#change(ref, (room, now) => join(room, joining, now, extendMs));
    if (person && isRefused(result)) await this.#profiles.end(id, [joining]);
    return result;
  }

  /** Gives the participation in `seat` another lease. @throws {StoreError} @throws {RoomsUnavailableError} */
  async renew(ref: RoomRef, seat: string, lease: Lease): Promise<Inside | Refused> {
    if (lease.kind === "connection") await this.#holders.hold();
    return await this.#change(ref, (room) => renew(room, seat, lease));
  }

  /** Ends the participation in `seat`. @throws {StoreError} @throws {RoomsUnavailableError} */
  leave(ref: RoomRef, seat: string, reason: Leaving = "left"): Promise<Inside | Refused> {
    const { extendMs } = this.#options;
    return this.#change(ref, (room, now) => leave(room, { seat, reason }, now, extendMs));
  }

  /**
   * Keeps what the participant in `seat` says of its media. `read` is what was just read under
   * {@linkcode reportKey}.
   *
   * @throws {StoreError} @throws {RoomsUnavailableError}
   */
  async report(
    { room }: Found,
    seat: string,
    report: MediaReport,
    read?: Known,
  ): Promise<MediaState | Refused> {
    const participant = bySeat(room, seat);
    if (!participant) return refuse("not_inside");
    const { media, before, person } = await this.#profiles.report(
      room.id,
      participant,
      report,
      read,
    );
    const owner = await this.#profiles.person(room.ownerPerson);
    tell(this.#options.listener, {
      kind: "media",
      room,
      owner,
      audience: audienceOf(room, owner),
      at: media.at,
      participant,
      person,
      media,
      before,
    });
    return media;
  }

  /** Who the participants of `room` are and what their media do, in their order. @throws {StoreError} */
  profiles(room: Room): Promise<Profile[]> {
    return this.#profiles.read(room.id, room.participants);
  }

  /** The longer text of `room`. @throws {StoreError} */
  async details({ id, details }: Room): Promise<string | undefined> {
    if (details === undefined) return undefined;
    const [entry] = await this.#options.store.get([this.#keys.details(id, details)]);
    return entry?.value;
  }

  /** What `owner` has, and had until a moment ago. @throws {StoreError} */
  async owned(owner: string): Promise<OwnedRooms & { readonly found: readonly Found[] }> {
    const owned = await this.#owners.read(owner);
    const found = await this.findAll(owned.rooms);
    const missing = owned.rooms.filter((_, i) => !found[i]);
    await this.#owners.tidy(owner, missing);
    return { ...owned, found: found.filter((each) => each !== undefined) };
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#watch[Symbol.dispose]();
    this.#holders[Symbol.dispose]();
    return Promise.resolve();
  }

  #change<T>(ref: RoomRef, decide: Decide<T>): Promise<T | Refused> {
    const found = typeof ref === "string" ? undefined : ref;
    return this.#changes.change(idOf(ref), decide, { found });
  }

  /** Ends what is over, and nothing else. */
  #settle(id: string, dead?: ReadonlySet<string>): Promise<unknown> {
    const decide: Decide<void> = (room) => ({ room, facts: [], value: undefined });
    return this.#changes.change(id, decide, { ...(dead && { dead }) });
  }

  /** Whoever depended on an isolate that is dead is gone with it. */
  async #bury(holder: string): Promise<void> {
    const dead = new Set([holder]);
    for (const id of this.#watch.takeHeld(holder)) {
      try {
        await this.#settle(id, dead);
      } catch (error) {
        logger.warn("Cannot end what an isolate left behind: {error}", { error: String(error) });
        // It is found dead again.
        this.#watch.depends(holder, id);
      }
    }
  }

  async #keepDetails(id: string, details: string | undefined): Promise<string | undefined> {
    if (details === undefined) return undefined;
    const name = crypto.randomUUID();
    await this.#options.store.set(this.#keys.details(id, name), details);
    return name;
  }

  async #dropDetails(id: string, name: string | undefined): Promise<void> {
    if (name !== undefined) await this.#options.store.delete(this.#keys.details(id, name));
  }
}

function idOf(ref: RoomRef): string {
  return typeof ref === "string" ? ref : ref.room.id;
}
