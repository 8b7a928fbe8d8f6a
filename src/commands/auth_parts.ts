/**
 * The rules for tokens that the service would have with these settings.
 *
 * @module
 */

import type { AuthenticatorOptions, TokenRules } from "../auth/authenticator.ts";
import { keySourcesFrom } from "../auth/key_settings.ts";
import type { KeySettings, Settings } from "../config.ts";

/** Disposing it ends what its key sources have under way. */
export interface AuthParts extends AuthenticatorOptions, Disposable {}

/** @throws {KeySettingError} a key setting cannot work. */
export function authParts(settings: Settings): AuthParts {
  const client = rulesOf(settings.clientKeys);
  const system = rulesOf(settings.systemKeys);
  return {
    client,
    system,
    allowEmpty: settings.access.allowEmpty,
    [Symbol.dispose]() {
      for (const source of [...client.keySources, ...system.keySources]) source[Symbol.dispose]();
    },
  };
}

function rulesOf(keys: KeySettings): TokenRules {
  return { keySources: keySourcesFrom(keys), issuers: keys.issuers, audiences: keys.audiences };
}
