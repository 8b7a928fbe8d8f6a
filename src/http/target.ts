/**
 * What a request is sent to. A proxy in front decides by the path that it sees; what is not written
 * in the one usual way could be another path here, so it is refused and never mended.
 *
 * @module
 */

import { Problem } from "./problem.ts";

/** A name, an IPv4 address or an IPv6 address in brackets, with or without a port. */
const HOST = /^(?:\[[\da-f:.]{2,45}\]|[\w.-]{1,255})(?::\d{1,5})?$/i;

/** The scheme and the authority of a target in absolute form (RFC 9112 section 3.2.2). */
const ABSOLUTE = /^https?:\/\/([^/?#]*)/i;

/** A segment `.` or `..`, however it is written. */
const DOT_SEGMENT = /\/(?:\.|%2e){1,2}(?=\/|$)/i;

/** What a URL parser would take for `/`, cut off or leave out. */
// deno-lint-ignore no-control-regex
const UNLAWFUL = /[\\#\u0000-\u0020\u007f]/;

/** An unreserved character (RFC 3986 section 2.3) that is encoded without need. */
const NEEDLESS = /%(?:2[de]|3\d|4[1-9a-f]|5[0-9af]|6[1-9a-f]|7[0-9ae])/i;

/**
 * Why a request must not be routed; `undefined` when it may.
 *
 * @param target of the request line, as it was sent: `/golive`, or an absolute URL.
 * @param host the `Host` header; absent in HTTP/1.0, where it need not be sent.
 */
export function targetProblem(
  target: string,
  host: string | null | undefined,
): Problem | undefined {
  if (typeof host === "string" && !isHost(host)) return badHost();
  const absolute = ABSOLUTE.exec(target);
  if (absolute && !isHost(absolute[1]!)) return badHost();
  const origin = absolute ? target.slice(absolute[0].length) : target;
  const path = origin.split("?", 1)[0]!;
  // OPTIONS may be sent to the server as a whole.
  if (path === "*" || path === "") return undefined;
  if (!path.startsWith("/") || UNLAWFUL.test(path) || DOT_SEGMENT.test(path)) return badPath();
  return undefined;
}

/** Whether `path` could be written without an encoding that it has. */
export function encodedNeedlessly(path: string): boolean {
  return NEEDLESS.test(path);
}

/** The answer to a path that is not written in its usual way. */
export function badPath(): Problem {
  const detail = "Write the path plainly: without . and .. as segments, without a backslash or a " +
    "fragment, and without percent-encoding where none is needed.";
  return new Problem(400, "path_invalid", detail);
}

function isHost(host: string): boolean {
  return HOST.test(host) && URL.canParse(`http://${host}/`);
}

function badHost(): Problem {
  const detail = "The Host header is no host. Send a name or an address, with or without a port.";
  return new Problem(400, "host_invalid", detail);
}
