/**
 * What is wrong with, or doubtful about, settings that are each well-formed.
 *
 * @module
 */

import type { SettingName, Values } from "./declarations.ts";

/** RFC 7518 section 3.2: a key as long as the hash, 256 bits, or longer. */
const MIN_SECRET_OCTETS = 32;

/** What the checks look at. */
export interface Checked {
  readonly values: Values;
  /** The fingerprint of each group's public key. */
  readonly fingerprints: {
    readonly client: string | undefined;
    readonly system: string | undefined;
  };
  readonly hasClientKeys: boolean;
  readonly hasSystemKeys: boolean;
  readonly deploy: boolean;
}

/** Settings that contradict each other, as `NAME: what is wrong, what is accepted`. */
export function problemsBetween(checked: Checked): string[] {
  const { values } = checked;
  const problems = sharedKeys(checked);
  const { XMPP_DOMAIN: domain, XMPP_MUC_DOMAIN: muc } = values;
  if (domain && muc && !muc.endsWith("." + domain)) {
    problems.push(
      `XMPP_MUC_DOMAIN: "${muc}" does not belong to XMPP_DOMAIN; accepted: a name that ends with ` +
        `".${domain}"`,
    );
  }
  if (values.JWT_ENABLE_DOMAIN_VERIFICATION && !domain) {
    problems.push("JWT_ENABLE_DOMAIN_VERIFICATION: needs XMPP_DOMAIN to compare with; set both");
  }
  if (values.METRICS_PORT && values.METRICS_PORT === values.PORT) {
    problems.push("METRICS_PORT: is the same as PORT; accepted: another port, or unset");
  }
  return problems;
}

/**
 * A key that both groups accept would let a meeting's customer sign the commands of the backend
 * (J04).
 */
function sharedKeys({ values, fingerprints }: Checked): string[] {
  const { client, system } = fingerprints;
  const pairs: [SettingName, SettingName, boolean][] = [
    ["SYSTEM_JWT_SECRET", "JWT_APP_SECRET", equal(values.SYSTEM_JWT_SECRET, values.JWT_APP_SECRET)],
    ["SYSTEM_JWT_PUBLIC_KEY", "JWT_PUBLIC_KEY", equal(system, client)],
    [
      "SYSTEM_JWT_JWKS_URL",
      "JWT_JWKS_URL",
      equal(address(values.SYSTEM_JWT_JWKS_URL), address(values.JWT_JWKS_URL)),
    ],
  ];
  const problems = pairs.filter(([, , same]) => same).map(([name, other]) =>
    `${name}: is the same key as ${other}; accepted: one of its own`
  );
  return [...problems, ...sharedKeyServers(values)];
}

function sharedKeyServers(values: Values): string[] {
  const clientServers = new Map<string, SettingName>();
  for (const { baseUrl } of values.JWT_ASAP_MAPPINGS ?? []) {
    clientServers.set(address(baseUrl)!, "JWT_ASAP_MAPPINGS");
  }
  if (values.JWT_ASAP_KEYSERVER) {
    clientServers.set(address(values.JWT_ASAP_KEYSERVER)!, "JWT_ASAP_KEYSERVER");
  }
  const systemServers: [SettingName, string | undefined][] = [
    ["SYSTEM_JWT_ASAP_KEYSERVER", values.SYSTEM_JWT_ASAP_KEYSERVER],
    ...(values.SYSTEM_JWT_ASAP_MAPPINGS ?? [])
      .map(({ baseUrl }): [SettingName, string] => ["SYSTEM_JWT_ASAP_MAPPINGS", baseUrl]),
  ];
  return systemServers.flatMap(([name, url]) => {
    const other = url && clientServers.get(address(url)!);
    return other
      ? [`${name}: names the same key server as ${other}; accepted: one of its own`]
      : [];
  });
}

/** What an operator should know, though the service starts. */
export function warningsAbout(checked: Checked): string[] {
  return [
    ...keyWarnings(checked),
    ...secretWarnings(checked.values),
    ...plainHttpWarnings(checked.values),
    ...placeWarnings(checked),
  ];
}

