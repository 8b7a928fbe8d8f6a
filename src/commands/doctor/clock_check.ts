/**
 * Whether this machine agrees with others on the time. Tokens begin and end by it.
 *
 * @module
 */

import { DEFAULT_TOLERANCE_SEC } from "../../auth/authenticator.ts";
import { systemClock } from "../../time/clock.ts";
import type { KeySettings, Settings } from "../../config/config.ts";
import { broken, doubtful, type Finding, fine, skipped } from "../finding.ts";
import type { Patient } from "./check.ts";
import { withRedis } from "./redis_check.ts";

const ANSWER_MS = 4_000;
/** Key servers that are asked. */
const MAX_SERVERS = 8;
/** A `Date` header counts whole seconds and comes a while after it was written. */
const DOUBTFUL_SEC = 5;

/** Another clock, and how many seconds it is ahead of this one. */
export interface OtherClock {
  readonly name: string;
  readonly aheadSec: number;
}

/** Compares with the key servers and with Redis; one that does not answer is told elsewhere. */
export async function clockCheck({ settings }: Patient): Promise<Finding[]> {
  const { redisUrl } = settings;
  const asked = [
    ...keyServers(settings).map(keyServerClock),
    ...(redisUrl === undefined ? [] : [redisClock(redisUrl)]),
  ];
  const clocks = (await Promise.all(asked)).filter((clock) => clock !== undefined);
  if (clocks.length > 0) return clocks.map(clockFinding);
  const why = asked.length > 0 ? "no other clock answers" : "there is neither key server nor Redis";
  return [skipped("clock", `not compared: ${why}`)];
}

/** What the difference means. */
export function clockFinding({ name, aheadSec }: OtherClock): Finding {
  const off = Math.abs(Math.round(aheadSec));
  const text = off === 0
    ? `the same as ${name}`
    : `${off} s ${aheadSec > 0 ? "behind" : "ahead of"} ${name}`;
  const next = "set both clocks by NTP (chrony, systemd-timesyncd): tokens are refused when they " +
    `are ${DEFAULT_TOLERANCE_SEC} s off`;
  if (off > DEFAULT_TOLERANCE_SEC) return broken("clock", text, next);
  return off > DOUBTFUL_SEC ? doubtful("clock", text, next) : fine("clock", text);
}

function keyServers({ clientKeys, systemKeys }: Settings): string[] {
  const urls = [clientKeys, systemKeys].flatMap(urlsOf);
  const byOrigin = new Map(urls.map((url) => [new URL(url).origin, url]));
  return [...byOrigin.values()].slice(0, MAX_SERVERS);
}

function urlsOf({ jwksUrl, asapKeyServer, asapMappings }: KeySettings): string[] {
  return [jwksUrl, asapKeyServer, ...asapMappings.map(({ baseUrl }) => baseUrl)]
    .filter((url) => url !== undefined);
}

async function keyServerClock(url: string): Promise<OtherClock | undefined> {
  const { origin } = new URL(url);
  try {
    const signal = AbortSignal.timeout(ANSWER_MS);
    const began = systemClock.wall();
    const response = await fetch(url, { redirect: "manual", signal });
    const middle = (began + systemClock.wall()) / 2;
    await response.body?.cancel();
    const date = Date.parse(response.headers.get("date") ?? "");
    if (Number.isNaN(date)) return undefined;
    // RFC 9111 section 5.1: what comes from a cache was written so many seconds ago.
    const age = Number(response.headers.get("age") ?? 0) || 0;
    // On average half a second has passed since the second that it names began.
    return { name: origin, aheadSec: (date + 500 - middle) / 1000 + age };
  } catch {
    return undefined;
  }
}

async function redisClock(url: string): Promise<OtherClock | undefined> {
  try {
    return await withRedis(url, async (client) => {
      const began = systemClock.wall();
      const [seconds, micros] = await client.call("TIME") as [string, string];
      const middle = (began + systemClock.wall()) / 2;
      const aheadSec = Number(seconds) + Number(micros) / 1e6 - middle / 1000;
      return { name: "Redis", aheadSec };
    });
  } catch {
    return undefined;
  }
}
