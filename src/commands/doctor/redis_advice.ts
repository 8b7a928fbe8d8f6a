/**
 * What to do about what Redis says.
 *
 * @module
 */

const ADVICE: readonly (readonly [reason: RegExp, next: string])[] = [
  [
    /NOAUTH|WRONGPASS|invalid password|without any password/i,
    "put the user and the password that Redis has into REDIS_URL, before the host: " +
    "redis://, then USER:PASSWORD, then @HOST",
  ],
  [/NOPERM/, "give the user of REDIS_URL the rights that docs/redis.md lists"],
  [
    /READONLY/,
    "REDIS_URL leads to a replica: name the master, or its Sentinels with redis+sentinel://",
  ],
  [/MISCONF|\bOOM\b/, "Redis refuses writes: look at its disk, its memory and its log"],
  [/LOADING/, "Redis reads its data; try again when it has"],
  [
    /certificate|TLS|SSL|wrong version|InvalidContentType|corrupt message/i,
    "see whether Redis speaks TLS: REDIS_URL begins with rediss:// where it does, with redis:// " +
    "where it does not",
  ],
  [/ENOTFOUND|EAI_AGAIN|lookup address/i, "see that the host in REDIS_URL is right"],
];

const OTHERWISE = "see that Redis runs, that REDIS_URL names its host and port and begins with " +
  "rediss:// only where Redis speaks TLS, and that no firewall is between";

/** @param reason The messages of the error and its causes. */
export function redisAdvice(reason: string): string {
  return ADVICE.find(([pattern]) => pattern.test(reason))?.[1] ?? OTHERWISE;
}
