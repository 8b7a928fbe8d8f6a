import { Problem } from "./problem.ts";

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
