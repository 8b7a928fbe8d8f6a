import type { ConferenceName, ConferenceNames } from "../../access/conference_name.ts";
import { getLogger } from "../../log/log.ts";
import { isOfQueue } from "../../queue/chronicle/chronicle.ts";
import type { ConferenceStreamEvent } from "../../queue/chronicle/events.ts";
import { isOfRooms, type RoomStreamEvent } from "../../rooms/stream_events.ts";
import type { StreamEvent } from "../../stream/event.ts";
import type { Message } from "./broadcast.ts";
import { meetingUuid } from "./meeting_uuid.ts";
import { escaped } from "./names.ts";
import { isPosted, type PostedEvent } from "./posted.ts";
import { ROOM_EVENTS, roomAcl, roomData, roomUuid } from "./room_table.ts";
import { type Row, TABLE } from "./table.ts";
import { timeOf } from "./time.ts";

const logger = getLogger("events");

/** Makes of the events of the stream what clients get. */
export class Messages {
  /** @param origin the id of this service, in its events. */
  constructor(readonly names: ConferenceNames, readonly origin: () => string) {}

  /** Undefined: nobody gets it. */
  of(event: StreamEvent): Message | undefined {
    if (isPosted(event)) return this.#posted(event);
    if (isOfQueue(event)) return this.#conference(event);
    if (isOfRooms(event)) return this.#room(event);
    logger.debug("Nothing is said of events of the type {type}", { type: event.type });
    return undefined;
  }

  #posted(event: PostedEvent): Message | undefined {
    const { audience, name, text, requiredAcl, origin } = event;
    if (requiredAcl === undefined) return undefined;
    if (requiredAcl !== null && typeof requiredAcl !== "string") {
      logger.warn("An event asks for what is no text: nobody gets it", { id: event.id });
      return undefined;
    }
    if (origin !== undefined && origin !== this.origin()) return undefined;
    const { conference } = audience;
    return {
      name,
      text,
      requiredAcl,
      audience,
      ...(conference !== undefined && { conference: this.names.parse(conference) }),
    };
  }

  #room(event: RoomStreamEvent): Message {
    const { room, audience } = event;
    const { name } = ROOM_EVENTS[event.type];
    const conference = room.conference === null ? undefined : this.names.parse(room.conference);
    const requiredAcl = roomAcl(event);
    const text = JSON.stringify({
      name,
      id: event.id,
      origin_uuid: this.origin(),
      tenant_uuid: (conference ? conference.tenant : room.tenant) ?? null,
      conference: room.conference,
      required_acl: requiredAcl,
      timestamp: timeOf(event.at),
      data: { meeting_uuid: roomUuid(room), ...roomData(event) },
    });
    return { name, text, requiredAcl, audience, ...(conference && { conference }) };
  }

  #conference(event: ConferenceStreamEvent): Message {
    const conference = this.names.parse(event.conference);
    // The row is that of the event's own type.
    const row = TABLE[event.type] as Row<ConferenceStreamEvent>;
    const [user = ""] = event.audience.users;
    const requiredAcl = row.requiredAcl.replace("{c}", () => escaped(conference.key))
      .replace("{u}", () => escaped(user));
    const text = JSON.stringify({
      name: row.name,
      id: event.id,
      origin_uuid: this.origin(),
      tenant_uuid: conference.tenant ?? null,
      conference: conference.key,
      required_acl: requiredAcl,
      timestamp: timeOf(event.at),
      data: { meeting_uuid: meetingUuid(conference.key), ...tell(row, event, conference) },
    });
    return { name: row.name, text, requiredAcl, audience: event.audience, conference };
  }
}

function tell(
  row: Row<ConferenceStreamEvent>,
  event: ConferenceStreamEvent,
  { key, room }: ConferenceName,
): Readonly<Record<string, unknown>> {
  return row.tell(event, { uuid: meetingUuid(key), room });
}
