/**
 * What is wrong with, or doubtful about, settings that are each well-formed. The rules are those of
 * auth and access; here they get the names of settings.
 *
 * @module
 */

import { ConferenceNames } from "../access/conference_name.ts";
import { keyDoubts, publicKeyProblem } from "../auth/key_examination.ts";
import { type KeySettings, sharedKeys } from "../auth/key_settings.ts";
import type { KeyFiles } from "../auth/public_key_files.ts";
import type { ServiceValues } from "./declarations.ts";
import { KEY_NAMES } from "./key_declarations.ts";
import type { Problem, Remarks, Warning } from "./remark.ts";

const GROUPS = ["client", "system"] as const;

/** What the checks look at. */
export interface Checked {
  readonly values: ServiceValues;
  readonly keys: Readonly<Record<typeof GROUPS[number], KeySettings>>;
  readonly demo: boolean;
  readonly deploy: boolean;
  readonly files: KeyFiles;
}

/** All that is to be said about the service's own settings. */
export function checkService(checked: Checked): Remarks {
  const keys = checkKeys(checked);
  const domains = checkDomains(checked.values);
  return {
    problems: [...keys.problems, ...domains.problems, ...placeProblems(checked.values)],
    warnings: [...keys.warnings, ...domains.warnings, ...placeWarnings(checked)],
  };
}

function checkKeys({ values, keys, demo, files }: Checked): Remarks {
  const problems: Problem[] = [];
  const usable = { ...keys };
  for (const group of GROUPS) {
    const problem = publicKeyProblem(keys[group], files);
    if (!problem) continue;
    const accepted = "a PEM public key, or paths of files or folders that hold some";
    problems.push({ setting: KEY_NAMES[group][problem.part], text: problem.text, accepted });
    usable[group] = { ...keys[group], publicKey: undefined };
  }
  problems.push(...keysInBothGroups(usable, files));
  if (values.JWT_ASAP_MAPPINGS && !values.XMPP_DOMAIN) {
    problems.push({
      setting: "JWT_ASAP_MAPPINGS",
      text:
        "is for many tenants, and without XMPP_DOMAIN most conference names have none to compare",
      accepted: "it together with XMPP_DOMAIN",
    });
  }
  const doubts = GROUPS.flatMap((group) =>
    keyDoubts(keys[group]).map(({ code, part, text }): Warning => (
      { code, setting: KEY_NAMES[group][part], text }
    ))
  );
  return { problems, warnings: [...(demo ? [] : missingGroups(values, keys)), ...doubts] };
}

function keysInBothGroups({ client, system }: Checked["keys"], files: KeyFiles): Problem[] {
  return sharedKeys(client, system, files).map((shared) => ({
    setting: KEY_NAMES.system[shared.system],
    text: shared.system.startsWith("asap")
      ? `names the same key server as ${KEY_NAMES.client[shared.client]}`
      : `is the same key as ${KEY_NAMES.client[shared.client]}`,
    accepted: "one of its own",
  }));
}

function missingGroups(values: ServiceValues, { client, system }: Checked["keys"]): Warning[] {
  const warnings: Warning[] = [];
  if (!hasKeys(system)) {
    warnings.push({
      code: "no_system_key",
      setting: undefined,
      text: "no system key is set: nobody can be authorised to call /golive",
      next: "set one of SYSTEM_JWT_SECRET, SYSTEM_JWT_PUBLIC_KEY, SYSTEM_JWT_JWKS_URL, " +
        "SYSTEM_JWT_ASAP_KEYSERVER",
    });
  }
  if (!hasKeys(client)) {
    const who = values.JWT_ALLOW_EMPTY ? "no moderator" : "no visitor and no moderator";
    warnings.push({
      code: "no_client_key",
      setting: undefined,
      text: `no client key is set: ${who} can be authorised`,
      next: "set one of JWT_APP_SECRET, JWT_PUBLIC_KEY, JWT_JWKS_URL, JWT_ASAP_KEYSERVER",
    });
  }
  return warnings;
}

function hasKeys(keys: KeySettings): boolean {
  const { secret, publicKey, jwksUrl, asapKeyServer, asapMappings = [] } = keys;
  return Boolean(secret || publicKey || jwksUrl || asapKeyServer || asapMappings.length > 0);
}

function checkDomains(values: ServiceValues): Remarks {
  const { XMPP_DOMAIN: xmppDomain, XMPP_MUC_DOMAIN: mucDomain } = values;
  const problems: Problem[] = [];
  const warnings: Warning[] = [];
  const { doubt } = new ConferenceNames({ xmppDomain, mucDomain });
  if (doubt?.code === "apart") {
    const accepted = `a name that ends with ".${xmppDomain}"`;
    problems.push({ setting: doubt.setting, text: `"${mucDomain}" ${doubt.text}`, accepted });
  } else if (doubt) {
    warnings.push({ code: doubt.code, setting: doubt.setting, text: doubt.text });
  }
  if (values.JWT_ENABLE_DOMAIN_VERIFICATION && !xmppDomain) {
    problems.push({
      setting: "JWT_ENABLE_DOMAIN_VERIFICATION",
      text: "needs XMPP_DOMAIN to compare with; set both",
    });
  }
  return { problems, warnings };
}

function placeProblems(values: ServiceValues): Problem[] {
  if (!values.METRICS_PORT || values.METRICS_PORT !== values.PORT) return [];
  const accepted = "another port, or unset";
  return [{ setting: "METRICS_PORT", text: "is the same as PORT", accepted }];
}

function placeWarnings({ values, demo, deploy }: Checked): Warning[] {
  const warnings: Warning[] = [];
  if (deploy && values.WORKERS !== undefined && values.WORKERS !== 1) {
    const text = "is ignored on Deno Deploy: it starts isolates by itself";
    warnings.push({ code: "ignored", setting: "WORKERS", text });
  }
  if (!demo && !deploy && values.WEBSOCKET_SERVER === "deno") {
    warnings.push({
      code: "weak_front",
      setting: "WEBSOCKET_SERVER",
      text: "deno puts no bound on a message in fragments",
      next: "set ws, or leave it unset, wherever strangers can reach the service",
    });
  }
  return warnings;
}
