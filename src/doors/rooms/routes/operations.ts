/**
 * What the API description says of the door.
 *
 * @module
 */

import { z } from "zod";
import { jsonReply } from "../../../http/problem_replies.ts";
import type { Operation, SecurityScheme } from "../../../http/route.ts";

export const SECURITY_SCHEMES: Readonly<Record<string, SecurityScheme>> = {
  hawk: {
    type: "http",
    scheme: "hawk",
    description: "Hawk with SHA-256, by the credentials that belong to a Hawk-Session-Token.",
  },
  participant: {
    type: "http",
    scheme: "basic",
    description: "The sessionToken of a join as user, and no password.",
  },
  token: {
    type: "http",
    scheme: "bearer",
    bearerFormat: "JWT",
    description: "A client token or a system token.",
  },
};

const HAWK = [{ hawk: [] }];
const PARTICIPANT = [{ hawk: [] }, { participant: [] }];

const error = z.object({
  code: z.int().meta({ description: "The status." }),
  errno: z.int().meta({ description: "Stable; switch on this." }),
  error: z.string(),
}).meta({
  id: "RoomsError",
  examples: [{ code: 404, errno: 105, error: "Token not found." }],
});

const seconds = z.int().meta({ description: "Seconds since the epoch." });

const context = z.object({ value: z.string(), alg: z.string(), wrappedKey: z.string() })
  .meta({ id: "RoomContext", description: "The encrypted description of a room, at most 32 KiB." });

const conference = z.union([
  z.string(),
  z.object({ name: z.string(), live: z.enum(["owner", "occupied", "never"]) }),
  z.null(),
]).meta({ description: "The conference that the room is bound to; null unbinds." });

const roomBody = z.object({
  roomName: z.string().optional(),
  context: context.optional(),
  roomOwner: z.string().optional(),
  maxSize: z.int().min(1).optional(),
  expiresIn: z.int().min(1).optional().meta({ description: "Hours." }),
  channel: z.string().optional(),
  conference: conference.optional(),
}).meta({ id: "RoomFields" });

const participant = z.object({
  roomConnectionId: z.uuid(),
  displayName: z.string(),
  account: z.string().optional(),
  owner: z.boolean(),
});

const room = z.object({
  roomToken: z.string(),
  roomName: z.string().optional(),
  context: context.nullable(),
  roomOwner: z.string(),
  roomUrl: z.string(),
  maxSize: z.int().optional(),
  clientMaxSize: z.int().optional(),
  creationTime: seconds.optional(),
  expiresAt: seconds.optional(),
  ctime: seconds.optional(),
  participants: z.array(participant).optional(),
  conference: z.string().optional(),
}).meta({
  id: "Room",
  description: "Who is neither its owner nor in it sees the first five fields alone.",
});

const media = z.object({
  event: z.string(),
  state: z.string(),
  computedState: z.enum([
    "init",
    "waiting",
    "starting",
    "sending",
    "receiving",
    "sendrecv",
    "cleanup",
  ]),
  stateAgrees: z.boolean(),
  countersFollow: z.boolean(),
  connections: z.int(),
  sendStreams: z.int(),
  recvStreams: z.int(),
  at: seconds,
  reports: z.int(),
}).meta({ id: "MediaState" });

const roomState = z.object({
  roomToken: z.string(),
  sessionId: z.uuid(),
  conference: z.string().nullable(),
  ctime: seconds,
  participants: z.array(z.object({
    roomConnectionId: z.uuid(),
    displayName: z.string(),
    role: z.enum(["moderator", "publisher"]),
    owner: z.boolean(),
    joinedAt: seconds,
    expiresAt: seconds.nullable(),
    media: media.nullable(),
  })),
}).meta({ id: "RoomState" });

const counter = z.union([z.int(), z.string()]).optional();

