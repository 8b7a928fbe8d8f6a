/**
 * The settings of the service itself. Those of a door stand in its folder.
 *
 * @module
 */

import { isLoopback } from "../base/loopback.ts";
import type { Declaration, Declarations, DoorSettings, ValuesOf } from "./declaration.ts";
import { CLIENT_KEYS, SYSTEM_KEYS } from "./key_declarations.ts";
import {
  basePath,
  decimal,
  domain,
  doorNames,
  filePath,
  flag,
  host,
  integer,
  list,
  logLevel,
  oneOf,
  origin,
  redisUrl,
  subnet,
} from "./schemas.ts";

const HOUR_MS = 3_600_000;

/** In the order of the table. */
const SERVICE = {
  PORT: {
    schema: integer(0, 65_535),
    default: "8060",
    doc: "Port of everything; `0` lets the system choose one.",
  },
  HOST: {
    schema: host(),
    default: "0.0.0.0",
    demoDefault: "127.0.0.1",
    doc: "Address to listen on.",
    production: (text) => !isLoopback(text),
  },
  BASE_PATH: {
    schema: basePath(),
    default: "/waiting-queue",
    doc: "Every path is served under it too, not only at the root; `/`: at the root alone.",
  },
  WORKERS: {
    schema: integer(1, 256),
    shownDefault: "number of cores",
    doc: "Isolates that share the port. Always 1 on Deno Deploy.",
  },
  DEMO: {
    schema: flag(),
    default: "0",
    doc:
      "`1`: demo mode whatever else is set; keys are then ignored. Without it demo mode is when " +
      "no key is set, and nothing that only a service with keys has.",
  },
  ...CLIENT_KEYS,
  JWT_ALLOW_EMPTY: {
    schema: flag(),
    default: "0",
    doc: "`1`: a client without a token may wait (and nothing else).",
  },
  JWT_ENABLE_DOMAIN_VERIFICATION: {
    schema: flag(),
    default: "0",
    doc: "`1`: in a conference without tenant, `sub` must be `XMPP_DOMAIN` or `*`.",
  },
  VISITOR_ANY_ROLE: {
    schema: flag(),
    default: "0",
    doc: "`1`: any client token of the room may wait, not only a visitor's.",
  },
  MODERATOR_ANY_ROLE: {
    schema: flag(),
    default: "0",
    doc: "`1`: any client token of the room may watch its count, not only a moderator's.",
  },
  ...SYSTEM_KEYS,
  XMPP_DOMAIN: {
    schema: domain(),
    doc: "For example `meet.example`; unset: any.",
    production: true,
  },
  XMPP_MUC_DOMAIN: {
    schema: domain(),
    doc: "For example `conference.meet.example`; the tenant stands between the two parts.",
    production: true,
  },
  ALLOWED_ORIGINS: {
    schema: list(origin()),
    default: "*",
    doc:
      "Web origins that may open a WebSocket; the service's own and a request without `Origin` pass.",
    production: true,
  },
  STATE_INTERVAL_MS: {
    schema: integer(10, HOUR_MS),
    default: "15000",
    // Somebody who plays does not wait for counts.
    demoDefault: "1000",
    doc: "A moderator hears of a changed count at most once per interval.",
  },
  RELEASE_RATE: {
    schema: decimal(1_000_000),
    default: "50",
    doc: "Visitors told a second, per conference; `0`: all at once.",
  },
  RANDOM_DELAY_MS: {
    schema: integer(0, HOUR_MS),
    default: "0",
    doc: "Sent as `randomDelayMs`: a client waits a random part of it before it joins.",
  },
  LIVE_TTL_SEC: {
    schema: integer(1, 31_536_000),
    default: "3600",
    doc: "How long a conference stays live after the last `/golive`.",
  },
  CONNECT_TIMEOUT_MS: {
    schema: integer(10, HOUR_MS),
    default: "10000",
    doc: "From the upgrade to CONNECTED; a connection that takes longer is closed.",
  },
  MAX_CONNECTIONS: {
    schema: integer(1, 100_000_000),
    shownDefault: "what the file-descriptor limit allows, less a reserve",
    doc: "WebSocket connections of the whole process, all workers together.",
  },
  MAX_CONNECTIONS_PER_TOKEN: {
    schema: integer(1, 100_000_000),
    shownDefault: "none",
    doc: "WebSocket connections with one token; some sites give all visitors the same one.",
  },
  MAX_CONNECTIONS_PER_ADDRESS: {
    schema: integer(1, 100_000_000),
    shownDefault: "none",
    doc: "WebSocket connections from one IPv4 address, or from one IPv6 network of 64 bits.",
  },
  TRUSTED_PROXIES: {
    schema: list(subnet()),
    shownDefault: "none",
    doc: "Proxies whose `X-Forwarded-For` says who the client is: addresses and subnets.",
  },
  MAX_MEMORY_MB: {
    schema: integer(64, 100_000_000),
    shownDefault: "80 % of the machine's, or of the container's",
    doc: "Resident memory from which on sockets without a valid CONNECT are shed and none let in.",
  },
  MAX_VISITORS_PER_CONFERENCE: {
    schema: integer(1, 100_000_000),
    shownDefault: "none",
    doc: "Visitors who may wait for one conference.",
  },
  DRAIN_MS: {
    schema: integer(0, HOUR_MS),
    default: "15000",
    doc: "At a stop, connections are closed spread over this time.",
  },
  READY_GRACE_MS: {
    schema: integer(0, HOUR_MS),
    default: "60000",
    doc: "How long a backing service may be away before `/ready` answers 503.",
  },
  REDIS_URL: {
    schema: redisUrl(),
    doc: "Redis or Valkey carries messages and live state between machines.",
    production: true,
    secret: true,
  },
  KV_PATH: {
    schema: filePath(),
    shownDefault: "`data/live-<PORT>.sqlite3`",
    doc: "Embedded store, when `REDIS_URL` is unset; `:memory:` keeps nothing over a restart.",
  },
  WEBSOCKET_SERVER: {
    schema: oneOf(["deno", "ws"]),
    shownDefault: "`ws`; `deno` in demo mode and on Deno Deploy",
    doc: "`ws`: the hardened front; `deno`: the runtime's own. See docs/fronts.md.",
  },
  LOG_LEVEL: { schema: logLevel(), default: "info", doc: "`debug`, `info`, `warning`, `error`." },
  LOG_FORMAT: {
    schema: oneOf(["json", "text"]),
    default: "json",
    doc: "`json`: one object a line; `text`: for people, and the default on a terminal.",
  },
  METRICS_PORT: {
    schema: integer(0, 65_535),
    doc: "`/metrics` is served on this port alone.",
  },
} as const satisfies Declarations;

