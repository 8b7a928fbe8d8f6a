import { isRefused, refuse } from "../../../rooms/refusal.ts";
import { isOwner } from "../../../rooms/room.ts";
import type { RoomPatch } from "../../../rooms/requests.ts";
import { conferenceOf, type ConferenceRequest, principalOf } from "../conference/request.ts";
import { forbidden, notOwner, refusalError } from "../errors.ts";
import { requireJsonAccepted, type RoomFields, roomFields } from "../fields.ts";
import type { Reply } from "../reply.ts";
import { publicView, seconds, stateView } from "../views.ts";
import type { Visit } from "../visit.ts";
import { changeOperation, deleteOperation, readOperation, stateOperation } from "./operations.ts";
import { ALERT, bind, boundsOf, detailed, expiryOf } from "./rooms.ts";
import type { Endpoint } from "./route.ts";

const SIGNED = { schemes: ["hawk"], missing: "Hawk" } as const;

const NEITHER = "Authenticated user is neither a participant of the room nor the room owner.";

/** `GET /rooms/{token}`. */
export const read: Endpoint = {
  method: "GET",
  path: "/rooms/{token}",
  action: "read",
  operation: readOperation,
  entrance: { schemes: ["none", "hawk", "basic"], missing: "", roomFirst: true },
  async handle(visit): Promise<Reply> {
    const { services, there, credentials } = visit;
    if (credentials.scheme === "none") {
      const details = await services.rooms.details(there.room);
      return { status: 200, body: publicView(there.room, details, services.webAppUrl) };
    }
    if (!visit.isOwner && !isInside(visit)) throw forbidden(NEITHER);
    return { status: 200, body: await detailed(there, services) };
  },
};

/** `PATCH /rooms/{token}`. */
export const change: Endpoint = {
  method: "PATCH",
  path: "/rooms/{token}",
  action: "change",
  operation: changeOperation,
  entrance: SIGNED,
  async handle(visit): Promise<Reply> {
    const { services, signer, there, body } = visit;
    requireJsonAccepted(visit.call.header("accept"));
    const fields = roomFields(body, boundsOf(services));
    const owner = isOwner(there.room, signer);
    // Who does not own it is not told about a conference either.
    if (!owner) throw notOwner();
    const conference = conferenceOf(body["conference"], signer, services);
    const expiresAt = expiryOf(fields, visit);
    if (conference) await bind(services, conference, there.room.id);
    const room = await services.rooms.update(
      there,
      patchOf(fields, conference, expiresAt),
      (known) => isOwner(known, signer) ? undefined : refuse("unknown_room"),
    );
    if (isRefused(room)) throw refusalError(room.refused);
    const { conference: before, id } = there.room;
    if (before !== undefined && before !== room.conference) await services.tie.unbind(before, id);
    await services.tie.follow(room);
    return {
      status: 200,
      body: { expiresAt: seconds(expiresAt) },
      ...(fields.roomName !== undefined && { headers: ALERT }),
    };
  },
};

/** `DELETE /rooms/{token}`. */
export const remove: Endpoint = {
  method: "DELETE",
  path: "/rooms/{token}",
  action: "delete",
  operation: deleteOperation,
  entrance: SIGNED,
  async handle({ services, signer, there }): Promise<Reply> {
    if (!isOwner(there.room, signer)) throw notOwner();
    const result = await services.rooms.delete(there);
    if (isRefused(result)) throw refusalError(result.refused);
    return { status: 204 };
  },
};

/** `GET /rooms/{token}/state`: who is in, and what their media do. */
export const state: Endpoint = {
  method: "GET",
  path: "/rooms/{token}/state",
  action: "state",
  operation: stateOperation,
  entrance: { schemes: ["hawk", "bearer"], missing: "Bearer,Hawk", roomFirst: true },
  async handle(visit): Promise<Reply> {
    const { services, there: { room } } = visit;
    if (!maySeeState(visit)) {
      throw forbidden("Authenticated user may not see the state of this room.");
    }
    return { status: 200, body: stateView(room, await services.rooms.profiles(room)) };
  },
};

/** Also from another session of the same user. */
function isInside({ there, session, participant }: Visit): boolean {
  return participant !== undefined ||
    there.room.participants.some(({ user }) => user === session?.user);
}

/** The owner; who has the bound conference under its care; of a room that is not bound, its tenant. */
function maySeeState(visit: Visit): boolean {
  const { services, session, there: { room } } = visit;
  if (visit.isOwner) return true;
  const grant = session?.grant;
  const current = grant && grant.expiresAt * 1_000 > services.clock.wall();
  const principal = visit.principal ?? (current ? principalOf(grant) : undefined);
  if (!principal || principal.kind === "anonymous") return false;
  if (room.conference !== undefined) {
    const name = services.names.parse(room.conference);
    return principal.kind === "system"
      ? !services.access.mayCommand(principal, name)
      : principal.role === "moderator" && !services.access.mayCount(principal, name);
  }
  if (principal.kind === "client") return services.sessions.userOf(principal)?.user === room.owner;
  const { tenant, room: limited } = principal;
  return (limited === undefined || limited === "*") &&
    (tenant === undefined || tenant === "*" || tenant === room.tenant);
}

function patchOf(
  fields: RoomFields,
  conference: ConferenceRequest | undefined,
  expiresAt: number,
): RoomPatch {
  const { roomName, maxSize, roomOwner, channel, context } = fields;
  return {
    expiresAt,
    attributes: {
      ...(roomOwner !== undefined && { roomOwner }),
      ...(channel !== undefined && { channel }),
    },
    ...(roomName !== undefined && { name: roomName }),
    ...(maxSize !== undefined && { capacity: maxSize }),
    ...(context && { details: JSON.stringify(context) }),
    ...(conference !== undefined && { conference: conference?.key ?? null }),
  };
}
