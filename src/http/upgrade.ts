/**
 * What is checked before a WebSocket upgrade, by both fronts (RFC 6455 section 4.2).
 *
 * @module
 */

import { methodNotAllowed } from "./method.ts";
import { Problem, unavailable } from "./problem.ts";

/** 16 octets in base64. */
const KEY = /^[A-Za-z0-9+/]{22}==$/;

/** Whether `request` wants to become a WebSocket, properly or not. */
export function wantsUpgrade({ headers }: Request): boolean {
  return hasToken(headers.get("upgrade"), "websocket");
}

/** What is wrong with a request at a WebSocket endpoint; `undefined` for a proper upgrade. */
export function upgradeProblem(request: Request): Problem | undefined {
  const { method, headers } = request;
  if (method !== "GET" && method !== "HEAD") return methodNotAllowed(["GET"]);
  const upgrades = method === "GET" && wantsUpgrade(request) &&
    hasToken(headers.get("connection"), "upgrade");
  if (!upgrades) return upgradeRequired();
  if (!headers.get("host")) {
    return new Problem(400, "host_missing", "An upgrade must have a Host header.");
  }
  if (headers.get("sec-websocket-version")?.trim() !== "13") return wrongVersion();
  if (!KEY.test(headers.get("sec-websocket-key")?.trim() ?? "")) {
    const detail = "Sec-WebSocket-Key must be 16 octets in base64.";
    return new Problem(400, "websocket_key_invalid", detail);
  }
  return undefined;
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

/** Whether a header's list has `token`, in lower case; items are compared without regard to case. */
export function hasToken(list: string | null, token: string): boolean {
  return list?.split(",").some((item) => item.trim().toLowerCase() === token) ?? false;
}
