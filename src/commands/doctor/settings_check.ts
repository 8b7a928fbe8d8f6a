/**
 * What the settings say, besides what the service itself refuses.
 *
 * @module
 */

import { doorValues, type Problem, type Settings, type Warning } from "../../config/config.ts";
import { QUEUE_DOOR } from "../../doors/stomp/settings.ts";
import { broken, doubtful, type Finding, fine } from "../finding.ts";
import type { Patient } from "./check.ts";

/** Jigasi's WebSocket ends after 30 s in which nothing comes. */
const MAX_HEARTBEAT_MS = 15_000;

/** These are told by another check, with what it found. */
const TOLD_ELSEWHERE: readonly Warning["code"][] = [
  "no_domains",
  "no_xmpp_domain",
  "no_muc_domain",
  "no_system_key",
  "no_client_key",
];

/** What to do about a warning that does not say so itself. */
const NEXT: Readonly<Partial<Record<Warning["code"], string>>> = {
  short_secret: "take 32 random octets, on both sides: openssl rand -hex 32",
  quoted_secret: "take the quotes away, unless the other side has them too",
  plain_http: "use https://",
  misspelt: "rename it, or take it away",
  ignored: "take it away",
};

/** Settings that cannot be used, each with what can. */
export function problemFindings(problems: readonly Problem[]): Finding[] {
  return problems.map(({ setting, text, accepted }) =>
    broken(setting, text, accepted && `accepted: ${accepted}`)
  );
}

/** What can be used, and is doubtful. */
export function settingsCheck({ settings, warnings, machine }: Patient): Finding[] {
  const doubts = [
    ...(settings.demo ? [demo(settings)] : []),
    ...warnings.filter(({ code }) => !TOLD_ELSEWHERE.includes(code)).map(warningFinding),
    ...accessDoubts(settings),
    ...paceDoubts(settings),
    ...processDoubts(settings, machine.cores),
  ];
  return doubts.length > 0 ? doubts : [fine("settings", "all of them can be used")];
}

function demo({ host, port }: Settings): Finding {
  return doubtful(
    "demo mode",
    `no key is in use. The service makes keys for each run, listens on ${host}, and hands out tokens at ` +
      `http://${host}:${port}/demo: good to try it, and for nothing else`,
    "for another mode, leave DEMO unset and set a key for clients (JWT_APP_SECRET, JWT_PUBLIC_KEY, JWT_JWKS_URL or JWT_ASAP_KEYSERVER) " +
      "and another for the backend (the same names with SYSTEM_JWT_, or SYSTEM_JWT_SECRET)",
  );
}

function warningFinding({ code, setting = "settings", text, next = NEXT[code] }: Warning): Finding {
  return doubtful(setting, text, next);
}

function accessDoubts({ access, allowedOrigins }: Settings): Finding[] {
  const doubts: Finding[] = [];
  if (access.allowEmpty) {
    doubts.push(doubtful("JWT_ALLOW_EMPTY", "anyone may wait for any conference, without a token"));
  }
  if (allowedOrigins.includes("null")) {
    const text = "null is the origin of files and of sandboxed frames of any web site";
    doubts.push(doubtful("ALLOWED_ORIGINS", text, "take null away"));
  } else if (!allowedOrigins.includes("*")) {
    doubts.push(fine("ALLOWED_ORIGINS", `web pages of ${allowedOrigins.join(", ")} may connect`));
  } else {
    const text = "web pages of any origin may connect; their token decides";
    doubts.push(fine("ALLOWED_ORIGINS", text));
  }
  return doubts;
}

function paceDoubts(settings: Settings): Finding[] {
  const { queue } = settings;
  const { HEARTBEAT_MS } = doorValues(settings, QUEUE_DOOR);
  const doubts: Finding[] = [];
  if (queue.releaseRate === 0) {
    const text = "0 tells all visitors at once, and all of them join at once";
    doubts.push(doubtful("RELEASE_RATE", text, "set what the meeting takes a second, such as 50"));
  }
  if (HEARTBEAT_MS > MAX_HEARTBEAT_MS) {
    const text = `${HEARTBEAT_MS} is so long that Jigasi may take the connection for dead`;
    doubts.push(doubtful("HEARTBEAT_MS", text, `set ${MAX_HEARTBEAT_MS} or less`));
  }
  return doubts;
}

function processDoubts({ workers }: Settings, cores: number): Finding[] {
  if (workers <= cores) return [fine("WORKERS", `${workers}, on ${cores} cores`)];
  const text =
    `${workers} share ${cores} cores: more than one for each costs memory and gains nothing`;
  return [doubtful("WORKERS", text, `set ${cores}, or leave it unset`)];
}
