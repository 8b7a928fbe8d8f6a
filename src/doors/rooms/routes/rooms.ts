import { Buffer } from "node:buffer";
import { isRefused } from "../../../rooms/refusal.ts";
import type { Found } from "../../../rooms/changes.ts";
import { conferenceOf, type ConferenceRequest } from "../conference/request.ts";
import { badField, refusalError } from "../errors.ts";
import {
  requireFields,
  requireJsonAccepted,
  type RoomFields,
  roomFields,
  tokensToDelete,
} from "../fields.ts";
import type { Reply } from "../reply.ts";
import type { Services } from "../services.ts";
import type { Session } from "../sessions.ts";
import { insideView, publicView, roomUrl, seconds } from "../views.ts";
import type { Visit } from "../visit.ts";
import { createOperation, deleteRoomsOperation, listOperation } from "./operations.ts";
import type { Endpoint } from "./route.ts";

const TOKEN_OCTETS = 8;
export const HOUR_MS = 3_600_000;

const SIGNED = { schemes: ["hawk"], missing: "Hawk" } as const;

/** Clients that still store a name in the clear are told so. */
export const ALERT = {
  alert: '"roomName" parameter is now deprecated. Please use "context" instead.',
};

/** `POST /rooms`. */
export const create: Endpoint = {
  method: "POST",
  path: "/rooms",
  action: "create",
  operation: createOperation,
  entrance: SIGNED,
  async handle(visit): Promise<Reply> {
    const { services, signer, body } = visit;
    requireJsonAccepted(visit.call.header("accept"));
    requireFields(body, ["context,roomName", "roomOwner", "maxSize"]);
    const fields = roomFields(body, boundsOf(services));
    const conference = conferenceOf(body["conference"], signer, services) ?? null;
    const expiresAt = expiryOf(fields, visit);
    const token = newToken();
    await bind(services, conference, token);
    const room = await make(services, { signer, fields, conference, expiresAt, token });
    await services.tie.follow(room);
    return {
      status: 201,
      body: {
        roomToken: token,
        roomUrl: roomUrl(token, services.webAppUrl),
        expiresAt: seconds(expiresAt),
      },
      ...(fields.roomName !== undefined && { headers: ALERT }),
    };
  },
};

/** `GET /rooms`: the caller's, and with `version` what changed since. */
export const list: Endpoint = {
  method: "GET",
  path: "/rooms",
  action: "list",
  operation: listOperation,
  entrance: SIGNED,
  async handle(visit): Promise<Reply> {
    const { services, signer, call } = visit;
    const since = versionOf(call.query.get("version"));
    const { found, deleted } = await services.rooms.owned(signer.user);
    const changed = found.filter(({ room }) => seconds(room.changedAt) >= since)
      .sort((a, b) => a.room.changedAt - b.room.changedAt);
    const views = await Promise.all(changed.map((each) => detailed(each, services)));
    const gone = since === 0 ? [] : deleted.filter(({ at }) => seconds(at) >= since)
      .map(({ id }) => ({ roomToken: id, deleted: true }));
    return { status: 200, body: [...views, ...gone] };
  },
};

/** `PATCH /rooms`: deletes several. */
export const deleteMany: Endpoint = {
  method: "PATCH",
  path: "/rooms",
  action: "delete_many",
  operation: deleteRoomsOperation,
  entrance: SIGNED,
  async handle({ services, signer, body, call }): Promise<Reply> {
    requireJsonAccepted(call.header("accept"));
    const tokens = tokensToDelete(body);
    const results = await Promise.all(tokens.map(async (token): Promise<[string, boolean]> => {
      const result = await services.rooms.delete(token, ({ owner }) => {
        return owner === signer.user ? undefined : { refused: "unknown_room" };
      });
      return [token, !isRefused(result)];
    }));
    const responses: Record<string, unknown> = Object.create(null);
    for (const [token, done] of results) {
      responses[token] = done ? { code: 200 } : { code: 404, errno: 105, error: "Room not found." };
    }
    return { status: results.some(([, done]) => done) ? 207 : 404, body: { responses } };
  },
};

/** All that an owner or a participant sees of a room. */
export async function detailed(
  { room }: Found,
  { rooms, webAppUrl }: Services,
): Promise<Record<string, unknown>> {
  const [details, profiles] = await Promise.all([rooms.details(room), rooms.profiles(room)]);
  return { ...publicView(room, details, webAppUrl), ...insideView(room, profiles) };
}

export function boundsOf({ values }: Services): Parameters<typeof roomFields>[1] {
  return {
    maxName: values.ROOMS_MAX_NAME,
    maxOwner: values.ROOMS_MAX_OWNER,
    maxSize: values.ROOMS_MAX_SIZE,
    maxHours: values.ROOMS_MAX_TTL_HOURS,
  };
}

/** In milliseconds since the epoch. */
export function expiryOf({ expiresIn }: RoomFields, { services, now }: Visit): number {
  return now + (expiresIn ?? services.values.ROOMS_DEFAULT_TTL_HOURS) * HOUR_MS;
}

/** @throws {RoomsError} 409 it is bound to another room. */
export async function bind(
  { tie }: Services,
  conference: ConferenceRequest,
  room: string,
): Promise<void> {
  if (conference && !await tie.bind(conference.key, room, conference.mode)) {
    throw refusalError("bound_elsewhere");
  }
}

interface Making {
  readonly signer: Session;
  readonly fields: RoomFields;
  readonly conference: ConferenceRequest;
  readonly expiresAt: number;
  readonly token: string;
}

async function make(services: Services, making: Making) {
  const { signer, fields, conference, expiresAt, token } = making;
  const { roomName, roomOwner = "", channel, maxSize = 1, context } = fields;
  const room = await services.rooms.create({
    id: token,
    uid: crypto.randomUUID(),
    owner: signer.user,
    ownerPerson: signer.person,
    tenant: signer.person?.tenant,
    conference: conference?.key,
    name: roomName,
    access: { kind: "open" },
    capacity: maxSize,
    attributes: { roomOwner, ...(channel !== undefined && { channel }) },
    details: context && JSON.stringify(context),
    expiresAt,
  });
  if (!isRefused(room)) return room;
  if (conference) await services.tie.unbind(conference.key, token);
  throw refusalError(room.refused);
}

function newToken(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(TOKEN_OCTETS))).toString("base64url");
}

/** 0: all that there are. @throws {RoomsError} */
function versionOf(text: string | null): number {
  if (text === null || text === "") return 0;
  if (!/^\d{1,15}$/.test(text)) throw badField("version should be a valid number");
  return Number(text);
}
