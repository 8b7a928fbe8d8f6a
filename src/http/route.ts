/**
 * What a door gives to the HTTP side: its routes in groups, and where its sockets are.
 *
 * @module
 */

import type { ZodOpenApiOperationObject, ZodOpenApiSecuritySchemeObject } from "zod-openapi";
import type { Call } from "./call.ts";
import type { Method } from "./method.ts";

/** What the API description says of a route, in the words of OpenAPI; schemas are zod's. */
export type Operation = ZodOpenApiOperationObject & { readonly operationId: string };

/** A security scheme of OpenAPI 3.1. */
export type SecurityScheme = ZodOpenApiSecuritySchemeObject;

/** One method of one path. `Caller` is what its authorization finds out. */
export interface Route<Caller = unknown> {
  readonly method: Method;
  /** As in OpenAPI: `/conferences/{conference}`. */
  readonly path: string;
  /** Absent: for browsers, not for programs, and left out of the API description. */
  readonly operation?: Operation;
  /** The most octets of its body; 64 KiB when it is absent. */
  readonly maxBody?: number;
  /**
   * Who calls, and whether they may. Runs before `handle`, so before the body is read; one that
   * checks a signature over the body reads it by `call.octets()` once the rest has been found good.
   *
   * @throws {Error} what the group's `renderError` makes the answer of.
   */
  authorize?(call: Call): Caller | Promise<Caller>;
  /** @throws {Error} what the group's `renderError` makes the answer of. */
  handle(call: Call, caller: Caller): Response | Promise<Response>;
}

/** Which pages of other origins may read the answers (Fetch standard, section "CORS protocol"). */
export interface Cors {
  /** Origins in lower case, or `*`. */
  readonly origins: readonly string[];
  /** Headers of a request that a page may set. */
  readonly allowedHeaders?: readonly string[];
  /** Headers of an answer that a page may read. */
  readonly exposedHeaders?: readonly string[];
  /** Whether a page may send cookies and HTTP authentication. */
  readonly credentials?: boolean;
}

/** Routes that share what stands around them. */
export interface RouteGroup {
  /** Its tag in the API description. */
  readonly name: string;
  readonly routes: readonly Route[];
  readonly cors?: Cors;
  /** The ways of authorization that its operations name. */
  readonly securitySchemes?: Readonly<Record<string, SecurityScheme>>;
  /**
   * Makes the answer of an error: its routes', a wrong method's on its paths and, with
   * {@linkcode prefix}, an unknown path's. Absent: problem documents. `respondTo` logs and maps.
   */
  readonly renderError?: RenderError;
  /** Unknown paths under it, as `/v0`, are answered in this group's form. */
  readonly prefix?: string;
}

/** Writes an error in the form of a door. */
export type RenderError = (error: unknown, request: Request) => Response;

/** Where a door takes WebSockets. */
export interface SocketMount {
  readonly paths: readonly string[];
  /** Without an upgrade there is nothing at them, rather than a hint to upgrade. */
  readonly upgradesOnly?: boolean | undefined;
  /** Takes an upgrade that has passed the checks of RFC 6455; its response is passed on untouched. */
  upgrade(request: Request): Response | Promise<Response>;
}

/** A JSON answer. Nothing here may be kept by a cache: it is about this moment. */
export function json(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json", "cache-control": "no-store" },
  });
}
