import type { Clock } from "./clock.ts";

/**
 * What `work` gives.
 *
 * @throws {DOMException} `TimeoutError`: it took more than `timeoutMs`. The work itself goes on.
 */
export async function within<T>(work: Promise<T>, timeoutMs: number, clock: Clock): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  using _timer = clock.after(timeoutMs, () => {
    reject(new DOMException(`No answer in ${timeoutMs} ms`, "TimeoutError"));
  });
  return await Promise.race([work, late]);
}
