/**
 * The demo: a page on which one person plays visitors, moderator and backend, on the real
 * endpoints. Served in demo mode only, where the keys are made for this run.
 *
 * @module
 */

import type { Call } from "../../http/call.ts";
import { Problem } from "../../http/problem.ts";
import { rawPath } from "../../http/raw_path.ts";
import { json, type RouteGroup } from "../../http/route.ts";
import { type Asset, assetHeaders, type Assets, PAGE, readAssets } from "./assets.ts";
import { proxyRefusalOf, refusalOf } from "./guard.ts";

/** What the demo needs from the service it shows. */
export interface DemoOptions {
  /** Makes a token of that kind which this service accepts for `room`. */
  mint(kind: "visitor" | "moderator" | "system", room: string): Promise<string>;
  /** Where the service also answers, as `/waiting-queue`; shown in the snippets. */
  readonly basePath: string;
  /** Visitors told a second, 0 for all at once; drawn beside what is measured. */
  readonly releaseRate: number;
  /** The least time between two counts, in milliseconds; told to who reads the page. */
  readonly stateIntervalMs: number;
}

/** The domain of the demo's conferences: with no XMPP domain configured any will do. */
const DEMO_DOMAIN = "conference.demo";

/** Narrower than a conference name may be: what needs no encoding in a URL or in a shell. */
const ROOM = /^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/;

const BAD_ROOM = "Give the room as ?room=NAME: 1 to 64 of a-z, 0-9, dot, dash and underscore, " +
  "with a letter or a digit at both ends.";

/**
 * The routes of the demo. Its files are read here, once.
 *
 * @throws {Deno.errors.NotFound} a file of the page or of its STOMP client is missing.
 */
export function demoRoutes(options: DemoOptions): RouteGroup {
  const assets = readAssets();
  return {
    name: "demo",
    routes: [
      { method: "GET", path: "/demo", handle: (call) => page(call, assets) },
      { method: "GET", path: "/demo/", handle: (call) => page(call, assets) },
      { method: "GET", path: "/demo/tokens", handle: (call) => tokens(call, options) },
      { method: "GET", path: "/demo/{file}", handle: (call) => file(call, assets) },
    ],
  };
}

/** @throws {Problem} a proxy asks. */
function assertDirect(request: Request): void {
  const refusal = proxyRefusalOf(request);
  if (refusal !== undefined) throw new Problem(403, "demo_refused", refusal);
}

function file(call: Call, assets: Assets): Response {
  assertDirect(call.request);
  const asset = assets.get(call.parameter("file"));
  if (!asset) throw new Problem(404, "unknown_path", "The demo does not have this file.");
  return serve(call.request, asset, asset.content);
}

/**
 * The page is the same at `/demo` and `/demo/`, under both mounts. A relative link means something
 * else in each, so the folder is written into the links.
 */
function page({ request }: Call, assets: Assets): Response {
  assertDirect(request);
  const html = assets.get(PAGE)!;
  const path = rawPath(request.url);
  const folder = path.endsWith("/") ? "" : `${path.split("/").at(-1)}/`;
  return serve(request, html, html.content.replaceAll("{folder}", folder));
}

function serve({ url }: Request, asset: Asset, content: string): Response {
  return new Response(content, { headers: assetHeaders(asset, new URL(url).host) });
}

async function tokens({ request, query }: Call, options: DemoOptions): Promise<Response> {
  const refusal = refusalOf(request);
  if (refusal !== undefined) throw new Problem(403, "demo_refused", refusal);
  const room = query.get("room") ?? "";
  if (!ROOM.test(room)) throw new Problem(400, "room_invalid", BAD_ROOM);
  const [visitor, moderator, system] = await Promise.all([
    options.mint("visitor", room),
    options.mint("moderator", room),
    options.mint("system", room),
  ]);
  const { basePath, releaseRate, stateIntervalMs } = options;
  const conference = `${room}@${DEMO_DOMAIN}`;
  const response = json(
    { room, conference, visitor, moderator, system, basePath, releaseRate, stateIntervalMs },
  );
  response.headers.set("x-content-type-options", "nosniff");
  return response;
}
