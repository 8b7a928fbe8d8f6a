import type { Store } from "../../store/store.ts";
import { SKEW_SEC } from "./hawk/check.ts";
import type { HawkHeader } from "./hawk/header.ts";
import type { Vault } from "./vault.ts";

/** A request is timely for twice the skew; then its time alone refuses it. */
const KEPT_MS = (2 * SKEW_SEC + 10) * 1_000;

/**
 * Takes the nonce of a request for everybody: false where it was taken before. Asked after all else
 * was found good, so that nobody uses up another's.
 *
 * @throws {StoreError}
 */
export async function takeNonce(
  store: Store,
  vault: Vault,
  session: string,
  { nonce, ts }: Pick<HawkHeader, "nonce" | "ts">,
): Promise<boolean> {
  const key = `rooms/loop/nonce/${session}/${vault.fingerprint("nonce", `${ts}\0${nonce}`)}`;
  return await store.set(key, "", { ifVersion: null, ttlMs: KEPT_MS }) !== undefined;
}
