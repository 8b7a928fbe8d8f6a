/**
 * Rooms as their readers see them. Moments are whole seconds since the epoch.
 *
 * @module
 */

import { seatsOf } from "../../rooms/capacity.ts";
import { isOwner, type Profile, type Room } from "../../rooms/room.ts";

/** What anybody sees who knows the room. */
export interface PublicView {
  readonly roomToken: string;
  readonly roomName?: string;
  readonly context: unknown;
  readonly roomOwner: string;
  readonly roomUrl: string;
}

export function publicView(room: Room, details: string | undefined, webAppUrl: string): PublicView {
  return {
    roomToken: room.id,
    ...(room.name !== undefined && { roomName: room.name }),
    context: details === undefined ? null : JSON.parse(details),
    roomOwner: room.attributes["roomOwner"] ?? "",
    roomUrl: roomUrl(room.id, webAppUrl),
  };
}

/** What the owner and those who are in see besides. */
export function insideView(room: Room, profiles: readonly Profile[]): Record<string, unknown> {
  return {
    maxSize: room.capacity,
    clientMaxSize: seatsOf(room),
    creationTime: seconds(room.createdAt),
    expiresAt: seconds(room.expiresAt ?? 0),
    ctime: seconds(room.changedAt),
    participants: room.participants.map((participant, i) => {
      const account = profiles[i]?.person?.account;
      return {
        roomConnectionId: participant.id,
        displayName: participant.name,
        ...(account !== undefined && { account }),
        owner: isOwner(room, participant),
      };
    }),
    ...(room.conference !== undefined && { conference: room.conference }),
  };
}

/** Who is in and what their media do. */
export function stateView(room: Room, profiles: readonly Profile[]): Record<string, unknown> {
  return {
    roomToken: room.id,
    sessionId: room.uid,
    conference: room.conference ?? null,
    ctime: seconds(room.changedAt),
    participants: room.participants.map((participant, i) => ({
      roomConnectionId: participant.id,
      displayName: participant.name,
      role: participant.role,
      owner: isOwner(room, participant),
      joinedAt: seconds(participant.joinedAt),
      expiresAt: participant.lease.kind === "time" ? seconds(participant.lease.until) : null,
      media: mediaView(profiles[i]),
    })),
  };
}

function mediaView(profile: Profile | undefined): Record<string, unknown> | null {
  const media = profile?.media;
  if (!media) return null;
  const { streamed: _, at, ...shown } = media;
  return { ...shown, at: seconds(at) };
}

export function roomUrl(token: string, webAppUrl: string): string {
  return webAppUrl.replaceAll("{token}", token);
}

export function seconds(ms: number): number {
  return Math.floor(ms / 1_000);
}
