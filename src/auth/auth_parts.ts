/**
 * The rules for tokens, from settings.
 *
 * @module
 */

import type { AuthenticatorOptions, TokenRules } from "./authenticator.ts";
import { type KeySettings, keySourcesFrom } from "./key_settings.ts";

/** The key settings of one group of tokens, and what else its tokens must say; `*` is any. */
export interface GroupSettings extends KeySettings {
  readonly issuers: readonly string[];
  readonly audiences: readonly string[];
}

/** The settings that the rules for tokens are made of. */
export interface AuthSettings {
  readonly clientKeys: GroupSettings;
  readonly systemKeys: GroupSettings;
  /** `allowEmpty`: a client without a token may wait. */
  readonly access: { readonly allowEmpty: boolean };
}

/** Disposing it ends what its key sources have under way. */
export interface AuthParts extends AuthenticatorOptions, Disposable {}

/** @throws {KeySettingError} a key setting cannot work. */
export function authParts({ clientKeys, systemKeys, access }: AuthSettings): AuthParts {
  const client = rulesOf(clientKeys);
  const system = rulesOf(systemKeys);
  return {
    client,
    system,
    allowEmpty: access.allowEmpty,
    [Symbol.dispose]() {
      for (const source of [...client.keySources, ...system.keySources]) source[Symbol.dispose]();
    },
  };
}

function rulesOf(keys: GroupSettings): TokenRules {
  return { keySources: keySourcesFrom(keys), issuers: keys.issuers, audiences: keys.audiences };
}