function keyWarnings({ values, hasClientKeys, hasSystemKeys }: Checked): string[] {
  if (hasClientKeys && !hasSystemKeys) {
    return [
      "no system key is set: nobody can be authorised to call /golive; set one of " +
      "SYSTEM_JWT_SECRET, SYSTEM_JWT_PUBLIC_KEY, SYSTEM_JWT_JWKS_URL, SYSTEM_JWT_ASAP_KEYSERVER",
    ];
  }
  if (hasSystemKeys && !hasClientKeys) {
    const who = values.JWT_ALLOW_EMPTY ? "no moderator" : "no visitor and no moderator";
    return [
      `no client key is set: ${who} can be authorised; set one of JWT_APP_SECRET, ` +
      "JWT_PUBLIC_KEY, JWT_JWKS_URL, JWT_ASAP_KEYSERVER",
    ];
  }
  return [];
}

function secretWarnings(values: Values): string[] {
  return (["JWT_APP_SECRET", "SYSTEM_JWT_SECRET"] as const)
    .filter((name) => {
      const secret = values[name];
      return secret && new TextEncoder().encode(secret).length < MIN_SECRET_OCTETS;
    })
    .map((name) => `${name} is shorter than ${MIN_SECRET_OCTETS} octets: it could be guessed`);
}

function plainHttpWarnings(values: Values): string[] {
  const baseUrls = (mappings: Values["JWT_ASAP_MAPPINGS"]) => mappings?.map((m) => m.baseUrl) ?? [];
  const urls: [SettingName, (string | undefined)[]][] = [
    ["JWT_JWKS_URL", [values.JWT_JWKS_URL]],
    ["JWT_ASAP_KEYSERVER", [values.JWT_ASAP_KEYSERVER]],
    ["JWT_ASAP_MAPPINGS", baseUrls(values.JWT_ASAP_MAPPINGS)],
    ["SYSTEM_JWT_JWKS_URL", [values.SYSTEM_JWT_JWKS_URL]],
    ["SYSTEM_JWT_ASAP_KEYSERVER", [values.SYSTEM_JWT_ASAP_KEYSERVER]],
    ["SYSTEM_JWT_ASAP_MAPPINGS", baseUrls(values.SYSTEM_JWT_ASAP_MAPPINGS)],
  ];
  return urls.filter(([, list]) => list.some(isPlainHttp)).map(([name]) =>
    `${name} is fetched over plain http: whoever is on the way can replace the keys`
  );
}

function isPlainHttp(url: string | undefined): boolean {
  if (!url?.toLowerCase().startsWith("http:")) return false;
  return !/^(localhost|127\.[\d.]+|\[::1\])$/.test(new URL(url).hostname);
}

function placeWarnings({ values, hasClientKeys, hasSystemKeys, deploy }: Checked): string[] {
  const warnings: string[] = [];
  if (!values.XMPP_DOMAIN) {
    warnings.push(
      "XMPP_DOMAIN is not set: a conference has a tenant only where its name is written as " +
        "[tenant]room",
    );
  } else if (!values.XMPP_MUC_DOMAIN) {
    warnings.push(
      "XMPP_MUC_DOMAIN is not set: any label may stand where `conference` stands in " +
        "room@conference.tenant.domain",
    );
  }
  if (!hasClientKeys && !hasSystemKeys && !["0.0.0.0", "127.0.0.1"].includes(values.HOST)) {
    warnings.push("HOST is ignored in demo mode: the service listens on 127.0.0.1 only");
  }
  if (deploy && values.WORKERS !== undefined && values.WORKERS !== 1) {
    warnings.push("WORKERS is ignored on Deno Deploy: it starts isolates by itself");
  }
  return warnings;
}

function equal(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && a === b;
}

/** A URL in one spelling. */
function address(url: string | undefined): string | undefined {
  return url === undefined ? undefined : new URL(url).href.replace(/\/*(#.*)?$/, "");
}
