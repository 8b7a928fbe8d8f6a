/**
 * The versions of the protocol, and how one is agreed on.
 *
 * @module
 */

import { StompError } from "./error.ts";

/** A version of STOMP that this module speaks. */
export type Version = "1.0" | "1.1" | "1.2";

/** Best first. */
const VERSIONS: readonly Version[] = ["1.2", "1.1", "1.0"];

/** As the `version` header of an ERROR frame lists them (STOMP 1.2, Protocol Negotiation). */
const SUPPORTED = "1.0,1.1,1.2";

/**
 * The best version that `acceptVersion` and this module share. Without the header it is 1.0, as a
 * client of that time sends none (STOMP 1.2, Protocol Negotiation).
 *
 * @throws {StompError} `unsupported-version`: they share none.
 */
export function negotiateVersion(acceptVersion: string | undefined): Version {
  if (acceptVersion === undefined) return "1.0";
  const accepted = acceptVersion.split(",").map((version) => version.trim());
  const best = VERSIONS.find((version) => accepted.includes(version));
  if (best !== undefined) return best;
  throw new StompError("unsupported-version", "Unsupported protocol version", {
    detail: `Supported protocol versions are ${SUPPORTED}`,
    headers: { version: SUPPORTED },
  });
}
