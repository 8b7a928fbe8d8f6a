import type { Clock } from "../time/clock.ts";
import { Problem } from "./problem.ts";

/** The largest body of a request, in octets, where its route says nothing else. */
export const MAX_BODY_OCTETS = 64 * 1024;
/** The time that a body may take to arrive, in milliseconds. */
export const BODY_DEADLINE_MS = 10_000;

/** How large a body may be, in bytes, and how long it may take, in milliseconds. */
export interface BodyLimits {
  /** Measures the time that the body takes. */
  readonly clock: Clock;
  /** The most octets; {@linkcode MAX_BODY_OCTETS} when it is absent. */
  readonly maxOctets?: number | undefined;
}

/**
 * Reads the whole body of a request; empty where it has none.
 *
 * @throws {Problem} 413 over its bound, 408 after {@linkcode BODY_DEADLINE_MS}, 400 broken off.
 */
export async function readOctets(
  request: Request,
  { clock, maxOctets = MAX_BODY_OCTETS }: BodyLimits,
): Promise<Uint8Array<ArrayBuffer>> {
  if (Number(request.headers.get("content-length")) > maxOctets) throw tooLarge(maxOctets);
  const reader = request.body?.getReader();
  if (!reader) return new Uint8Array();
  const { promise: late, reject } = Promise.withResolvers<never>();
  using _timer = clock.after(BODY_DEADLINE_MS, () => reject(tooSlow()));
  try {
    return await Promise.race([collect(reader, maxOctets), late]);
  } catch (error) {
    // The rest is not wanted, and whether the peer hears so does not matter.
    reader.cancel().catch(() => {});
    if (error instanceof Problem) throw error;
    throw new Problem(400, "body_broken_off", "The body broke off. Send it whole.", {
      cause: error,
    });
  }
}

/** The value of a JSON text in UTF-8. @throws {Problem} 400 it is none. */
export function parseJson(octets: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(octets));
  } catch (cause) {
    const detail = "The body is not JSON in UTF-8. GET /openapi.json says what to send.";
    throw new Problem(400, "not_json", detail, { cause });
  }
}

async function collect(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  maxOctets: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    length += next.value.length;
    // A body without a length, or with a false one, is bounded as well.
    if (length > maxOctets) throw tooLarge(maxOctets);
    chunks.push(next.value);
  }
  const octets = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    octets.set(chunk, at);
    at += chunk.length;
  }
  return octets;
}

function tooLarge(maxOctets: number): Problem {
  return new Problem(413, "body_too_large", `Send at most ${maxOctets} octets.`, CLOSE);
}

function tooSlow(): Problem {
  const detail = `The body took longer than ${BODY_DEADLINE_MS / 1000} s. Send it at once.`;
  return new Problem(408, "body_too_slow", detail, CLOSE);
}

/** What is left of the body is not read, so the connection is of no more use. */
const CLOSE = { headers: { connection: "close" } };
