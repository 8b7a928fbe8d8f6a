/**
 * Key sources from settings, and what must hold between the two groups of them.
 *
 * @module
 */

import type { Clock } from "../time/clock.ts";
import type { AsapRoute } from "./asap_key_source.ts";
import { createKeySource, type KeySource, type KeySourceSettings } from "./key_source.ts";

/** The key settings of one group, client or system. What is absent or empty is not set. */
export interface KeySettings {
  readonly secret?: string | undefined;
  /** PEM or the path of a file. */
  readonly publicKey?: string | undefined;
  readonly jwksUrl?: string | undefined;
  /** Asked for every key id that no mapping matches. */
  readonly asapKeyServer?: string | undefined;
  readonly asapMappings?: readonly AsapRoute[] | undefined;
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
 * @returns one sentence for each key in common.
 */
export function keysInBothGroups(
  client: readonly KeySource[],
  system: readonly KeySource[],
): string[] {
  const clientIdentities = new Set(client.flatMap((source) => source.identities));
  return system
    .filter((source) => source.identities.some((identity) => clientIdentities.has(identity)))
    .map((source) =>
      `${source.label} is a source of client keys and of system keys; separate them`
    );
}
