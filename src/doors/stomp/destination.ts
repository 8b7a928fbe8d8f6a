import type { Audience } from "../../access/audience.ts";
import { StompError } from "../../stomp/mod.ts";

/** The most octets of a destination (C84). The longest conference name fits. */
const MAX_DESTINATION = 1_100;

const VISITOR = "/secured/conference/visitor/topic.";
const STATE = "/secured/conference/state/topic.";

/** What a destination names. */
export interface Destination {
  /** Whose messages go there. */
  readonly audience: Audience;
  /** The conference as the subscriber wrote it. */
  readonly conference: string;
}

/**
 * The two destinations of this service. Everything else is refused: wildcards, `..` and doubled
 * slashes are no part of either prefix and no part of a conference name.
 *
 * @throws {StompError} it is none of them.
 */
export function parseDestination(destination: string): Destination {
  if (destination.length <= MAX_DESTINATION) {
    for (const [audience, prefix] of [["visitors", VISITOR], ["moderators", STATE]] as const) {
      if (destination.startsWith(prefix)) {
        return { audience, conference: destination.slice(prefix.length) };
      }
    }
  }
  throw new StompError("forbidden", "Unknown destination");
}
