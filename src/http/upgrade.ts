/**
 * What is checked before a WebSocket upgrade, on both fronts (RFC 6455 section 4.2).
 *
 * @module
 */

import { methodNotAllowed } from "./method.ts";
import { Problem, unavailable } from "./problem.ts";

/** 16 octets in base64. */
const KEY = /^[A-Za-z0-9+/]{22}==$/;

/** What is wrong with a request as a WebSocket upgrade; `undefined` where nothing is. */
export function upgradeProblem({ method, headers }: Request): Problem | undefined {
  if (method !== "GET" && method !== "HEAD") return methodNotAllowed(["GET"]);
  const upgrades = method === "GET" && hasToken(headers.get("upgrade"), "websocket") &&
    hasToken(headers.get("connection"), "upgrade");
  if (!upgrades) return upgradeRequired();
  if (headers.get("sec-websocket-version")?.trim() !== "13") return wrongVersion();
  if (!KEY.test(headers.get("sec-websocket-key")?.trim() ?? "")) {
    const detail = "Sec-WebSocket-Key must be 16 octets in base64.";
    return new Problem(400, "websocket_key_invalid", detail);
  }
  return undefined;
}

/**
 * Whether a page of this origin may open a WebSocket.
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

/** The answer to an upgrade that there is no room for. */
export function overCapacity(): Response {
  return unavailable("over_capacity", "There are too many connections. Try again.").toResponse();
}

function upgradeRequired(): Problem {
  const detail = "This is a WebSocket endpoint. Open it with a WebSocket client; behind a proxy, " +
    "make it pass the Upgrade and Connection headers on.";
  return new Problem(426, "upgrade_required", detail, { headers: UPGRADE });
}

/** RFC 6455 section 4.4. */
function wrongVersion(): Problem {
  const headers = { ...UPGRADE, "sec-websocket-version": "13" };
  const detail = "Only version 13 of the WebSocket protocol is spoken here.";
  return new Problem(426, "websocket_version", detail, { headers });
}

/** RFC 9110 section 7.8: who sends Upgrade also names it in Connection. */
const UPGRADE = { upgrade: "websocket", connection: "Upgrade" };

function hasToken(list: string | null, token: string): boolean {
  return list?.split(",").some((item) => item.trim().toLowerCase() === token) ?? false;
}
