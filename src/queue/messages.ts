/**
 * What isolates say to each other on the bus. The domain's own format: every isolate of a service
 * runs the same version, but during a rolling update two versions meet, so an unknown message is
 * ignored and an unknown field too.
 *
 * @module
 */

import * as z from "zod";
import type { Ages } from "./plan.ts";

/** The topic on which every isolate listens. */
export const ALL_ISOLATES = "isolates";

/** The topic of one conference. */
export function topicOf(key: string): string {
  return `conference/${key}`;
}

const agesSchema = z.array(z.tuple([z.number(), z.number()]).readonly()).readonly();

const messageSchema = z.discriminatedUnion("type", [
  /** Asked: the conference is live from `since`, for `ttlMs` more. Answered with {@linkcode Report}. */
  z.object({ type: z.literal("live"), since: z.number(), ttlMs: z.number() }),
  /**
   * Asked while the conference is live, by an isolate whose first visitor without a moment has
   * waited for `oldestMs`. Answered with {@linkcode Report}.
   */
  z.object({ type: z.literal("line"), oldestMs: z.number() }),
  /** Published: the answers to `live` or `line`, by isolate; see {@linkcode Plan}. */
  z.object({
    type: z.literal("plan"),
    ages: z.record(z.string(), agesSchema),
    startMs: z.number(),
    agoMs: z.number(),
    restMs: z.number(),
  }),
  /** Asked: the live state was taken back. Answered with {@linkcode Tally}. */
  z.object({ type: z.literal("end") }),
  /** Published by isolates that bound the visitors of a conference. */
  z.object({ type: z.literal("tally"), visitors: z.number(), moderators: z.number() }),
  /** Asked. Answered with {@linkcode Tally}. */
  z.object({ type: z.literal("count") }),
  /** Asked of all isolates. Answered with {@linkcode Listing}. */
  z.object({ type: z.literal("list") }),
]);
export type Message = z.infer<typeof messageSchema>;

const tallySchema = z.object({ visitors: z.number(), moderators: z.number() });
/** What one isolate knows of its own visitors and moderators of one conference. */
export type Tally = Readonly<z.infer<typeof tallySchema>>;

const reportSchema = tallySchema.extend({
  /** Visitors whose moment is for a plan to decide; absent where there are none. */
  ages: agesSchema.optional(),
  /** For how long every moment of the conference is taken; absent when none is. */
  busyMs: z.number().optional(),
});
/** What a plan is made from. */
export interface Report extends Tally {
  readonly ages?: Ages | undefined;
  readonly busyMs?: number | undefined;
}

const listingSchema = z.array(z.tuple([z.string(), z.number(), z.number()]));
/** `[key, visitors, moderators]` of each conference of one isolate. */
export type Listing = z.infer<typeof listingSchema>;

export function encode(message: Message | Report | Listing): string {
  return JSON.stringify(message);
}

/** Undefined for what this version does not understand. */
export function decodeMessage(payload: string): Message | undefined {
  return decode(messageSchema, payload);
}

export function decodeTally(payload: string): Tally | undefined {
  return decode(tallySchema, payload);
}

export function decodeReport(payload: string): Report | undefined {
  return decode(reportSchema, payload);
}

export function decodeListing(payload: string): Listing | undefined {
  return decode(listingSchema, payload);
}

function decode<T>(schema: z.ZodType<T>, payload: string): T | undefined {
  try {
    return schema.safeParse(JSON.parse(payload)).data;
  } catch {
    return undefined;
  }
}
