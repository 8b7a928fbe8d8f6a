import { Problem } from "./problem.ts";

/**
 * Whether a client with this origin may open a WebSocket here: an allowed one, or the service's own.
 * React Native sends no page's origin but the scheme and host that it connects to.
 */
export function mayUpgrade({ headers }: Request, allowed: readonly string[]): boolean {
  const origin = headers.get("origin");
  return originAllowed(origin, allowed) || isOwn(origin, headers.get("host"));
}

/** Whether `origin` names the host that the request is for; behind a proxy, as that passes it on. */
function isOwn(origin: string | null, host: string | null): boolean {
  if (!origin || !host) return false;
  const own = URL.parse(origin);
  if (!own || !/^(https?|wss?):$/.test(own.protocol)) return false;
  // By its scheme, so that a port that is written and one that is left out are the same.
  return URL.parse(`${own.protocol}//${host}/`)?.host === own.host;
}

/**
 * Whether a page of this origin may open a WebSocket or read an answer.
 *
 * @param origin the `Origin` header. What sends none is no browser, and is not kept out by this.
 * @param allowed origins in lower case, or `*`.
 */
export function originAllowed(
  origin: string | null | undefined,
  allowed: readonly string[],
): boolean {
  if (!origin) return true;
  return allowed.includes("*") || allowed.includes(origin.toLowerCase());
}

/** The answer to an upgrade from a page of another origin. */
export function originRefused(): Response {
  const detail = "Pages of this origin may not connect. Add it to ALLOWED_ORIGINS.";
  return new Problem(403, "origin_not_allowed", detail).toResponse();
}
