/**
 * The fields of a body, each as its endpoint wants it.
 *
 * @module
 */

import type { MediaReport } from "../../rooms/media.ts";
import { badField, missing, RoomsError, tooLarge } from "./errors.ts";

type Body = Readonly<Record<string, unknown>>;

const MAX_CONTEXT_OCTETS = 32 * 1024;
const MAX_DISPLAY_NAME = 100;
const MAX_CHANNEL = 100;
const MAX_COUNTER = 1_000;
const MAX_WORD = 100;
const MAX_DOMAINS = 100;
const MAX_TOKENS = 100;
const MAX_COUNT = 1_000_000;

const NAME_AND_CONTEXT =
  "roomName has been deprecated, please store it encrypted inside the context.";
const BAD_CONTEXT =
  "context should be an object containing `value`, `alg` and `wrappedKey` properties.";
const BAD_DOMAINS =
  "Domains must be a list of objects with both a ``domain`` and ``count`` property.";

/** The encrypted description of a room, opaque here. */
export interface Context {
  readonly value: string;
  readonly alg: string;
  readonly wrappedKey: string;
}

export interface RoomBounds {
  readonly maxName: number;
  readonly maxOwner: number;
  readonly maxSize: number;
  readonly maxHours: number;
}

export interface RoomFields {
  readonly roomName?: string;
  readonly roomOwner?: string;
  readonly maxSize?: number;
  readonly expiresIn?: number;
  readonly context?: Context;
  readonly channel?: string;
}

/** @throws {RoomsError} `Missing: a, b` of those that the body lacks; one of several has commas. */
export function requireFields(body: Body, names: readonly string[]): void {
  const lacking = names.filter((name) => name.split(",").every((one) => body[one] === undefined));
  if (lacking.length > 0) throw missing(`Missing: ${lacking.join(", ")}`);
}

/** @throws {RoomsError} the client takes no JSON. */
export function requireJsonAccepted(accept: string | undefined): void {
  const accepts = !accept?.trim() || accept.split(",").some((range) => {
    const [type = "", ...parameters] = range.toLowerCase().split(";").map((part) => part.trim());
    const refused = parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
    return !refused && ["application/json", "application/*", "*/*"].includes(type);
  });
  if (accepts) return;
  throw new RoomsError(406, 106, "Request body should be defined as application/json");
}

/** The fields of a room that the body has. @throws {RoomsError} */
export function roomFields(body: Body, bounds: RoomBounds): RoomFields {
  const { roomName, context, roomOwner, maxSize, expiresIn, channel } = body;
  if (context !== undefined && roomName !== undefined) throw badField(NAME_AND_CONTEXT);
  return {
    ...(context !== undefined && { context: contextOf(context) }),
    ...(roomName !== undefined && { roomName: textOf("roomName", roomName, bounds.maxName) }),
    ...(roomOwner !== undefined && { roomOwner: textOf("roomOwner", roomOwner, bounds.maxOwner) }),
    ...(expiresIn !== undefined && {
      expiresIn: numberOf("expiresIn", expiresIn, bounds.maxHours),
    }),
    ...(maxSize !== undefined && { maxSize: numberOf("maxSize", maxSize, bounds.maxSize) }),
    ...(channel !== undefined && { channel: textOf("channel", channel, MAX_CHANNEL) }),
  };
}

/** @throws {RoomsError} */
export function joinFields(body: Body): { displayName: string; clientMaxSize: number } {
  requireFields(body, ["displayName", "clientMaxSize"]);
  const displayName = textOf("displayName", body["displayName"], MAX_DISPLAY_NAME);
  const clientMaxSize = wholeNumber(body["clientMaxSize"]);
  if (clientMaxSize === undefined) throw badField("clientMaxSize should be a number.");
  return { displayName, clientMaxSize: Math.min(clientMaxSize, MAX_COUNTER) };
}

