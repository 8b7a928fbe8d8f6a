/**
 * What to do when a step of a token's way through the rules says no.
 *
 * @module
 */

/** The names of the settings of one kind of token. */
interface Names {
  readonly prefix: "JWT_" | "SYSTEM_JWT_";
  readonly secret: "JWT_APP_SECRET" | "SYSTEM_JWT_SECRET";
}

const CLIENT: Names = { prefix: "JWT_", secret: "JWT_APP_SECRET" };
const SYSTEM: Names = { prefix: "SYSTEM_JWT_", secret: "SYSTEM_JWT_SECRET" };

const ADVICE: Readonly<Record<string, (names: Names) => string>> = {
  exp: () =>
    "take a new token. If it should still hold, the clock of its issuer or of this machine is " +
    "wrong: deno task doctor compares clocks",
  nbf: () =>
    "the clock of its issuer or of this machine is wrong: deno task doctor compares clocks",
  "iss missing": () => "the issuer must put its name into iss: every token needs one",
  "aud missing": () => "the issuer must put the audience into aud: every token needs one",
  iss: ({ prefix }) => `add the issuer to ${prefix}ACCEPTED_ISSUERS, or have it put another in`,
  aud: ({ prefix }) =>
    `add the audience to ${prefix}ACCEPTED_AUDIENCES, or have the issuer put another in`,
  room: () => "the issuer must put the room's name into room, or * for any",
  sub: () => "the issuer must put the tenant into sub, or * for any",
  context: () => "the issuer must make context an object, as in context.user.role",
  alg: ({ prefix, secret }) =>
    `a secret (${secret}) takes HS256; a public key (${prefix}PUBLIC_KEY, ${prefix}JWKS_URL, ` +
    `${prefix}ASAP_KEYSERVER) takes RS256, ES256 or EdDSA. Set the key that the issuer signs for`,
  "tenant of the key": () => "sub must be what stands before the / in kid",
  key: ({ prefix }) =>
    `see that kid is right and that the key server has its key (${prefix}JWKS_URL, ` +
    `${prefix}ASAP_KEYSERVER): deno task doctor asks it`,
  signature: ({ prefix, secret }) =>
    `the issuer signs with another key than the one that is set here: compare ${secret} or ` +
    `${prefix}PUBLIC_KEY on both sides`,
};

const NO_TOKEN = "give the token as its issuer made it: three parts with dots between, no quotes";

/** @param step As `explain` names it: `client: exp`, `token`. @param text What it says of it. */
export function adviceFor(step: string, text: string): string | undefined {
  if (step === "token") return NO_TOKEN;
  const [, kind, what = ""] = /^(client|system): (.+)$/.exec(step) ?? [];
  const missing = /missing/.test(text) ? ADVICE[`${what} missing`] : undefined;
  return (missing ?? ADVICE[what])?.(kind === "system" ? SYSTEM : CLIENT);
}
