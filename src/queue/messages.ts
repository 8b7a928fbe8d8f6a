/**
 * What isolates say to each other on the bus. During a rolling update two versions of the service
 * meet, so what one of them does not know is ignored, and a field that was added is optional.
 *
 * The words: a *tally* is what one isolate has of a conference, a *count* is the sum over all
 * isolates, a *report* is what a plan is made from.
 *
 * @module
 */

import * as z from "zod";
import { defineTopic, defineTopics, type Topic, type Topics } from "../bus/topic.ts";
import type { Ages } from "./plan.ts";

const agesSchema = z.array(z.tuple([z.number(), z.number()]).readonly()).readonly();

/**
 * Of the live state, in its record in the store: grows with each go-live and each end of the
 * conference, so that of two words that cross the newer one is known.
 */
const versionSchema = z.int().optional();

const tallySchema = z.object({
  visitors: z.number(),
  moderators: z.number(),
  /** Grows with each tally of an isolate: of two of its tallies the one with the larger is newer. */
  seq: z.number().optional(),
  /** Of the visitors, those who came within the last second. */
  fresh: z.number().optional(),
});
/** What one isolate has of one conference: its own visitors and moderators. */
export type Tally = Readonly<z.infer<typeof tallySchema>>;

const messageSchema = z.discriminatedUnion("type", [
  /** Asked: the conference is live from `since`, for `ttlMs` more. Answered with {@linkcode Report}. */
  z.object({
    type: z.literal("live"),
    since: z.number(),
    ttlMs: z.number(),
    version: versionSchema,
    /** When it was sent, in milliseconds since the epoch by the clock of the sender. */
    at: z.number().optional(),
  }),
  /**
   * Asked while the conference is live, by an isolate whose first visitor without a moment has
   * waited for `oldestMs`; with `anew` all moments are to be given anew. Answered with
   * {@linkcode Report}.
   */
  z.object({
    type: z.literal("line"),
    oldestMs: z.number(),
    version: versionSchema,
    anew: z.boolean().optional(),
  }),
  /** Published: the answers to `live` or `line`, by isolate; see {@linkcode Plan}. */
  z.object({
    type: z.literal("plan"),
    ages: z.record(z.string(), agesSchema),
    startMs: z.number(),
    agoMs: z.number(),
    restMs: z.number(),
    /** The numbers of the reports in `ages`, in their order. */
    numbers: z.array(z.number()).readonly().optional(),
    /** How far the sender is from the carrier, one way. */
    delayMs: z.number().optional(),
    anew: z.boolean().optional(),
  }),
  /** Asked: the live state was taken back. Answered with {@linkcode Tally}. */
  z.object({ type: z.literal("end"), version: versionSchema }),
  /**
   * Asked again and again by whoever could not tell everybody of a go-live or an end: what is known,
   * which is to be held against the store. `restMs` is what it has left, negative when it is over.
   * Answered with {@linkcode Tally}.
   */
  z.object({
    type: z.literal("look"),
    version: z.int(),
    state: z.enum(["live", "ended"]),
    since: z.number(),
    restMs: z.number(),
    /** When it was sent, as with `live`. */
    at: z.number(),
  }),
  /** Published by isolates that bound the visitors of a conference. */
  tallySchema.extend({ type: z.literal("tally") }),
  /** Asked. Answered with {@linkcode Tally}. */
  z.object({ type: z.literal("count") }),
]);
/** What is said of one conference. */
export type Message = z.infer<typeof messageSchema>;

const reportSchema = tallySchema.extend({
  /** Visitors whose moment is for a plan to decide; absent where there are none. */
  ages: agesSchema.optional(),
  /** Grows with each report of an isolate; asked again before the plan, it reports the same. */
  n: z.number().optional(),
  /** All moments were taken back there, and are to be given anew. */
  anew: z.boolean().optional(),
  /** How far the isolate is from the carrier, one way. */
  delayMs: z.number().optional(),
  /** For how long every moment of the conference is taken; absent when none is. */
  busyMs: z.number().optional(),
  /** Of the live state, as far as this isolate has heard. */
  version: versionSchema,
});
/** What a plan is made from. */
export interface Report extends Tally {
  readonly ages?: Ages | undefined;
  readonly n?: number | undefined;
  readonly anew?: boolean | undefined;
  readonly delayMs?: number | undefined;
  readonly busyMs?: number | undefined;
  readonly version?: number | undefined;
}

/** The topics of the conferences, by the key of each. Isolates that have a part in one are on it. */
export const CONFERENCES: Topics<Message, Report> = defineTopics("conference", {
  message: messageSchema,
  answer: reportSchema,
});

const listingSchema = z.array(z.tuple([z.string(), z.number(), z.number()]));
/** `[key, visitors, moderators]` of each conference of one isolate. */
export type Listing = z.infer<typeof listingSchema>;

const isolateSchema = z.discriminatedUnion("type", [
  /** Asked: which conferences are there? Answered with {@linkcode Listing}. */
  z.object({ type: z.literal("list") }),
  /** Told to the isolate that answers for a live state or an end: there is a newer one. */
  z.object({ type: z.literal("superseded"), key: z.string(), version: z.int() }),
]);
/** What is said to isolates, whatever conferences they have. */
export type IsolateMessage = z.infer<typeof isolateSchema>;

/** The topic on which every isolate listens. */
export const ISOLATES: Topic<IsolateMessage, Listing> = defineTopic("isolates", {
  message: isolateSchema,
  answer: listingSchema,
});
