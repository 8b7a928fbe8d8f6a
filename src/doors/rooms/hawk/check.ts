/**
 * The checks of a request that is signed with Hawk, and the signature of its answer.
 *
 * @module
 */

import { type Artifacts, macOf, payloadHash, sameMac, timestampMac } from "./mac.ts";
import type { HawkHeader } from "./header.ts";

/** How far the clock of a client may be off, in seconds. */
export const SKEW_SEC = 60;

/** A request whose MAC is right. */
export interface Signed {
  readonly key: string;
  readonly artifacts: Artifacts;
}

/** What was requested, as its sender wrote it. */
export interface Target {
  readonly method: string;
  readonly resource: string;
  /** The `Host` header. */
  readonly host: string;
}

export function targetOf({ method, url, headers }: Request): Target {
  const start = url.indexOf("/", url.indexOf("://") + 3);
  const resource = start < 0 ? "/" : url.slice(start).split("#", 1)[0]!;
  return { method, resource, host: headers.get("host") ?? new URL(url).host };
}

/** The artifacts where the MAC is right; undefined where it is not. */
export function checkMac(header: HawkHeader, key: string, target: Target): Signed | undefined {
  for (const { host, port } of authorities(target.host)) {
    const artifacts = { ...header, ...target, host, port };
    if (sameMac(macOf("header", key, artifacts), header.mac)) return { key, artifacts };
  }
  return undefined;
}

/** Whether the client's clock is near enough to ours. */
export function isTimely({ ts }: Pick<HawkHeader, "ts">, nowMs: number): boolean {
  return Math.abs(Number(ts) * 1_000 - nowMs) <= SKEW_SEC * 1_000;
}

/** Whether the hash that was sent, if one was, is that of the body. */
export function fitsPayload(
  { hash }: Pick<HawkHeader, "hash">,
  body: Uint8Array,
  contentType: string | undefined,
): boolean {
  return hash === undefined || sameMac(payloadHash(body, contentType), hash);
}

/** The challenge that tells a client by how much its clock is off. */
export function staleChallenge(key: string, nowMs: number): string {
  const ts = Math.floor(nowMs / 1_000);
  return `Hawk ts="${ts}", tsm="${timestampMac(ts, key)}", error="Stale timestamp"`;
}

/** `Server-Authorization`: that the answer is ours, and whole. */
export function signAnswer(
  { key, artifacts }: Signed,
  body: string,
  contentType: string | undefined,
): string {
  const hash = payloadHash(body, contentType);
  const { ext: _, ...request } = artifacts;
  return `Hawk mac="${macOf("response", key, { ...request, hash })}", hash="${hash}"`;
}

/** Who stands behind a proxy does not know by which port it was called. */
function authorities(header: string): { host: string; port: string }[] {
  const [, host, port] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(header) ?? [];
  if (host === undefined) return [];
  return (port === undefined ? ["443", "80"] : [port]).map((each) => ({ host, port: each }));
}