const actionBody = z.object({
  action: z.enum(["join", "refresh", "status", "leave", "logDomain"]),
  displayName: z.string().max(100).optional(),
  clientMaxSize: z.int().min(1).optional(),
  sessionToken: z.string().optional(),
  event: z.string().max(100).optional(),
  state: z.string().max(100).optional(),
  connections: counter,
  sessions: counter,
  sendStreams: counter,
  recvStreams: counter,
  domains: z.array(z.object({ domain: z.string(), count: z.int().min(0) })).optional(),
}).meta({ id: "RoomAction" });

const joined = z.object({
  apiKey: z.string(),
  sessionId: z.uuid(),
  sessionToken: z.string(),
  expires: z.int(),
});

const created = z.object({ roomToken: z.string(), roomUrl: z.string(), expiresAt: seconds });

const urls = z.object({
  simplePushURLs: z.object({ rooms: z.string().optional(), calls: z.string().optional() })
    .optional(),
}).meta({ id: "Registration" });

const failures = { default: jsonReply("An error.", error) };
const empty = (description: string) => ({ 204: { description }, ...failures });
const body = (schema: z.ZodType, required = true) => ({
  required,
  content: { "application/json": { schema } },
});

export const registerOperation: Operation = {
  operationId: "registerRooms",
  summary: "Make a session, or change where its client is told of changes",
  security: [{}, { token: [] }, { hawk: [] }],
  requestBody: body(urls, false),
  responses: { 200: { description: "A new session is in Hawk-Session-Token." }, ...failures },
};

export const unregisterOperation: Operation = {
  operationId: "unregisterRooms",
  summary: "Forget where to tell of changes",
  security: HAWK,
  responses: empty("Done."),
};

export const endSessionOperation: Operation = {
  operationId: "endRoomsSession",
  summary: "End the session of a registered user",
  security: HAWK,
  responses: empty("The session is gone."),
};

export const createOperation: Operation = {
  operationId: "createRoom",
  summary: "Make a room",
  security: HAWK,
  requestBody: body(roomBody),
  responses: { 201: jsonReply("The room.", created), ...failures },
};

export const listOperation: Operation = {
  operationId: "listRooms",
  summary: "The own rooms, and with version those that changed or were deleted since",
  security: HAWK,
  responses: { 200: jsonReply("The rooms, the oldest change first.", z.array(room)), ...failures },
};

export const deleteRoomsOperation: Operation = {
  operationId: "deleteRooms",
  summary: "Delete several rooms",
  security: HAWK,
  requestBody: body(z.object({ deleteRoomTokens: z.array(z.string()).min(1).max(100) })),
  responses: { 207: { description: "What became of each." }, ...failures },
};

export const readOperation: Operation = {
  operationId: "readRoom",
  summary: "A room; to its owner and those in it with who is in it",
  security: [{}, ...PARTICIPANT],
  responses: { 200: jsonReply("The room.", room), ...failures },
};

export const changeOperation: Operation = {
  operationId: "changeRoom",
  summary: "Change a room",
  security: HAWK,
  requestBody: body(roomBody),
  responses: {
    200: jsonReply("When it ends.", z.object({ expiresAt: seconds })),
    ...failures,
  },
};

export const deleteOperation: Operation = {
  operationId: "deleteRoom",
  summary: "Delete a room",
  security: HAWK,
  responses: empty("It is gone, and everybody with it."),
};

export const actOperation: Operation = {
  operationId: "actInRoom",
  summary: "Join a room, and what those who are in it do",
  security: [{}, ...PARTICIPANT],
  requestBody: body(actionBody),
  responses: {
    200: jsonReply("After join; after refresh only expires.", joined.partial()),
    ...empty("After status, leave and logDomain."),
  },
};

export const stateOperation: Operation = {
  operationId: "readRoomState",
  summary: "Who is in a room, and what their media do",
  security: [{ hawk: [] }, { token: [] }],
  responses: { 200: jsonReply("The state.", roomState), ...failures },
};
