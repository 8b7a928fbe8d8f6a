/**
 * Key sources from settings, and what must hold between the two groups of them.
 *
 * @module
 */

import type { Clock } from "../time/clock.ts";
import type { AsapRoute } from "./asap_key_source.ts";
import { keyServerBase, keyServerUrl } from "./key_server_url.ts";
import { createKeySource, type KeySource, type KeySourceSettings } from "./key_source.ts";
import { readPublicKeys } from "./pem_key_source.ts";
import { type KeyFiles, systemFiles } from "./public_key_files.ts";
import { secretFingerprint } from "./secret_key_source.ts";

/** The key settings of one group, client or system. What is absent or empty is not set. */
export interface KeySettings {
  readonly secret?: string | undefined;
  /** PEM; or paths, with commas between them, of files or of folders of files that hold one each. */
  readonly publicKey?: string | undefined;
  readonly jwksUrl?: string | undefined;
  /** Asked for every key id that no mapping matches. */
  readonly asapKeyServer?: string | undefined;
  readonly asapMappings?: readonly AsapRoute[] | undefined;
}

/** One of the settings of a group. */
export type KeyPart = keyof KeySettings;

/** A key, or a place of keys, that both groups have. */
export interface SharedKey {
  readonly client: KeyPart;
  readonly system: KeyPart;
}

/**
 * The sources of a group; those that need no network first, because they are tried in order.
 *
 * @throws {KeySettingError} a setting cannot work.
 */
export function keySourcesFrom(
  settings: KeySettings,
  options: { clock?: Clock } = {},
): KeySource[] {
  const { secret, publicKey, jwksUrl, asapKeyServer, asapMappings = [] } = settings;
  const wanted: KeySourceSettings[] = [];
  if (secret) wanted.push({ kind: "secret", secret });
  if (publicKey) wanted.push({ kind: "pem", publicKey });
  if (jwksUrl) wanted.push({ kind: "jwks", url: jwksUrl });
  const routes = asapKeyServer ? [...asapMappings, { baseUrl: asapKeyServer }] : asapMappings;
  if (routes.length > 0) wanted.push({ kind: "asap", routes });
  return wanted.map((one) => createKeySource(one, options));
}

/**
 * What both groups have. It must be nothing: with a key in both, whoever signs tokens for visitors
 * could sign one that opens every conference.
 *
 * @throws {KeySettingError} a setting cannot work.
 */
export function sharedKeys(
  client: KeySettings,
  system: KeySettings,
  files: KeyFiles = systemFiles,
): SharedKey[] {
  const known = new Map(identities(client, files).map(({ identity, part }) => [identity, part]));
  const shared = new Map<string, SharedKey>();
  for (const { identity, part } of identities(system, files)) {
    const other = known.get(identity);
    if (other) shared.set(`${other} ${part}`, { client: other, system: part });
  }
  return [...shared.values()];
}

/** What tells a key, or a place of keys, from all others, however it is written. */
function identities(
  settings: KeySettings,
  files: KeyFiles,
): { readonly identity: string; readonly part: KeyPart }[] {
  const { secret, publicKey, jwksUrl, asapKeyServer, asapMappings = [] } = settings;
  const keys = publicKey ? [...readPublicKeys(publicKey, files).values()] : [];
  return [
    ...(secret ? [{ part: "secret", identity: secretFingerprint(secret) } as const] : []),
    ...keys.map(({ fingerprint }) => ({ part: "publicKey", identity: fingerprint }) as const),
    ...(jwksUrl ? [{ part: "jwksUrl", identity: `set ${keyServerUrl(jwksUrl)}` } as const] : []),
    ...asapMappings.map(({ baseUrl }) =>
      ({ part: "asapMappings", identity: `server ${keyServerBase(baseUrl)}` }) as const
    ),
    ...(asapKeyServer
      ? [{ part: "asapKeyServer", identity: `server ${keyServerBase(asapKeyServer)}` } as const]
      : []),
  ];
}
