/**
 * What happens to rooms, as it stands on the stream: plain JSON, the same for all doors.
 *
 * @module
 */

import type { Audience as StreamAudience, StreamEvent } from "../stream/event.ts";
import type { Audience, Leaving, RoomEvent } from "./events.ts";
import type { MediaState } from "./media.ts";
import { isOwner, type Participant, type Person, type Role } from "./room.ts";

/** The room that an event is about. */
export interface StreamedRoom {
  /** The id that is shown. */
  readonly id: string;
  /** Names the room where the id must not be shown. */
  readonly uid: string;
  readonly name: string | null;
  /** The canonical name of the conference that it is bound to. */
  readonly conference: string | null;
  /** The id of the owner, where it is a known person. */
  readonly owner: string | null;
  readonly tenant: string | null;
  readonly version: number;
  /** In milliseconds since the epoch; null: it stays. */
  readonly expiresAt: number | null;
  /** How many are in it after what has happened. */
  readonly participants: number;
}

/** Who an event is about. */
export interface StreamedParticipant {
  readonly id: string;
  readonly name: string;
  /** The id of the person, where it is known. */
  readonly user: string | null;
  readonly role: Role;
  readonly owner: boolean;
}

interface OfRoom extends StreamEvent {
  readonly room: StreamedRoom;
}

interface OfParticipant extends OfRoom {
  readonly participant: StreamedParticipant;
}

export type RoomStreamEvent =
  | OfRoom & { readonly type: "room-created" | "room-updated" }
  | OfRoom & { readonly type: "room-deleted"; readonly reason: "deleted" | "expired" }
  | OfParticipant & { readonly type: "participant-joined" }
  | OfParticipant & { readonly type: "participant-left"; readonly reason: Leaving }
  | OfParticipant & { readonly type: "participant-media"; readonly media: MediaState };

const TYPES: ReadonlySet<string> = new Set<RoomStreamEvent["type"]>([
  "room-created",
  "room-updated",
  "room-deleted",
  "participant-joined",
  "participant-left",
  "participant-media",
]);

export function isOfRooms(event: StreamEvent): event is RoomStreamEvent {
  return TYPES.has(event.type);
}

/** `event` for the stream, with an id of its own. */
export function streamed(event: RoomEvent): RoomStreamEvent {
  const { room, owner, at } = event;
  const base = {
    id: crypto.randomUUID(),
    at,
    audience: audienceFor(event.audience),
    room: {
      id: room.shownId,
      uid: room.uid,
      name: room.name ?? null,
      conference: room.conference ?? null,
      owner: owner?.id ?? null,
      tenant: room.tenant ?? null,
      version: room.version,
      expiresAt: room.expiresAt ?? null,
      participants: room.participants.length,
    },
  };
  switch (event.kind) {
    case "created":
      return { ...base, type: "room-created" };
    case "updated":
      return { ...base, type: "room-updated" };
    case "deleted":
      return { ...base, type: "room-deleted", reason: event.reason };
    case "joined":
      return { ...base, type: "participant-joined", participant: who(event) };
    case "left":
      return { ...base, type: "participant-left", participant: who(event), reason: event.reason };
    case "media":
      return { ...base, type: "participant-media", participant: who(event), media: event.media };
  }
}

function who({ room, participant, person }: {
  readonly room: Parameters<typeof isOwner>[0];
  readonly participant: Participant;
  readonly person: Person | undefined;
}): StreamedParticipant {
  const { id, name, role } = participant;
  return { id, name, role, user: person?.id ?? null, owner: isOwner(room, participant) };
}

function audienceFor(audience: Audience): StreamAudience {
  switch (audience.kind) {
    case "conference":
      return { conference: audience.conference, users: ["*"] };
    case "user":
      return { tenant: audience.user.tenant, users: [audience.user.id] };
    case "room":
      return { tenant: audience.tenant, users: [] };
  }
}
