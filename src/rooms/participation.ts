/**
 * How participations begin, go on and end: what each makes of a room in which nothing is over.
 *
 * @module
 */

import { seatFor } from "./capacity.ts";
import type { Decision } from "./changes.ts";
import type { Leaving } from "./events.ts";
import { refuse, type Refused } from "./refusal.ts";
import type { Joining } from "./requests.ts";
import { bySeat, isOwner, type Lease, type Participant, type Room } from "./room.ts";
import { extended, type Fact, without } from "./settle.ts";

/** A room, and who it is about. */
export interface Inside {
  readonly room: Room;
  readonly participant: Participant;
}

export function join(
  room: Room,
  joining: Joining,
  now: number,
  extendMs: number,
): Decision<Inside> | Refused {
  const owner = isOwner(room, joining);
  const { access } = room;
  if (access.kind === "list" && !owner && !access.users.includes(joining.user)) {
    return refuse("not_listed");
  }
  const before = room.participants.filter(({ seat }) => {
    return seat === joining.seat || seat === joining.instead;
  });
  // Who is in keeps the seat, also where the room has become smaller since.
  const refused = before.length === 0 ? seatFor(room, joining) : undefined;
  if (refused) return refused;
  const { id, seat, user, name, lease, handles, proof } = joining;
  const role = joining.role ?? (owner ? "moderator" : "publisher");
  const participant = { id, seat, user, name, role, lease, joinedAt: now, handles, proof };
  const others = without(room, before).participants;
  const joined = moved({ ...room, participants: [...others, participant] }, now, extendMs);
  const facts: Fact[] = [
    ...before.map((each): Fact => ({ kind: "left", participant: each, reason: "rejoined" })),
    { kind: "joined", participant },
  ];
  return { room: joined, facts, value: { room: joined, participant } };
}

export function renew(room: Room, seat: string, lease: Lease): Decision<Inside> | Refused {
  const known = bySeat(room, seat);
  if (!known) return refuse("not_inside");
  const participant = { ...known, lease };
  const participants = room.participants.map((each) => each === known ? participant : each);
  const renewed = { ...room, participants };
  return { room: renewed, facts: [], value: { room: renewed, participant } };
}

export function leave(
  room: Room,
  { seat, reason }: { readonly seat: string; readonly reason: Leaving },
  now: number,
  extendMs: number,
): Decision<Inside> | Refused {
  const participant = bySeat(room, seat);
  if (!participant) return refuse("not_inside");
  const left = moved(without(room, [participant]), now, extendMs);
  return {
    room: left,
    facts: [{ kind: "left", participant, reason }],
    value: { room: left, participant },
  };
}

/** Whoever comes or goes changes the room, and puts off its end. */
function moved(room: Room, now: number, extendMs: number): Room {
  return { ...extended(room, now, extendMs), changedAt: now };
}
