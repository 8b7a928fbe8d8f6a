/**
 * Who may have tokens of the demo: its own page, on this machine. The service listens on loopback
 * only, but every page that a browser on this machine shows can reach loopback too.
 *
 * @module
 */

import { isLoopback } from "../../base/loopback.ts";

/** What a proxy says of the client for whom it asks. */
const FORWARDED = /^(forwarded|via|x-forwarded-.*|x-real-ip)$/;

/**
 * Why the demo must not answer `request` at all: a proxy on this machine would hand its tokens to
 * strangers. `undefined` when it came by itself.
 */
export function proxyRefusalOf({ headers }: Request): string | undefined {
  const header = [...headers.keys()].find((name) => FORWARDED.test(name));
  if (header === undefined) return undefined;
  return `The demo answers no proxy (the request has ${header}): it would hand tokens of this run ` +
    "to strangers. Set the keys of the service, and there is no demo.";
}

/** Why `request` must not have tokens, in words for the reader; `undefined` when it may. */
export function refusalOf(request: Request): string | undefined {
  const proxied = proxyRefusalOf(request);
  if (proxied !== undefined) return proxied;
  const host = request.headers.get("host") ?? new URL(request.url).host;
  // DNS rebinding gives the attacker's name the address 127.0.0.1: the connection then comes from
  // here, and only the header still tells the name.
  if (!isLoopback(host)) {
    return "The demo answers on this machine only: open it as http://localhost with the port.";
  }
  if (!isOwnPage(request.headers, host)) {
    return "Tokens of the demo are for its own page, not for pages of other sites.";
  }
  return undefined;
}

/**
 * `same-site` is refused as well: another port of localhost is the same site, and another program.
 * Clients that are no browser send neither header and pass; they could read the page anyhow.
 */
function isOwnPage(headers: Headers, host: string): boolean {
  const site = headers.get("sec-fetch-site");
  if (site !== null && site !== "same-origin" && site !== "none") return false;
  const origin = headers.get("origin");
  return origin === null || origin === `http://${host}` || origin === `https://${host}`;
}
