/**
 * The HTTP side of the service: one handler for every request of the port.
 *
 * @module
 */

import { type Context, Hono } from "hono";
import { methodNotAllowed, methodsWith } from "./method.ts";
import { openApi } from "./openapi_route.ts";
import { Problem, respondTo } from "./problem.ts";
import type { Route } from "./route.ts";
import { upgradeProblem } from "./upgrade.ts";

/** WebSocket paths, and what answers an upgrade that is in order. */
export interface SocketMount {
  readonly paths: readonly string[];
  /** Upgrades, or refuses. Its response is passed on untouched. */
  upgrade(request: Request): Response | Promise<Response>;
}

export interface HttpOptions {
  /** Every path is served under it too; empty: at the root alone. */
  readonly basePath: string;
  readonly routes: readonly Route[];
  readonly sockets: readonly SocketMount[];
  /** Mounted as they are. */
  readonly pages?: readonly { readonly path: string; readonly app: Hono }[];
  /** What `/openapi.json` says. */
  readonly version: string;
}

/** Its `fetch` is the handler of the port. */
export function createHttpApp({ basePath, routes, sockets, pages, version }: HttpOptions): Hono {
  const app = createApp();
  const prefixes = [...new Set(["", basePath])];
  // First, and with nothing before it: thousands of visitors come through here within seconds.
  for (const mount of sockets) {
    for (const path of under(prefixes, mount.paths)) app.all(path, (c) => upgrade(c, mount));
  }
  const all = [...routes, openApi(routes, { version, basePath })];
  for (const route of all) addRoute(app, route, prefixes);
  for (const page of pages ?? []) {
    for (const prefix of prefixes) app.route(prefix + page.path, page.app);
  }
  return app;
}

/** An app that serves these routes alone, for a port of its own. */
export function createSmallApp(routes: readonly Route[]): Hono {
  const app = createApp();
  for (const route of routes) addRoute(app, route, [""]);
  return app;
}

function createApp(): Hono {
  const app = new Hono();
  app.onError((error, c) => respondTo(error, c.req.raw));
  app.notFound((c) => {
    const detail = "There is nothing at this path. GET /openapi.json lists what there is.";
    return respondTo(new Problem(404, "unknown_path", detail), c.req.raw);
  });
  return app;
}

function addRoute(app: Hono, { method, path, handle }: Route, prefixes: readonly string[]): void {
  const paths = under(prefixes, [path.replaceAll(/\{(\w+)\}/g, ":$1")]);
  const allowed = methodsWith(method);
  app.on(method, paths, handle);
  app.on("OPTIONS", paths, () => {
    return new Response(null, { status: 204, headers: { allow: allowed.join(", ") } });
  });
  for (const each of paths) {
    app.all(each, () => {
      throw methodNotAllowed(allowed);
    });
  }
}

function upgrade(c: Context, mount: SocketMount): Response | Promise<Response> {
  const problem = upgradeProblem(c.req.raw);
  return problem ? respondTo(problem, c.req.raw) : mount.upgrade(c.req.raw);
}

function under(prefixes: readonly string[], paths: readonly string[]): string[] {
  return prefixes.flatMap((prefix) => paths.map((path) => prefix + path));
}
