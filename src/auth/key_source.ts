/**
 * Where keys come from. Algorithms belong to the source (and there to the kind of the key), never to
 * the token.
 *
 * @module
 */

import type { Clock } from "../time/clock.ts";
import { systemClock } from "../time/clock.ts";
import { AsapKeySource, type AsapRoute } from "./asap_key_source.ts";
import { JwksKeySource } from "./jwks_key_source.ts";
import { PemKeySource } from "./pem_key_source.ts";
import { SecretKeySource } from "./secret_key_source.ts";

/** The four kinds there are. What they share is {@linkcode KeyOrigin}. */
export type KeySource = SecretKeySource | PemKeySource | JwksKeySource | AsapKeySource;

/** What a source is made from. */
export type KeySourceSettings =
  | { readonly kind: "secret"; readonly secret: string }
  /** A PEM block, or the path of a file that holds one. */
  | { readonly kind: "pem"; readonly publicKey: string }
  | { readonly kind: "jwks"; readonly url: string }
  | { readonly kind: "asap"; readonly routes: readonly AsapRoute[] };

/** @throws {KeySettingError} the setting cannot work. */
export function createKeySource(
  settings: KeySourceSettings,
  options: { clock?: Clock } = {},
): KeySource {
  const { clock = systemClock } = options;
  switch (settings.kind) {
    case "secret":
      return new SecretKeySource(settings.secret);
    case "pem":
      return new PemKeySource(settings.publicKey, clock);
    case "jwks":
      return new JwksKeySource(settings.url, clock);
    case "asap":
      return new AsapKeySource(settings.routes, clock);
  }
}
