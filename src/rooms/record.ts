/**
 * How a room stands in the store: JSON with short names, because a room of a hundred must fit into
 * one value.
 *
 * @module
 */

import { z } from "zod";
import type { Lease, Participant, Room } from "./room.ts";

/** The most octets of a room: the smallest of what the stores can keep. */
export const MAX_RECORD_OCTETS = 60 * 1024;

const leaseSchema = z.union([z.number(), z.string()]);

const participantSchema = z.object({
  i: z.string(),
  s: z.string(),
  u: z.string(),
  n: z.string(),
  m: z.literal(1).optional(),
  l: leaseSchema,
  j: z.number(),
  h: z.number().optional(),
  p: z.string().optional(),
});

const roomSchema = z.object({
  uid: z.string(),
  shown: z.string().optional(),
  owner: z.string(),
  person: z.string().optional(),
  tenant: z.string().optional(),
  conference: z.string().optional(),
  name: z.string().optional(),
  list: z.array(z.string()).optional(),
  capacity: z.number(),
  attributes: z.record(z.string(), z.string()),
  details: z.string().optional(),
  version: z.number(),
  created: z.number(),
  changed: z.number(),
  expires: z.number().optional(),
  in: z.array(participantSchema),
});

type StoredParticipant = z.infer<typeof participantSchema>;
type StoredRoom = z.infer<typeof roomSchema>;

const utf8 = new TextEncoder();

/** The text of `room`; undefined where it has more than {@linkcode MAX_RECORD_OCTETS}. */
export function encodeRoom(room: Room): string | undefined {
  const stored: StoredRoom = {
    uid: room.uid,
    shown: room.shownId === room.id ? undefined : room.shownId,
    owner: room.owner,
    person: room.ownerPerson,
    tenant: room.tenant,
    conference: room.conference,
    name: room.name,
    list: room.access.kind === "list" ? [...room.access.users] : undefined,
    capacity: room.capacity,
    attributes: room.attributes,
    details: room.details,
    version: room.version,
    created: room.createdAt,
    changed: room.changedAt,
    expires: room.expiresAt,
    in: room.participants.map(encodeParticipant),
  };
  const text = JSON.stringify(stored);
  // A UTF-16 unit has at most three octets: most rooms need not be encoded to be measured.
  const fits = text.length * 3 <= MAX_RECORD_OCTETS ||
    utf8.encode(text).length <= MAX_RECORD_OCTETS;
  return fits ? text : undefined;
}

/** Undefined for what this version does not understand, or somebody else wrote. */
export function decodeRoom(id: string, text: string): Room | undefined {
  const stored = roomSchema.safeParse(parsed(text)).data;
  if (!stored) return undefined;
  const { list } = stored;
  return {
    id,
    uid: stored.uid,
    shownId: stored.shown ?? id,
    owner: stored.owner,
    ownerPerson: stored.person,
    tenant: stored.tenant,
    conference: stored.conference,
    name: stored.name,
    access: list ? { kind: "list", users: list } : { kind: "open" },
    capacity: stored.capacity,
    attributes: stored.attributes,
    details: stored.details,
    version: stored.version,
    createdAt: stored.created,
    changedAt: stored.changed,
    expiresAt: stored.expires,
    participants: stored.in.map(decodeParticipant),
  };
}

function encodeParticipant(participant: Participant): StoredParticipant {
  const { lease } = participant;
  return {
    i: participant.id,
    s: participant.seat,
    u: participant.user,
    n: participant.name,
    m: participant.role === "moderator" ? 1 : undefined,
    l: lease.kind === "time" ? lease.until : lease.holder,
    j: participant.joinedAt,
    h: participant.handles,
    p: participant.proof,
  };
}

function decodeParticipant(stored: StoredParticipant): Participant {
  return {
    id: stored.i,
    seat: stored.s,
    user: stored.u,
    name: stored.n,
    role: stored.m ? "moderator" : "publisher",
    lease: decodeLease(stored.l),
    joinedAt: stored.j,
    handles: stored.h,
    proof: stored.p,
  };
}

function decodeLease(stored: number | string): Lease {
  return typeof stored === "number"
    ? { kind: "time", until: stored }
    : { kind: "connection", holder: stored };
}

export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
