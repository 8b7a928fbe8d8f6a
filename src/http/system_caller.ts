/**
 * Routes for backends: who calls, by a system token.
 *
 * @module
 */

import type { ConferenceName } from "../access/conference_name.ts";
import type { AccessPolicy } from "../access/policy.ts";
import type { Authenticate } from "../auth/authenticator.ts";
import type { SystemPrincipal } from "../auth/principal.ts";
import type { Call } from "./call.ts";
import { Problem, tokenMissing } from "./problem.ts";
import type { SecurityScheme } from "./route.ts";

/** What the API description says of {@linkcode authorizeSystem}. */
export const SYSTEM_TOKEN: SecurityScheme = {
  type: "http",
  scheme: "bearer",
  bearerFormat: "JWT",
  description: "A system token: one that the SYSTEM_JWT_ settings accept.",
};

/** The `security` of an operation that asks for a system token. */
export const SECURED: Record<string, string[]>[] = [{ systemToken: [] }];

/**
 * Who calls, from the `Authorization` header alone: nothing of the body has been read yet.
 *
 * @throws {Problem} 401 without a token, 403 with a token that is not a system token.
 * @throws {AuthError} the token is not accepted, or cannot be checked now.
 */
export async function authorizeSystem(
  call: Call,
  { authenticate }: { readonly authenticate: Authenticate },
): Promise<SystemPrincipal> {
  const authorization = call.header("authorization");
  // Prosody sends an empty header when its key file is missing.
  if (!authorization?.trim()) throw tokenMissing();
  const principal = await authenticate(authorization, "request");
  if (principal.kind === "anonymous") throw tokenMissing();
  if (principal.kind === "client") {
    throw new Problem(
      403,
      "role",
      "This is a client token. Send a system token, one that the SYSTEM_JWT_ settings accept.",
    );
  }
  return principal;
}

/**
 * Refuses a system token that is limited to other conferences.
 *
 * @param name absent: all conferences are meant.
 * @throws {Problem} 403.
 */
export function requireCommand(
  principal: SystemPrincipal,
  { access }: { readonly access: AccessPolicy },
  name?: ConferenceName,
): void {
  const refusal = access.mayCommand(principal, name);
  if (refusal) throw new Problem(403, refusal.code, refusal.detail);
}
