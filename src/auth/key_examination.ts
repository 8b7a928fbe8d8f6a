/**
 * Looks at key settings before they are used, for whoever reads them from an operator.
 *
 * @module
 */

import { isPlainHttp } from "./key_server_url.ts";
import type { KeyPart, KeySettings } from "./key_settings.ts";
import { readPublicKeys } from "./pem_key_source.ts";
import { type KeyFiles, systemFiles } from "./public_key_files.ts";
import { MIN_SECRET_OCTETS } from "./secret_key_source.ts";

/** Something about one key setting. The text never shows a key or a secret. */
export interface KeyRemark {
  readonly part: KeyPart;
  /** Completes a sentence that begins with the setting's name. */
  readonly text: string;
}

/** Something doubtful about a key that can be used. */
export interface KeyDoubt extends KeyRemark {
  readonly code: "short_secret" | "quoted_secret" | "plain_http";
}

/** Why the public keys of a group cannot be used; `undefined`: they can, or there are none. */
export function publicKeyProblem(
  { publicKey }: KeySettings,
  files: KeyFiles = systemFiles,
): KeyRemark | undefined {
  if (!publicKey) return undefined;
  try {
    readPublicKeys(publicKey, files);
    return undefined;
  } catch (error) {
    return { part: "publicKey", text: (error as Error).message };
  }
}

/** What works, and is not safe. The addresses are good ones. */
export function keyDoubts(settings: KeySettings): KeyDoubt[] {
  return [...secretDoubts(settings.secret), ...addressDoubts(settings)];
}

function secretDoubts(secret: string | undefined): KeyDoubt[] {
  if (!secret) return [];
  const doubts: KeyDoubt[] = [];
  if (new TextEncoder().encode(secret).length < MIN_SECRET_OCTETS) {
    const text = `is shorter than ${MIN_SECRET_OCTETS} octets: it could be guessed`;
    doubts.push({ code: "short_secret", part: "secret", text });
  }
  if (/^(["']).*\1$/s.test(secret)) {
    const text = "stands in quotes, which are then a part of the secret";
    doubts.push({ code: "quoted_secret", part: "secret", text });
  }
  return doubts;
}

function addressDoubts(settings: KeySettings): KeyDoubt[] {
  const { jwksUrl, asapKeyServer, asapMappings = [] } = settings;
  const addresses: [KeyPart, (string | undefined)[]][] = [
    ["jwksUrl", [jwksUrl]],
    ["asapKeyServer", [asapKeyServer]],
    ["asapMappings", asapMappings.map(({ baseUrl }) => baseUrl)],
  ];
  const text = "is fetched over plain http: whoever is on the way can replace the keys";
  return addresses
    .filter(([, list]) => list.some((one) => one && isPlainHttp(one)))
    .map(([part]) => ({ code: "plain_http", part, text }));
}