/** The value of each setting of the service, by its name. */
export type ServiceValues = ValuesOf<typeof SERVICE> & { readonly DOORS: readonly string[] };

/** A setting, and the doors that it belongs to; none: the service itself. */
export interface Declared {
  readonly name: string;
  readonly declaration: Declaration;
  readonly doors: readonly string[];
}

/** The door that is open when nothing else is said. */
const DEFAULT_DOOR = "queue";

/**
 * All settings: the service's own, and then those of its doors, in the order of the table.
 *
 * @throws {TypeError} two declarations of one name: a fault of the program.
 */
export function declaredSettings(doors: readonly DoorSettings[]): readonly Declared[] {
  const found = new Map<string, Declared>();
  const add = (name: string, declaration: Declaration, door?: string) => {
    const known = found.get(name);
    if (known && known.declaration !== declaration) {
      throw new TypeError(`Cannot declare ${name} twice: doors that share it share one object`);
    }
    const belongs = [...known?.doors ?? [], ...(door === undefined ? [] : [door])];
    found.set(name, { name, declaration, doors: belongs });
  };
  for (const [name, declaration] of Object.entries({ ...SERVICE, DOORS: doorList(doors) })) {
    add(name, declaration);
  }
  for (const { name: door, settings } of doors) {
    for (const [name, declaration] of Object.entries(settings)) add(name, declaration, door);
  }
  return [...found.values()];
}

/** `DOORS`, which depends on the doors there are. */
function doorList(doors: readonly DoorSettings[]): Declaration {
  const names = doors.filter(({ always, demoOnly }) => !always && !demoOnly)
    .map(({ name }) => name);
  return {
    schema: doorNames(names),
    default: names.includes(DEFAULT_DOOR) ? DEFAULT_DOOR : names.join(","),
    demoDefault: names.join(","),
    doc: `The doors that are open, of ${names.map((name) => `\`${name}\``).join(", ")}. ` +
      "In demo mode all are.",
  };
}
