/**
 * The events of the domains as clients get them: their names, what they ask for, and their members.
 *
 * @module
 */

import type { ConferenceStreamEvent, EventOfType, Guest } from "../../queue/chronicle/events.ts";
import { timeOf } from "./time.ts";

/** One row: how an event of the stream is told. */
export interface Row<E> {
  /** In the README. */
  readonly what: string;
  readonly name: string;
  /** What a token must allow; `{c}` and `{u}` stand for the conference and the user. */
  readonly requiredAcl: string;
  /** Members of `data` beside `meeting_uuid`, with their types. */
  readonly data: Readonly<Record<string, string>>;
  /** @param meeting the UUID and the room of the conference. */
  tell(event: E, meeting: Meeting): Readonly<Record<string, unknown>>;
}

export interface Meeting {
  readonly uuid: string;
  /** The room part of its name. */
  readonly room: string;
}

type Table = {
  readonly [Type in ConferenceStreamEvent["type"]]: Row<EventOfType<Type>>;
};

const CONFERENCE = "events.conferences.{c}";

const GUEST = {
  uuid: "UUID of the wait",
  guest_uuid: "user id or null",
  guest_name: "string",
  creation_time: "time",
  status: '"pending" or "accepted"',
} as const;

/** By the type of the event. */
export const TABLE: Table = {
  "conference-turned": {
    what: "a conference is live, or is not any more",
    name: "meeting_user_progress",
    requiredAcl: `${CONFERENCE}.progress`,
    data: {
      uuid: "`meeting_uuid`",
      name: "the room",
      status: '"live" or "ended"',
      live_since: "time",
      visitors_waiting: "integer",
      reason: 'when ended: "endlive", "expired" or "room"',
    },
    tell: ({ status, liveSince, visitorsWaiting, reason }, { uuid, room }) => ({
      uuid,
      name: room,
      status,
      live_since: timeOf(liveSince),
      visitors_waiting: visitorsWaiting,
      ...(reason && { reason }),
    }),
  },
  "waiting-changed": {
    what: "the number of waiting visitors has changed",
    name: "meeting_user_visitors_waiting_updated",
    requiredAcl: `${CONFERENCE}.visitors_waiting.updated`,
    data: { visitors_waiting: "integer" },
    tell: ({ visitorsWaiting }) => ({ visitors_waiting: visitorsWaiting }),
  },
  "guest-arrived": {
    what: "a visitor has come",
    name: "meeting_user_guest_authorization_created",
    requiredAcl: `${CONFERENCE}.guest_authorizations.created`,
    data: GUEST,
    tell: ({ guest }) => guestOf(guest, "pending"),
  },
  "guest-told": {
    what: "a visitor was told that the conference is live",
    name: "meeting_user_guest_authorization_updated",
    requiredAcl: `${CONFERENCE}.guest_authorizations.updated`,
    data: GUEST,
    tell: ({ guest }) => guestOf(guest, "accepted"),
  },
  "guest-left": {
    what: "a visitor has left untold",
    name: "meeting_user_guest_authorization_deleted",
    requiredAcl: `${CONFERENCE}.guest_authorizations.deleted`,
    data: GUEST,
    tell: ({ guest }) => guestOf(guest, "pending"),
  },
  "guest-invited": {
    what: "to a visitor itself: it was told",
    name: "meeting_guest_authorization_updated",
    requiredAcl: "events.users.{u}.meeting_guest_authorizations.updated",
    data: { ...GUEST, random_delay_ms: "integer" },
    tell: ({ guest, randomDelayMs }) => ({
      ...guestOf(guest, "accepted"),
      random_delay_ms: randomDelayMs,
    }),
  },
};

function guestOf({ id, user, name, since }: Guest, status: "pending" | "accepted") {
  return {
    uuid: id,
    guest_uuid: user,
    guest_name: name,
    creation_time: timeOf(since),
    status,
  };
}
