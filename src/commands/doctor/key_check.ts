/**
 * Whether the keys can be had.
 *
 * @module
 */

import { keysInBothGroups } from "../../auth/key_settings.ts";
import type { KeySource } from "../../auth/key_source.ts";
import type { KeySettings, Settings } from "../../config/config.ts";
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
  const shared = keysInBothGroups(parts.client.keySources, parts.system.keySources);
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
function missing(group: Group, warnings: readonly string[]): Finding {
  const warning = warnings.find((one) => one.startsWith(`no ${group} key is set: `));
  const [text = `no ${group} key is set`, next] = warning?.split("; ") ?? [];
  return doubtful(`${group} keys`, text, next);
}

function settingOf(group: Group, kind: KeySource["kind"], settings: Settings): string {
  const prefix = group === "client" ? "JWT" : "SYSTEM_JWT";
  const keys: KeySettings = group === "client" ? settings.clientKeys : settings.systemKeys;
  switch (kind) {
    case "secret":
      return group === "client" ? "JWT_APP_SECRET" : "SYSTEM_JWT_SECRET";
    case "pem":
      return `${prefix}_PUBLIC_KEY`;
    case "jwks":
      return `${prefix}_JWKS_URL`;
    case "asap":
      return keys.asapKeyServer ? `${prefix}_ASAP_KEYSERVER` : `${prefix}_ASAP_MAPPINGS`;
  }
}
