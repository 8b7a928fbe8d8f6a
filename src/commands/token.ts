/**
 * `deno task token`: makes a token that the service accepts.
 *
 * @module
 */

import { Authenticator, AuthError } from "../auth/authenticator.ts";
import { mintToken, type TokenSpec } from "../auth/mint.ts";
import type { Settings } from "../config/config.ts";
import { parseArguments } from "./arguments.ts";
import { authParts } from "../auth/auth_parts.ts";
import type { Command } from "./command.ts";
import { describeDuration } from "./duration.ts";
import { printable } from "./printable.ts";
import { runProcess } from "./process.ts";
import { readSettings } from "./settings.ts";
import { chooseSigner } from "./signing_key.ts";
import { TOKEN_FLAGS, TOKEN_OPTIONS, tokenSpec } from "./token_spec.ts";
import type { World } from "./world.ts";

const USAGE = `Usage: deno task token [visitor|moderator|system] [options]

Makes a token for the service with the settings of this environment, and writes it, alone, to
stdout; what it says goes to stderr. Without a kind it is a visitor's.

  --room ROOM      the room it is for, without @ and domain      any; a system token: no limit
  --tenant TENANT  the tenant it is for (sub)                    any; what stands before / in --kid
  --ttl TIME       how long it lives: 3600, 90s, 15m, 1h, 7d     1h
  --name NAME      the name of the visitor or moderator          none
  --user ID        the id of the visitor or moderator            none
  --acl PATTERNS   which events it may see, as a,b,!c            what its kind may see
  --session ID     my_session in those patterns                  jti
  --admin          it sees the events of all users of its tenant
  --purpose TEXT   internal, external_api: likewise              none
  --jti ID         names it, so that it can be revoked           none
  --key PATH       sign with this private key (PEM)              JWT_APP_SECRET, SYSTEM_JWT_SECRET
  --kid ID         the key id under which a key server has it    none
  --issuer ISS     iss                                           the first that is accepted
  --audience AUD   aud                                           the first that is accepted

  TOKEN=$(deno task token system)

Exit code: 0, 2 when the arguments or settings are wrong, 1 when it fails.
`;

/** `deno task token`: makes a token that the service accepts. */
export const token: Command = { usage: USAGE, run };

async function run(args: readonly string[], world: World): Promise<number> {
  const { positionals, values, flags } = parseArguments(args, {
    values: TOKEN_OPTIONS,
    flags: TOKEN_FLAGS,
  });
  const settings = readSettings(world.env);
  const spec = tokenSpec(positionals, { values, admin: flags.has("admin") }, settings);
  const { key, label } = chooseSigner(spec.kind, { path: values.key, kid: values.kid }, settings);
  const text = await mintToken(spec, key);
  world.out(`${text}\n`);
  const lines = [...summary(spec, label, values.kid), ...await notes(text, spec, settings)];
  world.err(lines.map((line) => `${printable(line)}\n`).join(""));
  return 0;
}

function summary(spec: TokenSpec, label: string, kid: string | undefined): string[] {
  const anything = spec.kind === "system" ? "no limit" : "* (any)";
  const ends = new Date(Date.now() + spec.ttlSec * 1000).toISOString();
  const facts = [
    ["signed with", kid === undefined ? label : `${label}, kid ${kid}`],
    ["room", spec.room ?? anything],
    ["tenant", spec.tenant ?? anything],
    ["name", spec.name],
    ["user", spec.user],
    ["jti", spec.jti],
    ["acl", spec.acl?.join(", ")],
    ["session", spec.session],
    ["admin", spec.admin ? "sees the events of all users" : undefined],
    ["purpose", spec.purpose],
    ["issuer", spec.issuer],
    ["audience", spec.audience],
    ["lives for", `${describeDuration(spec.ttlSec)}, until ${ends}`],
  ] as const;
  const title = spec.kind === "system" ? "A system token" : `A ${spec.kind}'s token`;
  const lines = facts.filter(([, value]) => value !== undefined)
    .map(([name, value]) => `  ${name.padEnd(12)} ${value}`);
  return [title, ...lines];
}

/** What an operator should know before the service says it. */
async function notes(text: string, { room }: TokenSpec, settings: Settings): Promise<string[]> {
  const notes: string[] = [];
  if (settings.demo) {
    notes.push("Note: no key is set here, so a service with these settings knows no such key.");
  } else {
    const refusal = await refusalOf(text, settings);
    if (refusal) notes.push(`Note: with these settings the service refuses it: ${refusal}`);
  }
  if (room !== undefined && /\P{ASCII}/u.test(room)) {
    const encoded = encodeURIComponent(room.toWellFormed()).toLowerCase();
    notes.push(`Note: browsers write such a room percent-encoded: --room ${encoded}`);
  }
  return notes;
}

/** Why the service refuses the token, as far as that can be said without asking a key server. */
async function refusalOf(text: string, settings: Settings): Promise<string | undefined> {
  using parts = authParts(settings);
  const sources = [...parts.client.keySources, ...parts.system.keySources];
  if (sources.some(({ kind }) => kind === "jwks" || kind === "asap")) return undefined;
  try {
    await new Authenticator(parts).authenticate(`Bearer ${text}`);
    return undefined;
  } catch (error) {
    if (error instanceof AuthError) return error.message;
    throw error;
  }
}

if (import.meta.main) await runProcess(token);
