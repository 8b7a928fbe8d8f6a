/**
 * Whether file descriptors and memory are enough for as many connections as are let in.
 *
 * @module
 */

import type { Settings } from "../../config/config.ts";
import { connectionsByLimit, memoryByLimit } from "../../process/limits.ts";
import { broken, doubtful, type Finding, fine, skipped } from "../finding.ts";
import type { Patient } from "./check.ts";
import type { Machine } from "./machine.ts";

/** A meeting for which a queue is worth it has more visitors. */
const FEW_CONNECTIONS = 1_000;

/** What a process takes, and each worker of it, before anybody connects. */
const PROCESS_OCTETS = 120 * 2 ** 20;
const WORKER_OCTETS = 40 * 2 ** 20;
/** For a visitor who waits; generous, so that bursts fit too. */
const CONNECTION_OCTETS = 32 * 1024;

const RAISE = "raise it where the service is started (systemd: LimitNOFILE; Docker: ulimits: " +
  "nofile; a shell: ulimit -n)";

/** Both limits. They are those of this process: it must run where and as the service does. */
export function limitCheck({ settings, machine }: Patient): Finding[] {
  const most = settings.connections.max ?? connectionsByLimit(machine.readFile);
  return [descriptorFinding(settings, machine), memoryFinding(most, settings, machine)];
}

function descriptorFinding({ connections: { max } }: Settings, machine: Machine): Finding {
  const limit = openFileLimit(machine);
  const name = "file descriptors";
  if (limit === undefined) return skipped(name, "the limit cannot be read on this system");
  const fit = connectionsByLimit(machine.readFile);
  if (limit === Infinity) return fine(name, "there is no limit");
  const room = `the limit is ${limit}, which is enough for ${fit} connections`;
  if (max === undefined) {
    return fit < FEW_CONNECTIONS ? doubtful(name, room, RAISE) : fine(name, room);
  }
  if (max >= limit) {
    return broken(name, `MAX_CONNECTIONS is ${max}, and ${room}`, `${RAISE}, or set ${fit}`);
  }
  if (max > fit) {
    return doubtful(name, `MAX_CONNECTIONS is ${max}, and ${room}`, `${RAISE}, or set ${fit}`);
  }
  return fine(name, `MAX_CONNECTIONS is ${max}, and the limit is ${limit}`);
}

/** `Infinity`: none; `undefined`: this system does not tell. */
function openFileLimit(machine: Machine): number | undefined {
  try {
    const limits = machine.readFile("/proc/self/limits");
    const [, limit] = /^Max open files +(\d+|unlimited)/m.exec(limits) ?? [];
    return limit === "unlimited" ? Infinity : limit === undefined ? undefined : Number(limit);
  } catch {
    return undefined;
  }
}

/** Before memory is full the service turns newcomers away, whatever `MAX_CONNECTIONS` says. */
function memoryFinding(most: number, { workers }: Settings, machine: Machine): Finding {
  const { available } = machine.memory;
  const base = PROCESS_OCTETS + workers * WORKER_OCTETS;
  const needed = base + most * CONNECTION_OCTETS;
  const given = memoryByLimit(machine.memory);
  const text = `${most} connections take up to ${inMiB(needed)}, and the service takes ` +
    `${inMiB(given)} at most`;
  if (needed <= given) return fine("memory", `${text}; ${inMiB(available)} are available`);
  const fit = Math.floor((given - base) / CONNECTION_OCTETS);
  if (fit < 1) return broken("memory", text, "give it more memory, or set fewer WORKERS");
  return doubtful("memory", text, `set MAX_CONNECTIONS=${fit}, or give it more memory`);
}

function inMiB(octets: number): string {
  return `${Math.round(octets / 2 ** 20)} MiB`;
}
