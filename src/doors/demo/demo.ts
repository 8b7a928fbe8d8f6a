/**
 * The demo: a page on which one person plays visitors, moderator and backend, on the real
 * endpoints. Served in demo mode only, where the keys are made for this run.
 *
 * @module
 */

import { type Context, Hono } from "hono";
import { Problem } from "../../http/problem.ts";
import { assetHeaders, type Assets, PAGE, readAssets } from "./assets.ts";
import { refusalOf } from "./guard.ts";

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
 * The demo as a sub-application, to be mounted at a path that ends in `/demo`. Its files are read
 * here, once.
 *
 * @throws {Deno.errors.NotFound} a file of the page or of its STOMP client is missing.
 */
export function createDemo(options: DemoOptions): Hono {
  const assets = readAssets();
  const demo = new Hono();
  demo.get("/", (c) => page(c, assets));
  demo.get("/tokens", (c) => tokens(c, options));
  demo.get("/:file{[a-z_.]*}", (c) => {
    const file = c.req.param("file");
    if (file === "") return page(c, assets);
    const asset = assets.get(file);
    return asset === undefined ? c.notFound() : c.body(asset.content, 200, assetHeaders(asset));
  });
  return demo;
}

/**
 * The page is the same at `/demo` and `/demo/`. A relative link means something else in each, so
 * the folder is written into the links; and it stays relative, for a proxy in front may add a path.
 */
function page(c: Context, assets: Assets): Response {
  const html = assets.get(PAGE)!;
  const folder = c.req.path.endsWith("/") ? "" : `${c.req.path.split("/").at(-1)}/`;
  return c.body(html.content.replaceAll("{folder}", folder), 200, assetHeaders(html));
}

async function tokens(c: Context, options: DemoOptions): Promise<Response> {
  const refusal = refusalOf(c.req.raw);
  if (refusal !== undefined) return new Problem(403, "demo_refused", refusal).toResponse();
  const room = c.req.query("room") ?? "";
  if (!ROOM.test(room)) return new Problem(400, "room_invalid", BAD_ROOM).toResponse();
  const [visitor, moderator, system] = await Promise.all([
    options.mint("visitor", room),
    options.mint("moderator", room),
    options.mint("system", room),
  ]);
  const { basePath, releaseRate, stateIntervalMs } = options;
  const conference = `${room}@${DEMO_DOMAIN}`;
  return c.json(
    { room, conference, visitor, moderator, system, basePath, releaseRate, stateIntervalMs },
    200,
    { "cache-control": "no-store", "x-content-type-options": "nosniff" },
  );
}
