import type { Clock } from "../time/clock.ts";
import { Problem } from "./problem.ts";

/** The largest body of a request, in octets. */
export const MAX_BODY_OCTETS = 64 * 1024;
/** The time that a body may take to arrive, in milliseconds. */
export const BODY_DEADLINE_MS = 10_000;

/**
 * Reads the body of a request as JSON. Call it after the caller is known to be authorised.
 *
 * @throws {Problem} 413 over {@linkcode MAX_BODY_OCTETS}, 408 after {@linkcode BODY_DEADLINE_MS},
 * 400 not JSON.
 */
export async function readJson(request: Request, clock: Clock): Promise<unknown> {
  if (Number(request.headers.get("content-length")) > MAX_BODY_OCTETS) throw tooLarge();
  const octets = await readOctets(request, clock);
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(octets));
  } catch (cause) {
    const detail = 'The body is not JSON. Send {"conference": "room@conference.meet.example"}.';
    throw new Problem(400, "not_json", detail, { cause });
  }
}

async function readOctets(request: Request, clock: Clock): Promise<Uint8Array<ArrayBuffer>> {
  const reader = request.body?.getReader();
  if (!reader) return new Uint8Array();
  const { promise: late, reject } = Promise.withResolvers<never>();
  using _timer = clock.after(BODY_DEADLINE_MS, () => reject(tooSlow()));
  try {
    return await Promise.race([collect(reader), late]);
  } catch (error) {
    // The rest is not wanted, and whether the peer hears so does not matter.
    reader.cancel().catch(() => {});
    if (error instanceof Problem) throw error;
    throw new Problem(400, "body_broken_off", "The body broke off. Send it whole.", {
      cause: error,
    });
  }
}

async function collect(
  reader: ReadableStreamDefaultReader<Uint8Array>,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    length += next.value.length;
    // A body without a length, or with a false one, is bounded as well.
    if (length > MAX_BODY_OCTETS) throw tooLarge();
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

function tooLarge(): Problem {
  return new Problem(413, "body_too_large", `Send at most ${MAX_BODY_OCTETS} octets.`, CLOSE);
}

function tooSlow(): Problem {
  const detail = `The body took longer than ${BODY_DEADLINE_MS / 1000} s. Send it at once.`;
  return new Problem(408, "body_too_slow", detail, CLOSE);
}

/** What is left of the body is not read, so the connection is of no more use. */
const CLOSE = { headers: { connection: "close" } };
