/**
 * What a room is, whichever door it was made by. Nothing here changes: a change makes another room.
 *
 * @module
 */

import type { MediaState } from "./media.ts";

/** What a participant may do there. */
export type Role = "moderator" | "publisher";

/**
 * How long a participation lasts: until a moment, which may be put off, or as long as `holder` (an
 * isolate, by its id on the bus) lives and keeps the participant's connection.
 */
export type Lease =
  /** `until` in milliseconds since the epoch. */
  | { readonly kind: "time"; readonly until: number }
  | { readonly kind: "connection"; readonly holder: string };

/** Who may come in: whoever knows the room, or who stands on its list. The owner always does. */
export type Access =
  | { readonly kind: "open" }
  | { readonly kind: "list"; readonly users: readonly string[] };

/** The person behind a participation or a room. Personal data: sealed in the store, never logged. */
export interface Person {
  /** As the issuer of its token names it. */
  readonly id: string;
  /** The tenant of that id; absent where there is but one. */
  readonly tenant?: string | undefined;
  /** What others may read of it, such as an address. */
  readonly account?: string | undefined;
}

/** One participation. Who comes in again has another. */
export interface Participant {
  /** A UUID, new for each participation. */
  readonly id: string;
  /** What may be held once in a room: who takes it again replaces the participation before. */
  readonly seat: string;
  /** Equal for all participations of one person, and for nobody else. At most 64 characters. */
  readonly user: string;
  /** As others see it. */
  readonly name: string;
  readonly role: Role;
  readonly lease: Lease;
  /** In milliseconds since the epoch. */
  readonly joinedAt: number;
  /** With how many, itself included, it can cope; absent: any number. */
  readonly handles?: number | undefined;
  /** Fingerprint of what its client proves itself by; the door's. At most 64 characters. */
  readonly proof?: string | undefined;
}

/** A room without what is kept beside it. Moments are in milliseconds since the epoch. */
export interface Room {
  /** The key under which it is found. For some doors whoever has it may come in: it is not logged. */
  readonly id: string;
  /** Names it in logs and where the id must not be shown. */
  readonly uid: string;
  /** The id that events carry. */
  readonly shownId: string;
  /** The {@linkcode Participant.user} that it belongs to. */
  readonly owner: string;
  /** Sealed; see {@linkcode Person}. */
  readonly ownerPerson?: string | undefined;
  readonly tenant?: string | undefined;
  /** The canonical name of the conference that it is bound to. */
  readonly conference?: string | undefined;
  readonly name?: string | undefined;
  readonly access: Access;
  /** The most users at once. */
  readonly capacity: number;
  /** What its door keeps with it, at most 4 KiB in all; opaque here. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Names a longer text beside the room, which {@linkcode Rooms.details} reads. */
  readonly details?: string | undefined;
  /** Rises by one with each change. */
  readonly version: number;
  readonly createdAt: number;
  /** The last change of the room, or of who is in it. */
  readonly changedAt: number;
  /** Absent: it stays until somebody deletes it. */
  readonly expiresAt?: number | undefined;
  readonly participants: readonly Participant[];
}

/** Whether its lease lasts. One by connection lasts until its holder is found dead. */
export function lasts({ lease }: Participant, now: number): boolean {
  return lease.kind === "connection" || lease.until > now;
}

export function isOwner({ owner }: Room, { user }: Pick<Participant, "user">): boolean {
  return user === owner;
}

export function bySeat({ participants }: Room, seat: string): Participant | undefined {
  return participants.find((each) => each.seat === seat);
}

/** When the room has to be looked at: the end of its first lease, or its own. */
export function dueAt({ participants, expiresAt = Infinity }: Room): number {
  let due = expiresAt;
  for (const { lease } of participants) {
    if (lease.kind === "time" && lease.until < due) due = lease.until;
  }
  return due;
}

/** The isolates on whose life a participation depends. */
export function holdersOf({ participants }: Room): ReadonlySet<string> {
  const holders = new Set<string>();
  for (const { lease } of participants) {
    if (lease.kind === "connection") holders.add(lease.holder);
  }
  return holders;
}

/** A participation with what is kept beside the room. */
export interface Profile {
  readonly person?: Person | undefined;
  readonly media?: MediaState | undefined;
}
