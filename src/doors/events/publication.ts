import type { AccessPolicy } from "../../access/policy.ts";
import {
  canonicalRoom,
  type ConferenceName,
  type ConferenceNames,
} from "../../access/conference_name.ts";
import type { SystemPrincipal } from "../../auth/principal.ts";
import { parseJson } from "../../http/body.ts";
import { Problem } from "../../http/problem.ts";
import type { Clock } from "../../time/clock.ts";
import { EVERYBODY } from "./broadcast.ts";
import { memberText } from "./json_member.ts";
import { unescaped } from "./names.ts";
import type { PostedEvent } from "./posted.ts";

/** The most octets of an event, and characters of what routes it. */
const MAX_EVENT_OCTETS = 64 * 1_024;
const MAX_CHARS = 1_024;
/** Users that one event may name. */
const MAX_USERS = 1_000;

const USER = "user_uuid:";
const CONFERENCES = "events.conferences.";

export interface PublicationOptions {
  readonly access: AccessPolicy;
  readonly names: ConferenceNames;
  readonly clock: Clock;
}

type Members = Readonly<Record<string, unknown>>;

/**
 * The event of a `POST /events`.
 *
 * @throws {Problem} 400, 403, 413. @throws {ConferenceNameError}
 */
export function readPublication(
  octets: Uint8Array,
  caller: SystemPrincipal,
  options: PublicationOptions,
): PostedEvent {
  const body = parseJson(octets);
  const event = isObject(body) ? body["event"] : undefined;
  const headers = isObject(body) ? body["headers"] ?? {} : undefined;
  if (!isObject(event) || !isObject(headers)) {
    throw wrong("event_missing", 'Send {"event": {...}, "headers": {...}}, with objects in both.');
  }
  const text = memberText(new TextDecoder().decode(octets), "event")!;
  if (new TextEncoder().encode(text).length > MAX_EVENT_OCTETS) {
    throw new Problem(413, "event_too_large", `An event has at most ${MAX_EVENT_OCTETS} octets.`);
  }
  const routing = new Routing(headers, event);
  const requiredAcl = routing.requiredAcl();
  const conference = conferenceOf(routing, requiredAcl, options.names);
  const tenant = routing.text("tenant_uuid") ?? caller.tenant;
  allow(caller, { conference, tenant }, options.access);
  const origin = routing.text("origin_uuid");
  const users = routing.users();
  return {
    type: "posted",
    id: crypto.randomUUID(),
    at: options.clock.wall(),
    name: routing.name(),
    text,
    ...(requiredAcl !== undefined && { requiredAcl }),
    ...(origin !== undefined && { origin }),
    audience: {
      ...(conference && { conference: conference.key }),
      ...(tenant !== undefined && { tenant }),
      users: users.length === 0 && conference ? [EVERYBODY] : users,
    },
  };
}

/** What routes an event: the headers, and what they do not say the event itself. */
class Routing {
  constructor(readonly headers: Members, readonly event: Members) {}

  name(): string {
    const name = this.text("name");
    if (name === undefined) throw wrong("name_missing", 'The event has no "name".');
    return name;
  }

  requiredAcl(): string | null | undefined {
    return this.#member("required_acl") === null ? null : this.text("required_acl", true);
  }

  /** Undefined where it is absent, or null unless that says something of its own. */
  text(name: string, nullCounts = false): string | undefined {
    const value = this.#member(name);
    if (value === undefined || (value === null && !nullCounts && name !== "name")) return undefined;
    if (typeof value !== "string") throw wrong("header_invalid", `"${name}" is not a string.`);
    if (value.length > MAX_CHARS) {
      throw wrong("header_too_long", `"${name}" has more than ${MAX_CHARS} characters.`);
    }
    return value;
  }

  /** The ids of the users that it is for. */
  users(): string[] {
    const named = new Set<string>();
    for (const members of [this.headers, this.event]) {
      for (const [name, value] of Object.entries(members)) {
        if (!name.startsWith(USER)) continue;
        // What the headers say counts.
        if (members === this.event && Object.hasOwn(this.headers, name)) continue;
        if (typeof value !== "boolean") throw wrong("header_invalid", `"${USER}..." is not true.`);
        if (value) named.add(name.slice(USER.length));
      }
    }
    if (named.size > MAX_USERS) {
      throw wrong("too_many_users", `An event is for at most ${MAX_USERS} users; or "${USER}*".`);
    }
    for (const id of named) {
      if (id.length > MAX_CHARS) throw wrong("header_too_long", "The id of a user is too long.");
    }
    return [...named];
  }

  #member(name: string): unknown {
    if (Object.hasOwn(this.headers, name)) return this.headers[name];
    return Object.hasOwn(this.event, name) ? this.event[name] : undefined;
  }
}

/** The conference that it says, and that what it asks for says. @throws {ConferenceNameError} */
function conferenceOf(
  routing: Routing,
  requiredAcl: string | null | undefined,
  names: ConferenceNames,
): ConferenceName | undefined {
  const written = routing.text("conference");
  const named = written === undefined ? undefined : names.parse(written);
  if (!requiredAcl?.startsWith(CONFERENCES)) return named;
  const [segment = ""] = requiredAcl.slice(CONFERENCES.length).split(".", 1);
  const asked = names.parse(unescaped(segment));
  if (named && named.key !== asked.key) {
    throw wrong("conference_differs", '"required_acl" names another conference than "conference".');
  }
  return asked;
}

function allow(
  caller: SystemPrincipal,
  { conference, tenant }: {
    readonly conference: ConferenceName | undefined;
    readonly tenant: string | undefined;
  },
  access: AccessPolicy,
): void {
  const limited = (claim: string | undefined) => claim !== undefined && claim !== "*";
  if (conference) {
    const refusal = access.mayCommand(caller, conference);
    if (refusal) throw new Problem(403, refusal.code, refusal.detail);
  } else if (limited(caller.room)) {
    throw new Problem(403, "limited", "The token is limited to a room, and the event is not.");
  }
  if (!limited(caller.tenant)) return;
  if (tenant === undefined || canonicalRoom(tenant) === canonicalRoom(caller.tenant!)) return;
  throw new Problem(403, "tenant", "The token is limited to another tenant than the event's.");
}

function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function wrong(code: string, detail: string): Problem {
  return new Problem(400, code, `${detail} GET /openapi.json says what to send.`);
}
