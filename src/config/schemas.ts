/**
 * What the text of an environment variable may be. The description of a schema completes the
 * sentence "accepted: ..." of an error message.
 *
 * @module
 */

import { z } from "zod";
import { readDomain } from "../access/domain_setting.ts";
import { keyServerBase, keyServerUrl } from "../auth/key_server_url.ts";
import { kidMatcher } from "../auth/kid_pattern.ts";
import { parseRedisUrl } from "../redis/url.ts";

/** A whole number, in decimal digits alone. */
export function integer(min: number, max: number): z.ZodType<number> {
  return z.string().regex(/^\d{1,15}$/).transform(Number).pipe(z.int().min(min).max(max))
    .describe(`a whole number from ${min} to ${max}`);
}

/** A number that may have a fraction: `0`, `50`, `0.5`. */
export function decimal(max: number): z.ZodType<number> {
  return z.string().regex(/^\d{1,15}(\.\d{1,6})?$/).transform(Number).pipe(z.number().max(max))
    .describe(`a number from 0 to ${max}`);
}

/** A switch, as docker-jitsi-meet writes it, or in words. */
export function flag(): z.ZodType<boolean> {
  return z.stringbool({ truthy: ["1", "true"], falsy: ["0", "false"], case: "insensitive" })
    .describe("0, 1, false or true");
}

/** One of a few words, in any case. */
export function oneOf<const T extends readonly [string, ...string[]]>(
  words: T,
): z.ZodType<T[number]> {
  return z.string().toLowerCase().pipe(z.enum(words))
    .describe(words.slice(0, -1).join(", ") + " or " + words.at(-1));
}

/** A level of the log; `warn` is what other software calls `warning`. */
export function logLevel(): z.ZodType<"debug" | "info" | "warning" | "error"> {
  const levels = ["debug", "info", "warning", "error"] as const;
  return z.string().toLowerCase().transform((level) => level === "warn" ? "warning" : level)
    .pipe(z.enum(levels)).describe("debug, info, warning or error");
}

/** A comma list with at least one entry. */
export function list(item: z.ZodType<string, string> = z.string()): z.ZodType<string[]> {
  return z.string()
    .transform((text) => text.split(",").map((part) => part.trim()).filter((part) => part !== ""))
    .pipe(z.array(item).min(1))
    .describe(item.description ? `a comma list of ${item.description}` : "a comma list");
}

/** The URL of a key server. */
export function httpUrl(): z.ZodType<string> {
  return z.string().superRefine(checkedBy(keyServerUrl))
    .describe("an https:// or http:// URL without credentials");
}

/** The URL under which an ASAP key server has its keys: a path is put behind it. */
export function baseUrl(): z.ZodType<string> {
  return z.string().superRefine(checkedBy(keyServerBase))
    .describe("an https:// or http:// URL without credentials and query");
}

/** The names of doors, each once. */
export function doorNames(known: readonly string[]): z.ZodType<string[]> {
  return list(z.string().toLowerCase().refine((name) => known.includes(name)))
    .transform((names) => [...new Set(names)])
    .describe(`a comma list of ${known.join(", ")}`);
}

/** Takes what `check` takes. What it throws says what is wrong. */
function checkedBy(
  check: (text: string) => unknown,
): (text: string, context: z.RefinementCtx) => void {
  return (text, context) => {
    try {
      check(text);
    } catch (error) {
      context.addIssue({ code: "custom", message: (error as Error).message, params: EXPLAINED });
    }
  };
}

/** Marks an issue whose message is for the operator. */
const EXPLAINED = { explained: true };

/** What a schema says of its own about a value that it refuses; it shows no secret. */
export function explanationOf({ issues: [issue] }: z.ZodError): string | undefined {
  return issue?.code === "custom" && issue.params?.["explained"] ? issue.message : undefined;
}

/** The address of a Redis or Valkey server; it may carry a password. */
export function redisUrl(): z.ZodType<string> {
  return z.string().refine(isRedisUrl).describe(
    "a redis://, redis+sentinel:// or redis+cluster:// URL, or rediss for TLS",
  );
}

function isRedisUrl(url: string): boolean {
  try {
    parseRedisUrl(url);
    return true;
  } catch {
    return false;
  }
}

/** A DNS name, in lower case and without a trailing dot. */
export function domain(): z.ZodType<string> {
  return z.string().transform(readDomain).pipe(z.string())
    .describe("a domain name such as meet.example");
}

/** An address to listen on. */
export function host(): z.ZodType<string> {
  return z.string().max(253).regex(/^[A-Za-z0-9._:%-]+$/).describe("an IP address or a host name");
}

/** An `Origin` as a browser sends it, or `*`. */
export function origin(): z.ZodType<string, string> {
  return z.string().toLowerCase().transform(normaliseOrigin)
    .pipe(z.string().regex(/^(\*|null|[a-z][a-z0-9+.-]*:\/\/[^/?#\s@]*)$/))
    .describe("*, or origins such as https://meet.example");
}

/** An address, or a subnet of them. */
export function subnet(): z.ZodType<string, string> {
  return z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()])
    .describe("addresses and subnets such as 10.0.0.0/8");
}

/** Browsers never send a default port or a trailing slash; operators write both. */
function normaliseOrigin(text: string): string {
  const bare = text.replace(/([^/])\/$/, "$1");
  return /^https?:\/\/[^/?#@]+$/.test(bare) && URL.canParse(bare) ? new URL(bare).origin : bare;
}

/** A path in front of every route: a leading slash, none at the end; `/` becomes the empty path. */
export function basePath(): z.ZodType<string> {
  return z.string().max(255)
    .transform((text) => "/" + text.split("/").filter((part) => part !== "").join("/"))
    .transform((path) => path === "/" ? "" : path)
    .pipe(z.string().regex(/^(\/(?!\.{1,2}(\/|$))[A-Za-z0-9._~-]+)*$/))
    .describe("a path such as /waiting-queue, or / for none");
}

/** The path of the embedded store. */
export function filePath(): z.ZodType<string> {
  return z.string().max(4096).regex(/^[^\0]+$/).describe("a file path or :memory:");
}

/** A secret or a key: anything; what is wrong with it is said elsewhere and never shows it. */
export function opaque(accepted: string): z.ZodType<string> {
  return z.string().max(65_536).describe(accepted);
}

const asapMapping = z.strictObject({
  kid: z.string().min(1).max(1024).superRefine(checkedBy(kidMatcher)),
  baseUrl: baseUrl(),
});

/** Which ASAP key server has the keys whose `kid` fits. */
export type AsapMapping = z.output<typeof asapMapping>;

/** A JSON list of {@linkcode AsapMapping}. */
export function asapMappings(): z.ZodType<AsapMapping[]> {
  return z.string().transform(parseJson).pipe(z.array(asapMapping).min(1).max(100))
    .describe(`JSON like [{"kid":"tenant/","baseUrl":"https://keys.example"}]`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A UUID, in lower case. */
export function uuid(): z.ZodType<string> {
  return z.string().toLowerCase().pipe(z.guid()).describe("a UUID");
}
