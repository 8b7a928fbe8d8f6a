/**
 * What the settings say, besides what the service itself refuses.
 *
 * @module
 */

import type { Settings } from "../../config/config.ts";
import { broken, doubtful, type Finding, fine } from "../finding.ts";
import type { Patient } from "./check.ts";

/** Jigasi's WebSocket ends after 30 s in which nothing comes. */
const MOST_HEARTBEAT_MS = 15_000;

/** These are told by another check, with what it found. */
const TOLD_ELSEWHERE = /^(XMPP_DOMAIN|XMPP_MUC_DOMAIN|no (system|client) key)\b/;

/** What to do about a warning that does not say so itself. */
const NEXT: readonly (readonly [warning: RegExp, next: string])[] = [
  [/is shorter than/, "take 32 random octets, on both sides: openssl rand -hex 32"],
  [/over plain http/, "use https://"],
  [/did you mean/, "rename it, or take it away"],
  [/is ignored/, "take it away"],
];

/** Settings that cannot be used, each with what can. */
export function problemFindings(problems: readonly string[]): Finding[] {
  return problems.map((problem) => {
    const [text = "", accepted] = problem.split("; accepted: ");
    const [name, rest] = splitName(text);
    return broken(name, rest, accepted && `accepted: ${accepted}`);
  });
}

/** What can be used, and is doubtful. */
export function settingsCheck({ settings, warnings, machine }: Patient): Finding[] {
  const doubts = [
    ...(settings.demo ? [demo(settings)] : []),
    ...warnings.filter((warning) => !TOLD_ELSEWHERE.test(warning)).map(warningFinding),
    ...accessDoubts(settings),
    ...paceDoubts(settings),
    ...processDoubts(settings, machine.cores),
  ];
  return doubts.length > 0 ? doubts : [fine("settings", "all of them can be used")];
}

function demo({ port }: Settings): Finding {
  return doubtful(
    "demo mode",
    "no key is set. The service makes keys for each run, listens on 127.0.0.1 only whatever HOST " +
      `says, and hands out tokens at http://127.0.0.1:${port}/demo: good to try it, and for nothing else`,
    "set a key for clients (JWT_APP_SECRET, JWT_PUBLIC_KEY, JWT_JWKS_URL or JWT_ASAP_KEYSERVER) " +
      "and another for the backend (the same names with SYSTEM_JWT_, or SYSTEM_JWT_SECRET)",
  );
}

function warningFinding(warning: string): Finding {
  const [name, text] = splitName(warning);
  return doubtful(name, text, NEXT.find(([pattern]) => pattern.test(warning))?.[1]);
}

function accessDoubts({ access, allowedOrigins, demo, webSocketServer }: Settings): Finding[] {
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
  if (webSocketServer === "deno" && !demo) {
    const text = "deno puts no bound on a message in fragments";
    const next = "set ws wherever strangers can reach the service";
    doubts.push(doubtful("WEBSOCKET_SERVER", text, next));
  }
  return doubts;
}

function paceDoubts({ queue, connections }: Settings): Finding[] {
  const doubts: Finding[] = [];
  if (queue.releaseRate === 0) {
    const text = "0 tells all visitors at once, and all of them join at once";
    doubts.push(doubtful("RELEASE_RATE", text, "set what the meeting takes a second, such as 50"));
  }
  if (connections.heartbeatMs > MOST_HEARTBEAT_MS) {
    const text =
      `${connections.heartbeatMs} is so long that Jigasi may take the connection for dead`;
    doubts.push(doubtful("HEARTBEAT_MS", text, `set ${MOST_HEARTBEAT_MS} or less`));
  }
  return doubts;
}

function processDoubts({ workers }: Settings, cores: number): Finding[] {
  if (workers <= cores) return [fine("WORKERS", `${workers}, on ${cores} cores`)];
  const text =
    `${workers} share ${cores} cores: more than one for each costs memory and gains nothing`;
  return [doubtful("WORKERS", text, `set ${cores}, or leave it unset`)];
}

/** `NAME: text` or `NAME text`; what has no name is about all of them. */
function splitName(text: string): [name: string, rest: string] {
  const [, name, rest] = /^([A-Z][A-Z0-9_]+):? (.*)$/s.exec(text) ?? [];
  return name && rest ? [name, rest] : ["settings", text];
}
