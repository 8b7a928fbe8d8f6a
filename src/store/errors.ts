import { StoreError } from "./store.ts";

/** What `work` gives. @throws {StoreError} it failed; "Cannot `what`: ..." */
export async function storeErrors<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof StoreError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StoreError(`Cannot ${what}: ${reason}`, { cause });
  }
}
