import { signAnswer, type Signed } from "./hawk/check.ts";
import type { RoomsError } from "./errors.ts";

const JSON_TYPE = "application/json; charset=utf-8";

/** What a route answers, before it is written and signed. */
export interface Reply {
  readonly status: number;
  /** Absent: the answer is empty. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export function errorReply({ status, body, headers }: RoomsError): Reply {
  return { status, body, headers };
}

/** @param signed the request, where its MAC was right: then its answer is signed too. */
export function writeReply(reply: Reply, nowMs: number, signed?: Signed): Response {
  const { status, body } = reply;
  const text = body === undefined ? "" : JSON.stringify(body);
  const headers = new Headers({ "cache-control": "no-store", ...reply.headers });
  if (body !== undefined) headers.set("content-type", JSON_TYPE);
  if (status === 200 || status === 401) {
    headers.set("timestamp", String(Math.floor(nowMs / 1_000)));
  }
  if (signed) {
    const type = body === undefined ? undefined : JSON_TYPE;
    headers.set("server-authorization", signAnswer(signed, text, type));
  }
  return new Response(body === undefined ? null : text, { status, headers });
}
