/**
 * What is kept of a participation beside its room: who it is, sealed, and what its media do. So a
 * report touches nothing that a join needs, and a room of a hundred fits into one value.
 *
 * @module
 */

import { z } from "zod";
import type { Entry, Store } from "../store/store.ts";
import type { Clock } from "../time/clock.ts";
import { changeEntry, type Known } from "./compare.ts";
import type { Keys } from "./keys.ts";
import { afterReport, COMPUTED_STATES, type MediaReport, type MediaState } from "./media.ts";
import { parsed } from "./record.ts";
import type { Participant, Person, Profile } from "./room.ts";
import type { Sealing } from "./sealing.ts";

/** For those whose room went without them being removed; each report begins it anew. */
const TTL_MS = 400 * 24 * 3_600_000;

const personSchema = z.object({
  id: z.string(),
  tenant: z.string().optional(),
  account: z.string().optional(),
});

const mediaSchema = z.object({
  event: z.string(),
  state: z.string(),
  connections: z.number(),
  sendStreams: z.number(),
  recvStreams: z.number(),
  computedState: z.enum(COMPUTED_STATES),
  stateAgrees: z.boolean(),
  countersFollow: z.boolean(),
  at: z.number(),
  reports: z.number(),
  streamed: z.boolean(),
});

const profileSchema = z.object({
  /** The participation that it is of; the seat may have been taken again since. */
  of: z.string(),
  person: z.string().optional(),
  media: mediaSchema.optional(),
});

type Stored = z.infer<typeof profileSchema>;

/** A participation, and where. */
type Seated = Pick<Participant, "id" | "seat">;

export interface ProfileOptions {
  readonly keys: Keys;
  readonly store: Store;
  readonly clock: Clock;
  /** Absent: persons stand in the store as they are. */
  readonly sealing?: Sealing | undefined;
}

export class Profiles {
  constructor(readonly options: ProfileOptions) {}

  /** Keeps who is behind a participation, before it begins. @throws {StoreError} */
  async begin(room: string, { seat, id }: Seated, sealed: string): Promise<void> {
    const stored: Stored = { of: id, person: sealed };
    await this.options.store.set(this.options.keys.profile(room, seat), JSON.stringify(stored), {
      ttlMs: TTL_MS,
    });
  }

  /** Of each of `participants`, in their order. @throws {StoreError} */
  async read(room: string, participants: readonly Seated[]): Promise<Profile[]> {
    if (participants.length === 0) return [];
    const entries = await this.options.store.get(
      participants.map(({ seat }) => this.options.keys.profile(room, seat)),
    );
    return await Promise.all(participants.map(async ({ id }, i): Promise<Profile> => {
      const stored = decode(entries[i], id);
      return { person: await this.person(stored?.person), media: stored?.media };
    }));
  }

  /** The media state after `report`. `read` is what the caller has just read. @throws {StoreError} @throws {RoomsUnavailableError} */
  async report(
    room: string,
    { seat, id }: Seated,
    report: MediaReport,
    read?: Known,
  ): Promise<Profile & { readonly media: MediaState; readonly before: MediaState | undefined }> {
    const { clock } = this.options;
    const stored = await changeEntry(
      this.options.keys.profile(room, seat),
      this.options,
      (entry) => {
        const known = decode(entry, id);
        const before = known?.media;
        const media = afterReport(before, report, clock.wall());
        const write = JSON.stringify({ of: id, person: known?.person, media } satisfies Stored);
        return { write, ttlMs: TTL_MS, value: { media, before, person: known?.person } };
      },
      read,
    );
    return { ...stored, person: await this.person(stored.person) };
  }

  /** Forgets what is kept of participations that ended. @throws {StoreError} */
  async end(room: string, participants: readonly Seated[]): Promise<void> {
    const { store } = this.options;
    const keys = participants.map(({ seat }) => this.options.keys.profile(room, seat));
    const entries = await store.get(keys);
    await Promise.all(participants.map(async ({ id }, i) => {
      const entry = entries[i];
      // The seat may have been taken again, and then this is another's.
      if (!entry || !decode(entry, id)) return;
      await store.delete(keys[i]!, { ifVersion: entry.version });
    }));
  }

  async person(sealed: string | undefined): Promise<Person | undefined> {
    if (sealed === undefined) return undefined;
    const { sealing } = this.options;
    const text = sealing ? await sealing.open(sealed) : sealed;
    return text === undefined ? undefined : personSchema.safeParse(parsed(text)).data;
  }

  async seal(person: Person): Promise<string> {
    const text = JSON.stringify(person);
    return await this.options.sealing?.seal(text) ?? text;
  }
}

function decode(entry: Entry | undefined, id: string): Stored | undefined {
  const stored = entry && profileSchema.safeParse(parsed(entry.value)).data;
  return stored?.of === id ? stored : undefined;
}
