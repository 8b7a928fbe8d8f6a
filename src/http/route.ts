/**
 * A route: what it does and what the API description says of it, in one place.
 *
 * @module
 */

import type { Context } from "hono";
import type { z } from "zod";
import type { Principal } from "../auth/principal.ts";
import type { Clock } from "../time/clock.ts";
import type { AccessPolicy } from "../access/policy.ts";
import type { ConferenceNames } from "../access/conference_name.ts";
import type { Conferences } from "../queue/view.ts";
import type { ProblemStatus } from "./problem.ts";

/** What the routes for backends and operators need. */
export interface CommandOptions {
  readonly conferences: Conferences;
  readonly names: ConferenceNames;
  readonly access: AccessPolicy;
  /** The value of an `Authorization` header -> who it is. @throws {AuthError} */
  readonly authenticate: (authorization: string | undefined) => Principal | Promise<Principal>;
  /** Measures the time that a body takes. */
  readonly clock: Clock;
}

/** A body. The schema has an `id` and an example; it is the one that checks or types the body. */
export interface Content {
  readonly type: "application/json" | "text/plain";
  readonly schema: z.ZodType;
}

export interface Reply {
  readonly description: string;
  readonly content: Content;
}

export interface Parameter {
  readonly name: string;
  readonly description: string;
  readonly example: string;
}

/** What the API description says of a route. */
export interface Operation {
  readonly id: string;
  readonly summary: string;
  readonly description?: string;
  /** Whether it asks for a system token. */
  readonly secured: boolean;
  readonly pathParameters?: readonly Parameter[];
  readonly request?: z.ZodType;
  /** Answers that are no problem documents, by status. */
  readonly replies: Readonly<Record<number, Reply>>;
  readonly problems: readonly ProblemStatus[];
}

export interface Route {
  readonly method: "GET" | "POST";
  /** As in OpenAPI: `/conferences/{conference}`. */
  readonly path: string;
  readonly operation: Operation;
  /** @throws {Error} what `problem.ts` turns into the answer. */
  readonly handle: (c: Context) => Response | Promise<Response>;
}

/** A JSON answer. Nothing here may be kept by a cache: it is about this moment. */
export function json(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json", "cache-control": "no-store" },
  });
}
