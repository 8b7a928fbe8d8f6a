import { MAX_MEETING_CHARS } from "../../visitors_list/visitor.ts";
import { StompError } from "../../stomp/mod.ts";

const TOPIC = "/secured/conference/visitors-list/topic/";
const QUEUE = "/secured/conference/visitors-list/queue/";

/** What stands for a meeting and for a participant: no separator, no wildcard, no `.` or `..`. */
const ID = new RegExp(`^(?!\\.{1,2}$)[\\w.:@~-]{1,${MAX_MEETING_CHARS}}$`);

/** Whether `text` may be the id of a meeting. */
export function isMeetingId(text: string): boolean {
  return ID.test(text);
}

/** What a subscription is for. */
export interface ListDestination {
  /** `topic`: changes; `queue`: the whole list, once. */
  readonly kind: "topic" | "queue";
  readonly meeting: string;
}

/**
 * The two destinations of this door. The participant in a queue's only makes it one of a kind: the
 * list goes to the connection that asks for it.
 *
 * @throws {StompError} it is none of them.
 */
export function parseListDestination(destination: string): ListDestination {
  if (destination.startsWith(TOPIC)) {
    const meeting = destination.slice(TOPIC.length);
    if (isMeetingId(meeting)) return { kind: "topic", meeting };
  }
  if (destination.startsWith(QUEUE)) {
    const [meeting = "", participant = "", ...more] = destination.slice(QUEUE.length).split("/", 3);
    if (isMeetingId(meeting) && isMeetingId(participant) && more.length === 0) {
      return { kind: "queue", meeting };
    }
  }
  throw new StompError("forbidden", "Unknown destination");
}
