import { isOwner, type Participant, type Room } from "./room.ts";
import { refuse, type Refused } from "./refusal.ts";

/** Who wants to come in. */
export interface Newcomer {
  readonly user: string;
  /** With how many, itself included, it can cope; absent: any number. */
  readonly handles?: number | undefined;
}

/**
 * Whether there is a place for the newcomer. A user counts for each of its participations, except
 * against itself; a place is kept for an owner who is absent; everybody can cope with so many, and
 * the room has to suit each of them.
 *
 * @param room without those whose lease is over.
 */
export function seatFor(room: Room, newcomer: Newcomer): Refused | undefined {
  const others = room.participants.filter(({ user }) => user !== newcomer.user);
  const owner = isOwner(room, newcomer) || others.some((other) => isOwner(room, other));
  const free = seatsOf(room, others) - others.length - (owner ? 0 : 1);
  if (free <= 0) return refuse("full");
  const { handles = Infinity } = newcomer;
  return handles <= others.length ? refuse("too_many_to_handle") : undefined;
}

/** How many may be in `room` at once, as those in it can cope with. */
export function seatsOf(
  { capacity, participants }: Room,
  among: readonly Participant[] = participants,
): number {
  return among.reduce((least, { handles = Infinity }) => Math.min(least, handles), capacity);
}
