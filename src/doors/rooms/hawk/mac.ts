/**
 * What is signed, and how, in version 1 of Hawk with SHA-256.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { HawkHeader } from "./header.ts";

/** Of what a MAC is made. */
export interface Artifacts extends Pick<HawkHeader, "ts" | "nonce" | "hash" | "ext"> {
  readonly method: string;
  /** Path and query as they were sent. */
  readonly resource: string;
  readonly host: string;
  readonly port: string;
  readonly app?: string;
  readonly dlg?: string;
}

export function macOf(type: "header" | "response", key: string, artifacts: Artifacts): string {
  const { ts, nonce, method, resource, host, port, hash = "", ext = "", app, dlg = "" } = artifacts;
  const lines = [
    `hawk.1.${type}`,
    ts,
    nonce,
    method.toUpperCase(),
    resource,
    host.toLowerCase(),
    port,
    hash,
    ext.replaceAll("\\", "\\\\").replaceAll("\n", "\\n"),
    ...(app ? [app, dlg] : []),
  ];
  return createHmac("sha256", key).update(`${lines.join("\n")}\n`).digest("base64");
}

/** The hash of a body and of its type, without the parameters of that. */
export function payloadHash(body: Uint8Array | string, contentType: string | undefined): string {
  const type = contentType?.replace(/;.*/s, "").trim().toLowerCase() ?? "";
  return createHash("sha256").update(`hawk.1.payload\n${type}\n`).update(body).update("\n")
    .digest("base64");
}

/** Proves to a client whose clock is wrong that `ts` is ours. */
export function timestampMac(ts: number, key: string): string {
  return createHmac("sha256", key).update(`hawk.1.ts\n${ts}\n`).digest("base64");
}

export function sameMac(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
