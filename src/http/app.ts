/**
 * The HTTP side of the service: one handler for every request of the port.
 *
 * @module
 */

import { type Context, Hono } from "hono";
import { type Clock, systemClock } from "../time/clock.ts";
import { methodNotAllowed, methodsWith } from "./method.ts";
import { Problem, respondTo } from "./problem.ts";
import type { CommandOptions, Route } from "./route.ts";
import { describeConference } from "../doors/rest/conference.ts";
import { listConferences } from "../doors/rest/conferences.ts";
import { endLive } from "../doors/rest/endlive.ts";
import { goLive } from "../doors/rest/golive.ts";
import { type Health, health } from "../doors/rest/health.ts";
import { metrics } from "../doors/rest/metrics.ts";
import { openApi } from "../doors/rest/openapi.ts";
import { type Readiness, ready } from "../doors/rest/ready.ts";
import { upgradeProblem, WEBSOCKET_PATHS } from "./upgrade.ts";

export interface HttpOptions extends Omit<CommandOptions, "clock"> {
  /** Every path is served under it too; empty: at the root alone. */
  readonly basePath: string;
  readonly health: () => Health;
  readonly readiness: () => Promise<Readiness>;
  /** Absent: `/metrics` is served elsewhere, and unknown here. */
  readonly metrics?: () => Promise<string>;
  /**
   * Upgrades a request that has passed `checkUpgrade`, or refuses it. Its response is passed on
   * untouched. Absent: upgrades never get here, because another front takes them first.
   */
  readonly upgrade?: (c: Context) => Response;
  /** Mounted at `/demo` in demo mode. */
  readonly demo?: Hono;
  /** What `/openapi.json` says. */
  readonly version?: string;
  readonly clock?: Clock;
}

/** Its `fetch` is the handler of the port. */
export function createHttpApp(options: HttpOptions): Hono {
  const app = createApp();
  const prefixes = [...new Set(["", options.basePath])];
  // First, and with nothing before it: thousands of visitors come through here within seconds.
  for (const path of under(prefixes, WEBSOCKET_PATHS)) {
    app.all(path, (c) => upgrade(c, options.upgrade));
  }
  for (const route of routesOf(options)) addRoute(app, route, prefixes);
  if (options.demo) { for (const prefix of prefixes) app.route(`${prefix}/demo`, options.demo); }
  return app;
}

/** An app that serves `/metrics` alone, for a port of its own. */
export function createMetricsApp(render: () => Promise<string>): Hono {
  const app = createApp();
  addRoute(app, metrics({ metrics: render }), [""]);
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

function routesOf(options: HttpOptions): Route[] {
  const commands: CommandOptions = { ...options, clock: options.clock ?? systemClock };
  const routes = [
    goLive(commands),
    endLive(commands),
    listConferences(commands),
    describeConference(commands),
    health(options),
    ready(options),
    ...(options.metrics ? [metrics({ metrics: options.metrics })] : []),
  ];
  const { version = "0.0.0", basePath } = options;
  return [...routes, openApi(routes, { version, basePath })];
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

function upgrade(c: Context, accept: HttpOptions["upgrade"]): Response {
  const problem = upgradeProblem(c.req.raw);
  if (problem) return respondTo(problem, c.req.raw);
  if (accept) return accept(c);
  const detail = "WebSockets are taken by another front of this service, which was passed by.";
  return respondTo(new Problem(500, "no_websocket_front", detail), c.req.raw);
}

function under(prefixes: readonly string[], paths: readonly string[]): string[] {
  return prefixes.flatMap((prefix) => paths.map((path) => prefix + path));
}
