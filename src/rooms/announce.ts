import { getLogger } from "../log/log.ts";
import { audienceOf, type RoomEvent, type RoomListener } from "./events.ts";
import type { Profiles } from "./profiles.ts";
import type { Participant, Person, Room } from "./room.ts";
import type { Fact } from "./settle.ts";

const logger = getLogger("rooms");

export interface AnnounceOptions {
  readonly profiles: Profiles;
  readonly listener: RoomListener;
}

/**
 * Tells what has happened, with the persons behind it. By now it is stored, so nothing here fails:
 * whom the store does not name just now, the event does not name.
 */
export async function announce(
  { profiles, listener }: AnnounceOptions,
  room: Room,
  facts: readonly Fact[],
  at: number,
): Promise<void> {
  const concerned = facts.flatMap((fact) => "participant" in fact ? [fact.participant] : []);
  const [owner, persons] = await Promise.all([
    profiles.person(room.ownerPerson),
    personsOf(profiles, room, concerned),
  ]);
  const happened = { room, owner, audience: audienceOf(room, owner), at };
  for (const fact of facts) {
    tell(listener, {
      ...happened,
      ...fact,
      ...("participant" in fact && { person: persons.get(fact.participant.seat) }),
    } as RoomEvent);
  }
}

export function tell(listener: RoomListener, event: RoomEvent): void {
  try {
    listener(event);
  } catch (error) {
    logger.error("A listener of rooms failed: {error}", { error });
  }
}

/** By seat: who takes a seat again is the one who had it. */
async function personsOf(
  profiles: Profiles,
  room: Room,
  participants: readonly Participant[],
): Promise<ReadonlyMap<string, Person | undefined>> {
  try {
    const found = await profiles.read(room.id, participants);
    const persons = new Map<string, Person | undefined>();
    for (const [i, { seat }] of participants.entries()) {
      persons.set(seat, found[i]?.person ?? persons.get(seat));
    }
    return persons;
  } catch (error) {
    logger.warn("Cannot read who was in a room: {error}", { error: String(error) });
    return new Map();
  }
}
