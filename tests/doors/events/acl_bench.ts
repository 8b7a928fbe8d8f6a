/**
 * What it costs to hold a list of 20 patterns against what an event asks for: at most 2 µs.
 *
 * @module
 */

import { Acl } from "../../../src/doors/events/acl.ts";

const USER = { user: "8b1f3c9e", session: "s1" };
const CONFERENCE = "events.conferences.standup@conference__DOT__acme__DOT__meet__DOT__example";

/** A list as Wazo gives a user: most of it has nothing to do with conferences. */
const ROWS = [
  "websocketd",
  ...["calls", "chats", "users", "lines", "voicemails", "presences", "contacts", "switchboards"]
    .flatMap((name) => [`${name}.me.#`, `events.${name}.me.*`]),
  "events.users.me.#",
  "!events.users.*.secrets",
];
const ALLOWED = Acl.of([...ROWS, "events.conferences.*.#"]);
const REFUSED = Acl.of([...ROWS, "events.conferences.*.guests.#"]);
const ALL_ALIKE = Acl.of(
  Array.from({ length: 20 }, (_, i) => `events.*.me.part${i}.#`),
);

Deno.bench("20 patterns, allowed by the last", { group: "acl" }, () => {
  ALLOWED.allows(`${CONFERENCE}.progress`, USER);
});
Deno.bench("20 patterns, refused", { group: "acl" }, () => {
  REFUSED.allows(`${CONFERENCE}.progress`, USER);
});
Deno.bench("20 patterns with wildcards that begin alike, refused", { group: "acl" }, () => {
  ALL_ALIKE.allows(`${CONFERENCE}.progress`, USER);
});
Deno.bench("20 patterns for a user, all looked at", { group: "acl" }, () => {
  ALL_ALIKE.allows("events.users.8b1f3c9e.meeting_guest_authorizations.updated", USER);
});
