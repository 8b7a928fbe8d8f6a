import type { MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import { originAllowed } from "./origin.ts";
import type { Cors } from "./route.ts";

/** How long a browser may keep the answer to a preflight, in seconds. */
const MAX_AGE_SEC = 600;

/**
 * Answers preflights and adds what an answer needs to be read by a page of another origin. A page
 * whose origin is not allowed learns nothing, not even which headers others may send.
 *
 * @param allowed what the path has, for `Allow` and `Access-Control-Allow-Methods`.
 */
export function corsOf(options: Cors, allowed: readonly string[]): MiddlewareHandler {
  const { origins, allowedHeaders = [], exposedHeaders = [], credentials = false } = options;
  // With credentials `*` has no meaning, so the origin is named.
  const any = origins.includes("*") && !credentials;
  const shared = cors({
    origin: any ? "*" : (origin) => origin,
    allowMethods: allowed.filter((method) => method !== "OPTIONS"),
    allowHeaders: [...allowedHeaders],
    exposeHeaders: [...exposedHeaders],
    maxAge: MAX_AGE_SEC,
    ...(credentials && { credentials }),
  });
  return async (c, next) => {
    const origin = c.req.header("origin");
    if (!any && (!origin || !originAllowed(origin, origins))) {
      await next();
      c.header("Vary", "Origin", { append: true });
      return;
    }
    const preflight = await shared(c, next);
    preflight?.headers.set("allow", allowed.join(", "));
    return preflight;
  };
}
