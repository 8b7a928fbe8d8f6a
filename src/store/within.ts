import type { Clock } from "../clock.ts";
import { StoreError } from "./store.ts";

/** What `work` gives. @throws {StoreError} it took more than `timeoutMs`. */
export async function within<T>(work: Promise<T>, timeoutMs: number, clock: Clock): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  using _timer = clock.after(timeoutMs, () => {
    reject(new StoreError(`Cannot reach the store: no answer in ${timeoutMs} ms`));
  });
  return await Promise.race([work, late]);
}
