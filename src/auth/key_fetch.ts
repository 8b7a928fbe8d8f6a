/**
 * One request to a key server, which is never trusted with more than a little time and memory.
 *
 * @module
 */

import { reasonOf } from "../base/reason.ts";
import type { Clock } from "../time/clock.ts";

/**
 * The whole request: connecting, waiting, and the body. A little less than a token may wait for its
 * key, so that there is time to fall back on the key that is known.
 */
export const FETCH_TIMEOUT_MS = 4_500;
/** The largest answer that is read. */
export const MAX_BODY_OCTETS = 65_536;

/** What a web server sends instead of a key; a key itself may come as almost anything else. */
const WRONG_TYPE = /^(?:text\/html|application\/xhtml|image\/|audio\/|video\/|font\/|multipart\/)/i;

/** No usable answer. The message says what came instead. */
export class KeyFetchError extends Error {
  override readonly name = "KeyFetchError";
}

/** What a fetch of keys may take. */
export interface KeyFetchOptions {
  clock: Clock;
  /** Ends the request when the source is disposed. */
  signal: AbortSignal;
  timeoutMs?: number;
}

/**
 * @returns the body; `undefined` when the server says that there is none (404, 410).
 * @throws {KeyFetchError}
 */
export async function fetchKeyText(
  url: string,
  options: KeyFetchOptions,
): Promise<string | undefined> {
  const timeoutMs = options.timeoutMs ?? FETCH_TIMEOUT_MS;
  const timeout = new AbortController();
  using _timer = options.clock.after(timeoutMs, () => timeout.abort());
  try {
    return await request(url, AbortSignal.any([timeout.signal, options.signal]));
  } catch (cause) {
    if (cause instanceof KeyFetchError) throw cause;
    const reason = timeout.signal.aborted
      ? `no whole answer within ${timeoutMs / 1000} s`
      : reasonOf(cause);
    throw new KeyFetchError(`${url}: ${reason}`, { cause });
  }
}

async function request(url: string, signal: AbortSignal): Promise<string | undefined> {
  const response = await fetch(url, {
    signal,
    // A redirect could lead into the inner network.
    redirect: "manual",
    // Nothing is unpacked, so nothing can be a bomb.
    headers: { "accept-encoding": "identity" },
  });
  if (response.status === 200 && !WRONG_TYPE.test(response.headers.get("content-type") ?? "")) {
    return await readCapped(url, response);
  }
  await response.body?.cancel();
  if (response.status === 404 || response.status === 410) return undefined;
  const what = response.status === 200
    ? `answered with ${response.headers.get("content-type")}`
    : `answered with status ${response.status}`;
  throw new KeyFetchError(`${url} ${what}`);
}

async function readCapped(url: string, response: Response): Promise<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let octets = 0;
  let text = "";
  for await (const chunk of response.body ?? []) {
    octets += chunk.length;
    // Leaving the loop cancels the body.
    if (octets > MAX_BODY_OCTETS) {
      throw new KeyFetchError(`${url} answered with more than ${MAX_BODY_OCTETS} octets`);
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
