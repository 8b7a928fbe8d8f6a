import type { Front } from "../../e2e/setups.ts";
import { CASES } from "./cases.ts";

/** Cases that a front answers otherwise than a strict server. */
export interface Difference {
  readonly front: Front;
  /** Whose: their ids. */
  readonly cases: readonly string[];
  /** What a strict server answers, and what this one does, in the words of the table. */
  readonly strict: string;
  readonly instead: string;
  readonly why: string;
  /** Whether an outcome is the one that is described. */
  is(outcome: string): boolean;
}

const NOTICED_LATE = ["6.4.1", "6.4.2", "6.4.3", "6.4.4"];
const TOLERATED = ["7.3.6", "mask"];
/** Of those about a Close, what the runtime drops; it answers the others. */
const BROKEN_CLOSES = ["7.3.2", "7.5.1"];

export const DIFFERENCES: readonly Difference[] = [
  {
    front: "ws",
    cases: NOTICED_LATE,
    strict: "Close 1007 as soon as the error is read",
    instead: "Close 1007 once the message is whole",
    why:
      "npm ws checks UTF-8 when a message is complete and shows nobody its parts. RFC 6455 asks " +
      "for the Close and not for the moment, and a message that stays incomplete is bounded anyway.",
    is: (outcome) => outcome === "pong late, Close 1007" || outcome === "end",
  },
  {
    front: "deno",
    cases: CASES.filter(({ strict }) => /Close 100[27]$/.test(strict)).map(({ id }) => id)
      .filter((id) => !TOLERATED.includes(id))
      .filter((id) => !id.startsWith("7.") || BROKEN_CLOSES.includes(id)),
    strict: "Close 1002 or 1007",
    instead: "the connection ends without a Close",
    why: "The runtime reports a violation after it has dropped the connection. RFC 6455 section " +
      "7.1.7 allows it: the Close should be sent, and need not be.",
    // What it had answered may still be under way then.
    is: (outcome) => /^(?:echo, )?end$/.test(outcome),
  },
  {
    front: "deno",
    cases: ["7.3.6"],
    strict: "Close 1002",
    instead: "Close 1000",
    why:
      "The runtime takes a Close of 126 octets; one octet more than RFC 6455 section 5.5 allows " +
      "harms nobody.",
    is: (outcome) => outcome === "Close 1000",
  },
  {
    front: "deno",
    cases: ["mask"],
    strict: "Close 1002",
    instead: "the message is taken",
    why: "The runtime reads a frame without a mask as one with a mask of zeros. The mask keeps " +
      "scripts of a page from writing what proxies misread; browsers put it on by themselves.",
    is: (outcome) => outcome === "echo, Close 1000" || outcome === '"x", Close 1000',
  },
];
