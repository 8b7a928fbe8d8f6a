/** A door for the tests of the HTTP side, with nothing behind it. */

import { createHttpApp, type HttpAppOptions } from "../../src/http/app.ts";
import type { Method } from "../../src/http/method.ts";
import type { Route, RouteGroup } from "../../src/http/route.ts";

/** Sends a request to an app of these parts. */
export type Send = (path: string, init?: RequestInit) => Promise<Response>;

export function appOf(options: Partial<HttpAppOptions>): Send {
  const app = createHttpApp({ basePath: "/base", groups: [], ...options });
  return async (path, init) => await app.fetch(new Request(`http://queue.example${path}`, init));
}

/** A route that answers with its name. */
export function said(method: Method, path: string, more: Partial<Route> = {}): Route {
  return { method, path, handle: () => new Response(`${method} ${path}`), ...more };
}

export function group(name: string, routes: Route[], more: Partial<RouteGroup> = {}): RouteGroup {
  return { name, routes, ...more };
}
