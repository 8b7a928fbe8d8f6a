/**
 * What happens to rooms, and who may hear of it. Each is told once, by the isolate that did it.
 *
 * @module
 */

import type { MediaState } from "./media.ts";
import type { Participant, Person, Room } from "./room.ts";

/** Why somebody is not in a room any more. */
export type Leaving = "left" | "expired" | "deleted" | "rejoined" | "expelled";

/**
 * Whose concern an event is: those of the conference, where the room is bound to one; else its owner,
 * where that is a known person; else those who may see everything.
 */
export type Audience =
  | { readonly kind: "conference"; readonly conference: string }
  | { readonly kind: "user"; readonly user: Person }
  | { readonly kind: "room"; readonly tenant: string | undefined };

interface Happened {
  /** As it is after the change; of one that is gone, as it was. */
  readonly room: Room;
  readonly owner: Person | undefined;
  readonly audience: Audience;
  /** In milliseconds since the epoch. */
  readonly at: number;
}

interface OfParticipant extends Happened {
  readonly participant: Participant;
  readonly person: Person | undefined;
}

export type RoomEvent =
  | Happened & { readonly kind: "created" | "updated" }
  | Happened & { readonly kind: "deleted"; readonly reason: "deleted" | "expired" }
  | OfParticipant & { readonly kind: "joined" }
  | OfParticipant & {
    readonly kind: "left";
    readonly reason: Leaving;
    /** The last that it has said of its media. */
    readonly media: MediaState | undefined;
  }
  | OfParticipant & {
    readonly kind: "media";
    readonly media: MediaState;
    readonly before: MediaState | undefined;
  };

/** Is told after the change is stored. What it throws is logged. */
export type RoomListener = (event: RoomEvent) => void;

export function audienceOf(room: Room, owner: Person | undefined): Audience {
  if (room.conference !== undefined) return { kind: "conference", conference: room.conference };
  if (owner) return { kind: "user", user: owner };
  return { kind: "room", tenant: room.tenant };
}
