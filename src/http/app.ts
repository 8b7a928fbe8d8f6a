/**
 * The HTTP side of the service: one handler for every request of a port.
 *
 * @module
 */

import { type Context, Hono, type Next } from "hono";
import { type Clock, systemClock } from "../time/clock.ts";
import { Call } from "./call.ts";
import { corsOf } from "./cors.ts";
import { allowedBy, methodNotAllowed } from "./method.ts";
import { openApi } from "./openapi_route.ts";
import { Problem, respondTo } from "./problem.ts";
import { rawPath } from "./raw_path.ts";
import { type Member, type Resource, resourcesOf } from "./resource.ts";
import type { RouteGroup, SocketMount } from "./route.ts";
import { badPath, encodedNeedlessly, targetProblem } from "./target.ts";
import { upgradeProblem, wantsUpgrade } from "./upgrade.ts";

/** What the port serves. */
export interface HttpAppOptions {
  /** Every path is served under it too; empty: at the root alone. */
  readonly basePath: string;
  readonly groups: readonly RouteGroup[];
  readonly sockets?: readonly SocketMount[];
  /** Given: `/openapi.json` describes the routes, and says it. */
  readonly version?: string;
  /** Measures the time that a body takes. */
  readonly clock?: Clock;
}

/** The handler of the port. */
export interface HttpApp {
  /** The handler of the port. It answers every request, and throws and rejects never. */
  readonly fetch: (request: Request) => Response | Promise<Response>;
}

/** @throws {TypeError} two doors claim the same method of a path, or the same socket. */
export function createHttpApp(options: HttpAppOptions): HttpApp {
  const { basePath, sockets = [], version, clock = systemClock } = options;
  const groups = [...options.groups];
  if (version !== undefined) groups.push(openApi(options.groups, { version, basePath }));
  const prefixes = [...new Set(["", basePath])];
  // As it is written: what must be decoded to be one of our paths is none of them.
  const app = new Hono({ getPath: (request) => rawPath(request.url) });
  app.onError((error, c) => respondTo(error, c.req.raw));
  app.notFound((c) => unknownPath(c, groups, prefixes));
  for (const resource of resourcesOf(groups, sockets)) {
    for (const prefix of prefixes) addResource(app, prefix, resource, clock);
  }
  return {
    fetch(request) {
      const problem = targetProblem(request.url, request.headers.get("host"));
      return problem ? respondTo(problem, request) : app.fetch(request);
    },
  };
}

/** Nothing stands before a socket: thousands of visitors come through here within seconds. */
function addResource(app: Hono, prefix: string, resource: Resource, clock: Clock): void {
  const { socket, members, cors } = resource;
  const path = prefix + resource.path.replaceAll(/\{(\w+)\}/g, ":$1");
  const [first] = members.values();
  if (!first) {
    app.all(path, async (c: Context, next: Next): Promise<Response | void> => {
      if (socket!.upgradesOnly && !wantsUpgrade(c.req.raw)) return await next();
      return await upgrade(socket!, c.req.raw);
    });
    return;
  }
  if (socket) {
    app.get(path, async (c: Context, next: Next): Promise<Response | void> => {
      return wantsUpgrade(c.req.raw) ? await upgrade(socket, c.req.raw) : await next();
    });
  }
  const methods = [...members.keys()];
  const allowed = allowedBy(socket ? [...methods, "GET"] : methods);
  if (cors) app.all(path, corsOf(cors, allowed));
  for (const [method, member] of members) {
    app.on(method, path, (c) => serve(member, c.req.raw, clock));
  }
  // Where a socket is and no GET, a GET without an upgrade is told to upgrade.
  if (socket && !members.has("GET")) app.get(path, (c) => upgrade(socket, c.req.raw));
  app.on("OPTIONS", path, () => {
    return new Response(null, { status: 204, headers: { allow: allowed.join(", ") } });
  });
  app.all(path, (c) => render(methodNotAllowed(allowed), c.req.raw, first.group));
}

async function serve({ route, group }: Member, request: Request, clock: Clock): Promise<Response> {
  try {
    const call = new Call(request, route.path, { clock, maxOctets: route.maxBody });
    const caller = await route.authorize?.(call);
    return await route.handle(call, caller);
  } catch (error) {
    return render(error, request, group);
  }
}

function upgrade(socket: SocketMount, request: Request): Response | Promise<Response> {
  const problem = upgradeProblem(request);
  return problem ? respondTo(problem, request) : socket.upgrade(request);
}

function unknownPath(
  c: Context,
  groups: readonly RouteGroup[],
  prefixes: readonly string[],
): Response {
  const { path } = c.req;
  if (encodedNeedlessly(path)) return respondTo(badPath(), c.req.raw);
  const group = groups.find(({ prefix }) =>
    prefix !== undefined && prefixes.some((base) => isUnder(path, base + prefix))
  );
  const detail = "There is nothing at this path. GET /openapi.json lists what there is.";
  return render(new Problem(404, "unknown_path", detail), c.req.raw, group);
}

function isUnder(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

function render(error: unknown, request: Request, group: RouteGroup | undefined): Response {
  return (group?.renderError ?? respondTo)(error, request);
}
