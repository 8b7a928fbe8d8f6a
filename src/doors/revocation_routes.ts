import { z } from "zod";
import { type Revocations, TooManyRevocationsError } from "../access/revocations.ts";
import type { AccessPolicy } from "../access/policy.ts";
import type { Authenticate } from "../auth/authenticator.ts";
import type { SystemPrincipal } from "../auth/principal.ts";
import { Problem, unavailable } from "../http/problem.ts";
import { jsonReply, problems } from "../http/problem_replies.ts";
import { json, type Route, type RouteGroup } from "../http/route.ts";
import { authorizeSystem, requireCommand, SECURED, SYSTEM_TOKEN } from "../http/system_caller.ts";
import { StoreError } from "../store/store.ts";

/** As long as the `jti` of a token may be. */
const MAX_JTI_CHARS = 255;

const request = z.object({
  jti: z.string().min(1).max(MAX_JTI_CHARS).meta({ description: "The `jti` of the token." }),
  exp: z.number().optional().meta({
    description: "When the token expires, in seconds since the epoch; absent: kept for 400 days.",
  }),
}).meta({ id: "Revocation", examples: [{ jti: "5f0c2a", exp: 1_900_000_000 }] });

const answer = z.object({ jti: z.string() }).meta({ id: "Revoked", examples: [{ jti: "5f0c2a" }] });

interface RevokeOptions {
  readonly authenticate: Authenticate;
  readonly access: AccessPolicy;
  readonly revocations: Revocations;
}

/** The group of each isolate: every door that takes tokens back hands over the same one. */
const groups = new WeakMap<Revocations, RouteGroup>();

/** `POST /tokens/revoke`, for each door whose tokens may be taken back. */
export function revocationRoutes(options: RevokeOptions): RouteGroup {
  let group = groups.get(options.revocations);
  if (!group) {
    const securitySchemes = { systemToken: SYSTEM_TOKEN };
    group = { name: "revocations", routes: [revokeRoute(options)], securitySchemes };
    groups.set(options.revocations, group);
  }
  return group;
}

/** Answered once it is stored. */
function revokeRoute(options: RevokeOptions): Route<SystemPrincipal> {
  return {
    method: "POST",
    path: "/tokens/revoke",
    operation: {
      operationId: "revokeToken",
      summary: "Take a token back before it expires",
      description: "Within a second it is accepted nowhere any more. Connections of the events " +
        "socket that have it end two seconds later. May be repeated.",
      security: SECURED,
      requestBody: { required: true, content: { "application/json": { schema: request } } },
      responses: {
        200: jsonReply("The token is revoked.", answer),
        ...problems(400, 401, 403, 408, 413, 500, 503),
      },
    },
    async authorize(call) {
      const caller = await authorizeSystem(call, options);
      requireCommand(caller, options);
      return caller;
    },
    async handle(call) {
      const { data } = request.safeParse(await call.json());
      if (!data) {
        const detail = `Send {"jti": "..."}, with the jti of the token: 1 to ${MAX_JTI_CHARS} ` +
          'characters, and as "exp" a number or nothing.';
        throw new Problem(400, "jti_missing", detail);
      }
      await revoke(data, options);
      return json({ jti: data.jti } satisfies z.infer<typeof answer>);
    },
  };
}

async function revoke(
  { jti, exp }: z.infer<typeof request>,
  { revocations }: RevokeOptions,
): Promise<void> {
  try {
    await revocations.revoke(jti, exp);
  } catch (error) {
    if (error instanceof TooManyRevocationsError) {
      throw unavailable("too_many_revocations", `${error.message}. Wait until some expire.`, error);
    }
    if (!(error instanceof StoreError)) throw error;
    const detail =
      "The store cannot be reached: it is unknown whether the token is revoked. Try again.";
    throw unavailable("store_unavailable", detail, error);
  }
}
