/**
 * One notification: a request of our own making, because the address that was checked must be the
 * one that is called, and nothing of the answer but its first line is of interest.
 *
 * @module
 */

import { lookup } from "node:dns/promises";
import { isPublicAddress } from "./address.ts";

/** The addresses of a host. */
export type Resolve = (host: string) => Promise<readonly string[]>;

export interface PushCallOptions {
  /** Also private and loopback addresses may be called. */
  readonly allowPrivate: boolean;
  readonly resolve?: Resolve;
  /** Ends it wherever it is. */
  readonly signal: AbortSignal;
}

/** The most octets of an answer's first line. */
const MAX_LINE = 256;

/** Name look-up as the system does it. */
export async function systemResolve(host: string): Promise<readonly string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address);
}

/** The receiver has an address that must not be called, now or later. */
export class PushRefusedError extends Error {
  override readonly name = "PushRefusedError";
}

/**
 * Sends `PUT` with `version` as a form. Follows nothing, sends no cookie and keeps nothing.
 *
 * @throws {PushRefusedError} @throws {Error} it did not get there, or the answer is not 2xx.
 */
export async function pushVersion(
  url: URL,
  version: number,
  options: PushCallOptions,
): Promise<void> {
  const { signal } = options;
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", abort);
  try {
    // A read that is under way does not end with its connection everywhere.
    await Promise.race([call(url, version, options), aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

async function call(url: URL, version: number, options: PushCallOptions): Promise<void> {
  const { signal } = options;
  const address = await addressOf(url, options);
  signal.throwIfAborted();
  const port = Number(url.port) || (url.protocol === "https:" ? 443 : 80);
  let conn: Deno.Conn = await Deno.connect({ hostname: address, port });
  const close = () => quietly(() => conn.close());
  signal.addEventListener("abort", close);
  try {
    signal.throwIfAborted();
    if (url.protocol === "https:") {
      conn = await Deno.startTls(conn as Deno.TcpConn, { hostname: bare(url.hostname) });
    }
    await send(conn, url, version);
    const status = await firstLine(conn);
    if (!/^HTTP\/1\.[01] 2\d\d/.test(status)) throw new Error("The receiver does not say 2xx");
  } finally {
    signal.removeEventListener("abort", close);
    close();
  }
}

/** The address to call, checked. */
async function addressOf(
  url: URL,
  { allowPrivate, resolve = systemResolve }: PushCallOptions,
): Promise<string> {
  const host = bare(url.hostname);
  const literal = /^[\d.]+$/.test(host) || host.includes(":");
  const addresses = literal ? [host] : await resolve(host);
  const [first] = addresses;
  if (first === undefined) throw new Error("The receiver has no address");
  // One that must not be called among them is enough: somebody plays with the name.
  if (!allowPrivate && !addresses.every(isPublicAddress)) {
    throw new PushRefusedError("The receiver has an address that is not public");
  }
  return first;
}

async function send(conn: Deno.Conn, url: URL, version: number): Promise<void> {
  const body = `version=${version}`;
  const head = [
    `PUT ${url.pathname}${url.search} HTTP/1.1`,
    `Host: ${url.host}`,
    "Content-Type: application/x-www-form-urlencoded",
    `Content-Length: ${body.length}`,
    "Connection: close",
  ];
  let octets = new TextEncoder().encode(`${head.join("\r\n")}\r\n\r\n${body}`);
  while (octets.length > 0) octets = octets.subarray(await conn.write(octets));
}

async function firstLine(conn: Deno.Conn): Promise<string> {
  const buffer = new Uint8Array(MAX_LINE);
  let line = "";
  while (!line.includes("\n") && line.length < MAX_LINE) {
    const read = await conn.read(buffer);
    if (read === null) break;
    line += new TextDecoder().decode(buffer.subarray(0, read));
  }
  return line.split("\n", 1)[0]!;
}

/** Of a literal address without its brackets. */
function bare(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, "$1");
}

function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // It is closed already.
  }
}
