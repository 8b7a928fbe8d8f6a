/**
 * Whether the keys can be had.
 *
 * @module
 */

import { sharedKeys } from "../../auth/key_settings.ts";
import type { KeySource } from "../../auth/key_source.ts";
import type { Settings, Warning } from "../../config/config.ts";
import { KEY_NAMES } from "../../config/key_declarations.ts";
import { authParts } from "../../auth/auth_parts.ts";
import { broken, doubtful, type Finding, fine } from "../finding.ts";
import type { Patient } from "./check.ts";

type Group = "client" | "system";

const NEXT: Readonly<Record<KeySource["kind"], string>> = {
  secret: "take another secret",
  pem: "put the public key there, in PEM form, where the service may read it",
  jwks: "see that the address is right and answers from this machine with a key set, as JSON",
  asap:
    "see that the address is right and answers from this machine: a key, or 404 where it has none",
};

/** Asks every source of keys, now. */
export async function keyCheck({ settings, warnings }: Patient): Promise<Finding[]> {
  if (settings.demo) return [fine("keys", "made by the service for each run: this is demo mode")];
  using parts = authParts(settings);
  const groups = await Promise.all((["client", "system"] as const).map(async (group) => {
    const { keySources } = parts[group];
    if (keySources.length === 0) return [missing(group, warnings)];
    return await Promise.all(keySources.map((source) => checkSource(group, source, settings)));
  }));
  const shared = sharedKeys(settings.clientKeys, settings.systemKeys).map(({ client, system }) =>
    `${KEY_NAMES.client[client]} and ${KEY_NAMES.system[system]} have a key in common`
  );
  const next = "give the backend a key of its own: else who signs for visitors could go live";
  return [...groups.flat(), ...shared.map((text) => broken("keys", text, next))];
}

async function checkSource(group: Group, source: KeySource, settings: Settings): Promise<Finding> {
  const name = settingOf(group, source.kind, settings);
  const { ok, text } = await source.check();
  if (!ok) return broken(name, text, NEXT[source.kind]);
  // That a secret is short is told with the settings.
  return fine(name, source.kind === "secret" ? `${source.label} is set` : text);
}

/** The service works without; but somebody is missing. */
function missing(group: Group, warnings: readonly Warning[]): Finding {
  const warning = warnings.find(({ code }) => code === `no_${group}_key`);
  return doubtful(`${group} keys`, warning?.text ?? `no ${group} key is set`, warning?.next);
}

function settingOf(group: Group, kind: KeySource["kind"], settings: Settings): string {
  const names = KEY_NAMES[group];
  const { asapKeyServer } = group === "client" ? settings.clientKeys : settings.systemKeys;
  switch (kind) {
    case "secret":
      return names.secret;
    case "pem":
      return names.publicKey;
    case "jwks":
      return names.jwksUrl;
    case "asap":
      return asapKeyServer ? names.asapKeyServer : names.asapMappings;
  }
}
