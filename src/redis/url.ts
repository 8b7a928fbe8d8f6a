/**
 * Where Redis or Valkey is, as one URL:
 *
 * ```
 * redis://[[user]:password@]host[:port][/db]                       one server
 * redis+sentinel://[[user]:password@]host[:port],host.../name[/db] the master `name` of Sentinels
 * redis+cluster://[[user]:password@]host[:port],host...            a cluster
 * ```
 *
 * `rediss` instead of `redis` means TLS. User and password are those of the data servers, percent
 * encoded; Sentinels that ask for their own get `?sentinel_user=` and `?sentinel_password=`.
 *
 * @module
 */

/** A host and a port. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
}

interface Common {
  readonly tls: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly db: number;
}

/** One server. */
export interface RedisServer extends Common {
  readonly kind: "server";
  readonly address: RedisAddress;
}

/** A master that Sentinels know. */
export interface RedisSentinel extends Common {
  readonly kind: "sentinel";
  readonly sentinels: readonly RedisAddress[];
  readonly master: string;
  readonly sentinelUsername: string | undefined;
  readonly sentinelPassword: string | undefined;
}

/** A cluster. */
export interface RedisCluster extends Common {
  readonly kind: "cluster";
  readonly nodes: readonly RedisAddress[];
}

/** Whatever a URL names. */
export type RedisTarget = RedisServer | RedisSentinel | RedisCluster;

const SHAPE =
  /^(rediss?)(?:\+(sentinel|cluster))?:\/\/(?:(.*)@)?([^/?#@]+)(\/[^?#]*)?(?:\?(.*))?$/s;
const DEFAULT_PORT = 6379;
const DEFAULT_SENTINEL_PORT = 26379;

/**
 * Reads a URL of the forms above.
 *
 * @throws {TypeError} it has none of them. The message leaves out the URL, which holds a password.
 */
export function parseRedisUrl(url: string): RedisTarget {
  const [, scheme, kind = "server", credentials, hosts, path = "", query] = SHAPE.exec(url) ?? [];
  if (!scheme || !hosts) {
    fail("expected redis://host:port, redis+sentinel://... or redis+cluster://...");
  }
  const tls = scheme === "rediss";
  const login = parseCredentials(credentials);
  const steps = path.split("/").filter(Boolean).map(decode);
  if (kind === "sentinel") {
    const [master, db] = steps;
    if (!master || steps.length > 2) fail("a Sentinel URL ends in /name-of-the-master");
    return {
      kind,
      tls,
      ...login,
      db: parseDb(db),
      sentinels: parseAddresses(hosts, DEFAULT_SENTINEL_PORT),
      master,
      ...parseSentinelLogin(query),
    };
  }
  if (query) fail("a query is for Sentinel alone");
  const addresses = parseAddresses(hosts, DEFAULT_PORT);
  if (kind === "cluster") {
    if (steps.length > 0) fail("a cluster has no database number");
    return { kind, tls, ...login, db: 0, nodes: addresses };
  }
  if (addresses.length > 1) fail("several hosts need redis+sentinel:// or redis+cluster://");
  if (steps.length > 1) fail("the path is a database number");
  return { kind: "server", tls, ...login, db: parseDb(steps[0]), address: addresses[0]! };
}

function parseAddresses(hosts: string, defaultPort: number): RedisAddress[] {
  return hosts.split(",").map((text) => {
    const [, v6, name, port] = /^(?:\[([\da-fA-F:.]+)\]|([^\s:[\]]+))(?::(\d+))?$/.exec(text) ?? [];
    const host = v6 ?? name;
    const number = port === undefined ? defaultPort : Number(port);
    if (!host || number < 1 || number > 65_535) fail("a host is name:port or [IPv6]:port");
    return { host: decode(host), port: number };
  });
}

function parseCredentials(text = ""): Pick<Common, "username" | "password"> {
  const colon = text.indexOf(":");
  const user = colon < 0 ? text : text.slice(0, colon);
  const password = colon < 0 ? "" : text.slice(colon + 1);
  return { username: decode(user) || undefined, password: decode(password) || undefined };
}

function parseSentinelLogin(
  query: string | undefined,
): Pick<RedisSentinel, "sentinelUsername" | "sentinelPassword"> {
  const params = new URLSearchParams(query);
  for (const name of params.keys()) {
    if (!/^sentinel_(user|password)$/.test(name)) {
      fail("the query may hold sentinel_user and sentinel_password");
    }
  }
  return {
    sentinelUsername: params.get("sentinel_user") ?? undefined,
    sentinelPassword: params.get("sentinel_password") ?? undefined,
  };
}

function parseDb(text = "0"): number {
  if (!/^\d{1,5}$/.test(text)) fail("the database is a number");
  return Number(text);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    fail("a part is not percent-encoded well");
  }
}

function fail(why: string): never {
  throw new TypeError(`Cannot use the Redis URL: ${why}`);
}
