/**
 * What isolates say to each other of a meeting's list. It only saves time: what stands in the store
 * is read again where a message was lost.
 *
 * @module
 */

import * as z from "zod";
import { defineTopics, type Topics } from "../bus/topic.ts";
import { changesSchema } from "./record.ts";

const messageSchema = z.discriminatedUnion("type", [
  /** Changes were stored: these, of the list `life`, behind the first `from` ones. */
  z.object({
    type: z.literal("changed"),
    life: z.string(),
    from: z.int().min(0),
    changes: changesSchema,
  }),
  /** The list was dropped. */
  z.object({ type: z.literal("dropped"), life: z.string() }),
]);
export type Message = z.infer<typeof messageSchema>;

/** The topics of the meetings, by the id of each. Isolates that have its list are on it. */
export const MEETINGS: Topics<Message> = defineTopics("visitors-list", { message: messageSchema });
