import { getLogger } from "../log/log.ts";
import { audienceOf, type RoomEvent, type RoomListener } from "./events.ts";
import type { Profiles } from "./profiles.ts";
import type { MediaState } from "./media.ts";
import type { Participant, Profile, Room } from "./room.ts";
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
  const [owner, known] = await Promise.all([
    profiles.person(room.ownerPerson),
    profilesOf(profiles, room, concerned),
  ]);
  const happened = { room, owner, audience: audienceOf(room, owner), at };
  for (const fact of facts) {
    if (!("participant" in fact)) {
      tell(listener, { ...happened, ...fact });
      continue;
    }
    const { seat, id } = fact.participant;
    const { person } = known.persons.get(seat) ?? {};
    tell(
      listener,
      fact.kind === "joined"
        ? { ...happened, ...fact, person }
        : { ...happened, ...fact, person, media: known.media.get(id) },
    );
  }
}

export function tell(listener: RoomListener, event: RoomEvent): void {
  try {
    listener(event);
  } catch (error) {
    logger.error("A listener of rooms failed: {error}", { error });
  }
}

interface Known {
  /** By seat: who takes a seat again is the one who had it. */
  readonly persons: ReadonlyMap<string, Profile>;
  /** By participation. */
  readonly media: ReadonlyMap<string, MediaState | undefined>;
}

async function profilesOf(
  profiles: Profiles,
  room: Room,
  participants: readonly Participant[],
): Promise<Known> {
  const persons = new Map<string, Profile>();
  const media = new Map<string, MediaState | undefined>();
  try {
    const found = await profiles.read(room.id, participants);
    for (const [i, { seat, id }] of participants.entries()) {
      media.set(id, found[i]?.media);
      if (found[i]?.person) persons.set(seat, found[i]);
    }
  } catch (error) {
    logger.warn("Cannot read who was in a room: {error}", { error: String(error) });
  }
  return { persons, media };
}
