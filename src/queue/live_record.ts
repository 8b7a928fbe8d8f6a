/**
 * What stands in the store for a conference that went live, or ended: a version and a state.
 *
 * @module
 */

import * as z from "zod";

/** What is known of the live state of a conference. The newer version counts, wherever it is from. */
export interface Known {
  /** Grows with each go-live and each end of the conference, over all isolates. */
  readonly version: number;
  readonly state: "live" | "ended";
  /** When it went live, in milliseconds since the epoch; of an ended one, when that was written. */
  readonly since: number;
  /**
   * By the isolate's clock: until when it is live; of an ended one, until when a live state from
   * before it could come back.
   */
  readonly until: number;
  /**
   * Whether `until` was counted in elapsed time. Otherwise it rests on a clock of another machine,
   * and the store is asked before it is made to last.
   */
  readonly sure: boolean;
  /** The isolate that answers for it, where it is read from the store. */
  readonly by?: string | undefined;
}

const liveSchema = z.object({
  version: z.int().optional(),
  state: z.literal("live").optional(),
  since: z.number(),
  expires: z.number(),
  by: z.string().optional(),
});
/** Without `since`, so that a service from before there were ends takes it for no live state. */
const endedSchema = z.object({
  version: z.int(),
  state: z.literal("ended"),
  at: z.number(),
  expires: z.number(),
  by: z.string().optional(),
});
const recordSchema = z.union([endedSchema, liveSchema]);

/** A record as it stands in the store; its times are milliseconds since the epoch. */
export interface LiveRecord extends Pick<Known, "version" | "state" | "since" | "by"> {
  readonly expires: number;
}

/** Undefined for what is no record. One of a service without versions has version 0. */
export function decodeLiveRecord(text: string): LiveRecord | undefined {
  const record = recordSchema.safeParse(safeJson(text)).data;
  if (!record) return undefined;
  const { version = 0, expires, by } = record;
  if (record.state === "ended") return { version, state: "ended", since: record.at, expires, by };
  return { version, state: "live", since: record.since, expires, by };
}

export function encodeLiveRecord({ version, state, since, expires, by }: LiveRecord): string {
  return JSON.stringify(
    state === "live"
      ? { version, state, since, expires, by }
      : { version, state, at: since, expires, by },
  );
}

/**
 * A version after `known`. It is of the order of the microseconds since the epoch, so that it is
 * newer than those from before, also where the store has lost them; and no two are the same, where
 * two are made of the same `known` because the store has lost one.
 */
export function nextVersion(known: number, wallMs: number, random: () => number): number {
  return Math.max(known, Math.floor(wallMs) * 1_000) + 1 + Math.floor(random() * 999);
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
