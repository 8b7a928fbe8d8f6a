import { Buffer } from "node:buffer";
import { isRefused } from "../../../rooms/refusal.ts";
import type { Joining } from "../../../rooms/requests.ts";
import type { Participant } from "../../../rooms/room.ts";
import { badBasic } from "../credentials.ts";
import { badField, missing, refusalError, RoomsError, tooMany, unauthorized } from "../errors.ts";
import { domainCount, joinFields, requireJsonAccepted, statusFields } from "../fields.ts";
import type { Rates } from "../rates.ts";
import type { Reply } from "../reply.ts";
import { guestSeat, type Visit } from "../visit.ts";
import { actOperation } from "./operations.ts";
import type { Endpoint } from "./route.ts";

const ACTIONS = ["join", "refresh", "status", "leave", "logDomain"] as const;
type Action = typeof ACTIONS[number];

const WHICH = `action should be one of ${ACTIONS.join(", ")}`;
const PARTICIPANT = "Token,Hawk";
const TOKEN_OCTETS = 32;

/** `POST /rooms/{token}`: what somebody does in a room. */
export const act: Endpoint = {
  method: "POST",
  path: "/rooms/{token}",
  action: "act",
  operation: actOperation,
  entrance: { schemes: ["none", "hawk", "basic"], missing: PARTICIPANT, roomFirst: true },
  handle(visit): Promise<Reply> {
    const { body } = visit;
    const action = body["action"];
    if (action === undefined) throw missing(WHICH);
    const known = ACTIONS.find((each) => each === action);
    if (!known) throw badField(WHICH);
    visit.action = known;
    return known === "join" ? join(visit, body) : actInside(visit, body, known);
  },
};

type Body = Visit["body"];

async function join(visit: Visit, body: Body): Promise<Reply> {
  const { services, there } = visit;
  requireJsonAccepted(visit.call.header("accept"));
  const { displayName, clientMaxSize } = joinFields(body);
  take(services.rates.join, there.room.id);
  const sessionToken = Buffer.from(crypto.getRandomValues(new Uint8Array(TOKEN_OCTETS)))
    .toString("base64url");
  const inside = await services.rooms.join(there, {
    ...identity(visit, services.vault.fingerprint("participation", sessionToken)),
    id: crypto.randomUUID(),
    name: displayName,
    handles: clientMaxSize,
    lease: lease(visit),
  });
  if (isRefused(inside)) throw refusalError(inside.refused);
  await services.tie.follow(inside.room);
  return {
    status: 200,
    body: {
      apiKey: services.apiKey(),
      sessionId: inside.room.uid,
      sessionToken,
      expires: services.values.ROOMS_PARTICIPANT_TTL_SEC,
    },
  };
}

/** One participation for each session, one for each guest: who has one gives it up. */
function identity(
  { session, participant }: Visit,
  proof: string,
): Pick<Joining, "seat" | "user" | "proof" | "person" | "instead"> {
  if (session) return { seat: session.id, user: session.user, person: session.person, proof };
  const seat = guestSeat(proof);
  if (!participant) return { seat, user: seat, proof };
  const { seat: before, user } = participant;
  // The participation of a session stays that, also where its token is used.
  if (before.startsWith("h")) return { seat: before, user, proof };
  return { seat, user: seat, proof, instead: before };
}

/** What only those may do who are in. */
function actInside(visit: Visit, body: Body, action: Exclude<Action, "join">): Promise<Reply> {
  const participant = whoActs(visit, body);
  const { services } = visit;
  take(services.rates.participation, participant?.seat ?? visit.session!.id);
  switch (action) {
    case "refresh":
      return refresh(visit, participant);
    case "status":
      return status(visit, body, participant);
    case "leave":
      return leave(visit, participant);
    case "logDomain":
      return logDomain(visit, body, participant);
  }
}

/** Undefined: who signed is not in. @throws {RoomsError} nobody proved who it is. */
function whoActs(visit: Visit, body: Body): Participant | undefined {
  const { credentials, participant } = visit;
  if (credentials.scheme !== "none") return participant;
  const token = body["sessionToken"];
  if (token === undefined) throw unauthorized(PARTICIPANT);
  const known = typeof token === "string" ? visit.byToken(token) : undefined;
  if (!known) throw badBasic();
  return known;
}

async function refresh(visit: Visit, participant: Participant | undefined): Promise<Reply> {
  const { services, there } = visit;
  if (!participant) throw refusalError("not_inside");
  const inside = await services.rooms.renew(there, participant.seat, lease(visit));
  if (isRefused(inside)) throw refusalError(inside.refused);
  await services.tie.prolong(inside.room);
  return { status: 200, body: { expires: services.values.ROOMS_PARTICIPANT_TTL_SEC } };
}

async function status(
  visit: Visit,
  body: Body,
  participant: Participant | undefined,
): Promise<Reply> {
  const { services, there } = visit;
  requireJsonAccepted(visit.call.header("accept"));
  const report = statusFields(body);
  if (!participant) throw notJoined("Can't update status for a room you aren't in.");
  const { seat } = participant;
  const read = visit.reported?.seat === seat ? visit.reported : undefined;
  const media = await services.rooms.report(there, seat, report, read);
  if (isRefused(media)) throw notJoined("Can't update status for a room you aren't in.");
  return { status: 204 };
}

async function leave(visit: Visit, participant: Participant | undefined): Promise<Reply> {
  const { services, there } = visit;
  const text = "Unable to leave a room you have not joined.";
  if (!participant) throw notJoined(text);
  const inside = await services.rooms.leave(there, participant.seat);
  if (isRefused(inside)) {
    throw inside.refused === "not_inside" ? notJoined(text) : refusalError(inside.refused);
  }
  await services.tie.follow(inside.room);
  return { status: 204 };
}

/** Where people go from a room is nobody's business; that they do is counted. */
function logDomain(
  visit: Visit,
  body: Body,
  participant: Participant | undefined,
): Promise<Reply> {
  requireJsonAccepted(visit.call.header("accept"));
  const count = domainCount(body);
  if (!participant) throw notJoined("Can't update status for a room you aren't in.");
  visit.services.metrics.loggedDomains(count);
  return Promise.resolve({ status: 204 });
}

function lease({ services, now }: Visit): Joining["lease"] {
  return { kind: "time", until: now + services.values.ROOMS_PARTICIPANT_TTL_SEC * 1_000 };
}

function notJoined(text: string): RoomsError {
  return new RoomsError(400, 203, text);
}

function take(rates: Rates, key: string): void {
  const wait = rates.take(key);
  if (wait !== undefined) throw tooMany(wait);
}
