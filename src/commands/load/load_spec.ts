/**
 * What the arguments say of a load.
 *
 * @module
 */

import { mintToken } from "../../auth/mint.ts";
import { parseDuration } from "../duration.ts";
import { readSettings } from "../settings.ts";
import { chooseSigner } from "../signing_key.ts";
import { tokenSpec, type TokenValues } from "../token_spec.ts";
import { UsageError } from "../usage_error.ts";
import type { World } from "../world.ts";
import type { Job } from "./job.ts";
import { isLoopback, parseTarget, type Target } from "./target.ts";

/** Options that take a value. */
export const LOAD_VALUES = [
  "url",
  "backend",
  "visitors",
  "conference",
  "token",
  "system-token",
  "rate",
  "processes",
  "ca",
  "hold",
  "patience",
  "svg",
] as const;
/** Options that take none. */
export const LOAD_FLAGS = ["golive", "distinct", "json"] as const;

/** The options that take a value, as they were written. */
export type LoadValues = { readonly [N in (typeof LOAD_VALUES)[number]]?: string };
/** Which of the other options were given. */
export type LoadFlags = ReadonlySet<(typeof LOAD_FLAGS)[number]>;

/** What a run is to do. */
export interface LoadSpec {
  readonly target: Target;
  /** A certificate to trust, PEM. */
  readonly ca: string | undefined;
  readonly conference: string;
  readonly visitors: number;
  readonly rate: number;
  readonly processes: number;
  readonly token: Job["token"];
  /** Absent: nobody goes live. */
  readonly systemToken: string | undefined;
  readonly holdMs: number;
  readonly patienceMs: number;
  readonly svg: string | undefined;
}

/** Sockets of one process, below the usual limit on file descriptors of 20,000. */
export const MAX_PER_PROCESS = 19_000;
const MAX_PROCESSES = 250;
const DEFAULT_VISITORS = 100;
const DEFAULT_RATE = 1_000;
const DEFAULT_MUC_DOMAIN = "conference.meet.example";
const TOKEN_SEC = 6 * 3_600;

/** @throws {UsageError} */
export async function loadSpec(
  values: LoadValues,
  flags: LoadFlags,
  { env }: Pick<World, "env">,
): Promise<LoadSpec> {
  if (values.url === undefined) throw new UsageError("Give the service: --url ws://host:port/path");
  const visitors = count("visitors", values.visitors, { most: 10_000_000 }) ?? DEFAULT_VISITORS;
  const processes = count("processes", values.processes, { most: MAX_PROCESSES }) ??
    Math.ceil(visitors / MAX_PER_PROCESS);
  if (visitors / processes > MAX_PER_PROCESS) {
    const needed = Math.ceil(visitors / MAX_PER_PROCESS);
    throw new UsageError(
      `A process holds ${MAX_PER_PROCESS} visitors at most: --processes ${needed} or more`,
    );
  }
  return {
    target: parseTarget(values.url, values.backend),
    ca: values.ca === undefined ? undefined : readCertificate(values.ca),
    conference: values.conference ?? newConference(env),
    visitors,
    processes: Math.min(processes, visitors),
    rate: count("rate", values.rate, { most: 1_000_000 }) ?? DEFAULT_RATE,
    token: await visitorToken(values, flags, env),
    systemToken: flags.has("golive") ? await systemToken(values, env) : undefined,
    holdMs: parseDuration(values.hold ?? "30s") * 1_000,
    patienceMs: parseDuration(values.patience ?? "30s") * 1_000,
    svg: values.svg === undefined ? undefined : writable(values.svg),
  };
}

/** The part of each process. */
export function jobsOf(spec: LoadSpec): Job[] {
  const { target: { host, port, secure, path }, ca, conference, processes, token } = spec;
  return Array.from({ length: processes }, (_, i) => ({
    host,
    port,
    secure,
    path,
    ca,
    // From one address to one port a system has some 28,000 connections, and a process fewer.
    localAddress: isLoopback(spec.target) ? `127.0.0.${1 + i}` : undefined,
    conference,
    visitors: Math.floor((spec.visitors + i) / processes),
    rate: spec.rate / processes,
    token,
  }));
}

/** A name that nobody uses: a conference stays live after a run, and the next would not wait. */
function newConference(env: World["env"]): string {
  const { domain, mucDomain } = readSettings(env).xmpp;
  const host = mucDomain ?? (domain ? `conference.${domain}` : DEFAULT_MUC_DOMAIN);
  return `load-${crypto.randomUUID().slice(0, 8)}@${host}`;
}

/** Found out before the run, not after it. */
function writable(path: string): string {
  try {
    Deno.openSync(path, { write: true, create: true }).close();
    return path;
  } catch (error) {
    throw new UsageError(`--svg: cannot write ${path}: ${(error as Error).name}`);
  }
}

function readCertificate(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    throw new UsageError(`--ca: cannot read ${path}: ${(error as Error).name}`);
  }
}

async function visitorToken(
  values: LoadValues,
  flags: LoadFlags,
  env: World["env"],
): Promise<Job["token"]> {
  if (values.token !== undefined) {
    if (flags.has("distinct")) throw new UsageError("--distinct makes tokens: leave out --token");
    return values.token;
  }
  const { spec, key } = minting("visitor", env);
  return flags.has("distinct") ? { spec, key } : await mintToken(spec, key);
}

async function systemToken(values: LoadValues, env: World["env"]): Promise<string> {
  const given = values["system-token"];
  if (given !== undefined) return given;
  const { spec, key } = minting("system", env);
  return await mintToken(spec, key);
}

/** As the token command does it, with the settings of this environment. */
function minting(
  kind: "visitor" | "system",
  env: World["env"],
): Exclude<Job["token"], string> {
  const settings = readSettings(env);
  const values: TokenValues = { ttl: String(TOKEN_SEC) };
  const { key } = chooseSigner(kind, { path: undefined, kid: undefined }, settings);
  return { spec: tokenSpec([kind], { values, admin: false }, settings), key };
}

function count(
  name: string,
  text: string | undefined,
  { most }: { most: number },
): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text.replaceAll(/[,_]/g, ""));
  if (Number.isInteger(number) && number >= 1 && number <= most) return number;
  throw new UsageError(`--${name} takes a whole number from 1 to ${most}`);
}
