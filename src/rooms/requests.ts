/**
 * What may be asked for.
 *
 * @module
 */

import type { Newcomer } from "./capacity.ts";
import type { Access, Lease, Person, Role, Room } from "./room.ts";

export interface NewRoom extends
  Pick<
    Room,
    "id" | "uid" | "owner" | "tenant" | "conference" | "name" | "capacity" | "attributes"
  > {
  readonly shownId?: string;
  readonly ownerPerson?: Person | undefined;
  readonly access: Access;
  /** A longer text, at most 48 KiB. */
  readonly details?: string | undefined;
  /** In milliseconds since the epoch; absent: it stays. */
  readonly expiresAt?: number | undefined;
}

/** What is to be another in a room; what is absent stays. */
export interface RoomPatch {
  readonly name?: string;
  readonly capacity?: number;
  /** Added to those there are. */
  readonly attributes?: Readonly<Record<string, string>>;
  readonly access?: Access;
  /** Null: bound to none any more. */
  readonly conference?: string | null;
  readonly details?: string;
  readonly expiresAt?: number;
}

export interface Joining extends Newcomer {
  /** A UUID. */
  readonly id: string;
  /** Taken by another participation, it is given up for this one. */
  readonly seat: string;
  readonly name: string;
  readonly lease: Lease;
  /** The default: `moderator` for the owner, else `publisher`. */
  readonly role?: Role;
  readonly proof?: string;
  readonly person?: Person | undefined;
  /** Another seat that is given up for this one. */
  readonly instead?: string | undefined;
}
