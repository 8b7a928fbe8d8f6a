/**
 * The events of rooms as clients get them.
 *
 * @module
 */

import type { RoomStreamEvent, StreamedParticipant } from "../../rooms/stream_events.ts";
import { uuidOfUrl } from "./meeting_uuid.ts";
import { escaped } from "./names.ts";
import { timeOf } from "./time.ts";

/** The name of each, and what it asks for below the room's own branch. */
export const ROOM_EVENTS: Readonly<
  Record<RoomStreamEvent["type"], { readonly name: string; readonly acl: string }>
> = {
  "room-created": { name: "meeting_created", acl: "created" },
  "room-updated": { name: "meeting_updated", acl: "updated" },
  "room-deleted": { name: "meeting_deleted", acl: "deleted" },
  "participant-joined": { name: "meeting_user_participant_joined", acl: "participants.joined" },
  "participant-left": { name: "meeting_user_participant_left", acl: "participants.left" },
  "participant-media": {
    name: "meeting_user_participant_media_updated",
    acl: "participants.media",
  },
};

/** The conference's branch where the room is bound to one, else its owner's, else the room's own. */
export function roomAcl({ type, room }: RoomStreamEvent): string {
  const { conference, owner, id } = room;
  const branch = conference !== null
    ? `events.conferences.${escaped(conference)}`
    : owner !== null
    ? `events.users.${escaped(owner)}.meetings`
    : `events.rooms.${escaped(id)}`;
  return `${branch}.${ROOM_EVENTS[type].acl}`;
}

export function roomUuid({ conference, id }: RoomStreamEvent["room"]): string {
  return uuidOfUrl(conference === null ? `room:${id}` : `xmpp:${conference}`);
}

/** Members of `data` beside `meeting_uuid`. */
export function roomData(event: RoomStreamEvent): Readonly<Record<string, unknown>> {
  const { room } = event;
  switch (event.type) {
    case "room-created":
    case "room-updated":
      return meeting(event);
    case "room-deleted":
      return { ...meeting(event), reason: event.reason };
    case "participant-joined":
      return participant(event);
    case "participant-left":
      return { ...participant(event), reason: event.reason };
    case "participant-media":
      return {
        id: event.participant.id,
        room: room.id,
        event: event.media.event,
        state: event.media.state,
        computed_state: event.media.computedState,
        state_agrees: event.media.stateAgrees,
        counters_follow: event.media.countersFollow,
        connections: event.media.connections,
        send_streams: event.media.sendStreams,
        recv_streams: event.media.recvStreams,
        at: timeOf(event.media.at),
      };
  }
}

function meeting({ room }: RoomStreamEvent): Readonly<Record<string, unknown>> {
  return {
    uuid: roomUuid(room),
    name: room.name ?? "",
    room: room.id,
    owner: room.owner,
    version: room.version,
    expires_at: room.expiresAt === null ? null : timeOf(room.expiresAt),
  };
}

function participant(
  { room, participant }: Pick<RoomStreamEvent, "room"> & {
    readonly participant: StreamedParticipant;
  },
): Readonly<Record<string, unknown>> {
  return {
    id: participant.id,
    caller_id_name: participant.name,
    caller_id_number: "",
    call_id: room.uid,
    user_uuid: participant.user,
    room: room.id,
    role: participant.role,
    owner: participant.owner,
    participants: room.participants,
  };
}