/** @throws {RoomsError} */
export function statusFields(body: Body): MediaReport {
  // The seed's own example counts sessions, its text connections.
  const counted = body["connections"] === undefined
    ? { ...body, connections: body["sessions"] }
    : body;
  const fields: Body = counted;
  for (const name of ["event", "state", "connections", "sendStreams", "recvStreams"]) {
    if (fields[name] === undefined) throw badField(`'${name}' field is missing in body.`);
  }
  return {
    event: word("event", fields["event"]),
    state: word("state", fields["state"]),
    connections: counter("connections", fields["connections"]),
    sendStreams: counter("sendStreams", fields["sendStreams"]),
    recvStreams: counter("recvStreams", fields["recvStreams"]),
  };
}

/** The sum of what is counted; the domains themselves are not looked at. @throws {RoomsError} */
export function domainCount(body: Body): number {
  requireFields(body, ["domains"]);
  const { domains } = body as { domains: unknown };
  if (!Array.isArray(domains) || domains.length > MAX_DOMAINS) throw badField(BAD_DOMAINS);
  return domains.reduce<number>((sum, entry: unknown) => {
    const { domain, count } = (entry ?? {}) as Record<string, unknown>;
    const number = wholeNumber(count, 0);
    const fits = typeof domain === "string" && domain !== "" && number !== undefined;
    if (!fits || number > MAX_COUNT) throw badField(BAD_DOMAINS);
    return sum + number;
  }, 0);
}

/** @throws {RoomsError} */
export function tokensToDelete(body: Body): string[] {
  requireFields(body, ["deleteRoomTokens"]);
  const { deleteRoomTokens: tokens } = body as { deleteRoomTokens: unknown };
  const fits = Array.isArray(tokens) && tokens.length > 0 && tokens.length <= MAX_TOKENS &&
    tokens.every((token) => typeof token === "string" && token.length <= 100);
  if (!fits) {
    const many = Array.isArray(tokens) && tokens.length > MAX_TOKENS;
    throw badField(
      many
        ? `deleteRoomTokens should have at most ${MAX_TOKENS} entries.`
        : "deleteRoomTokens should not be empty.",
    );
  }
  return [...new Set(tokens as string[])];
}

function contextOf(value: unknown): Context {
  const { value: text, alg, wrappedKey } = (value ?? {}) as Record<string, unknown>;
  const fits = [text, alg, wrappedKey].every((part) => typeof part === "string" && part !== "");
  if (!fits || Array.isArray(value)) throw badField(BAD_CONTEXT);
  const context = { value: text, alg, wrappedKey } as Context;
  const octets = new TextEncoder().encode(JSON.stringify(context)).length;
  if (octets > MAX_CONTEXT_OCTETS) throw tooLarge();
  return context;
}

function textOf(name: string, value: unknown, most: number): string {
  if (typeof value === "string" && value.length <= most && value.isWellFormed()) return value;
  throw badField(`${name} should be shorter than ${most} characters`);
}

function numberOf(name: string, value: unknown, most: number): number {
  const number = wholeNumber(value);
  if (number === undefined) throw badField(`${name} should be a valid number`);
  if (number > most) throw badField(`${name} cannot be greater than ${most}`);
  return number;
}

/** A whole number, as such or in digits; of a fraction its whole part. */
function wholeNumber(value: unknown, least = 1): number | undefined {
  const digits = typeof value === "string" && /^\d{1,15}$/.test(value);
  const number = digits ? Number(value) : value;
  if (typeof number !== "number" || !Number.isFinite(number)) return undefined;
  const whole = Math.trunc(number);
  return whole >= least && Number.isSafeInteger(whole) ? whole : undefined;
}

function counter(name: string, value: unknown): number {
  const readable = typeof value === "number" || typeof value === "string";
  const number = readable ? parseInt(String(value), 10) : NaN;
  if (number >= 0 && number <= MAX_COUNTER) return number;
  throw badField(`Invalid ${name} number.`);
}

function word(name: string, value: unknown): string {
  const fits = typeof value === "string" && value.length >= 1 && value.length <= MAX_WORD &&
    !/\p{Cc}/u.test(value) && value.isWellFormed();
  if (!fits) throw badField(`Invalid ${name}.`);
  return value;
}
