/**
 * The numbers of the process, under the names that every Prometheus client library uses.
 *
 * @module
 */

import process from "node:process";
import prometheus from "prom-client";

const MICROSECONDS = 1e6;

/** When this module was loaded: the process is a moment older. */
const startedAt = Date.now() / 1000;

/** Read when they are asked for. Only one isolate of a process may show them. */
export const processRegistry = new prometheus.Registry();

/** A number that this platform does not tell (`read` throws) is left out. */
function gauge(name: string, help: string, read: () => number): void {
  new prometheus.Gauge({
    name,
    help,
    registers: [processRegistry],
    collect() {
      try {
        this.set(read());
      } catch {
        this.remove();
      }
    },
  });
}

gauge("process_resident_memory_bytes", "Resident memory size in bytes.", residentMemory);
gauge("process_open_fds", "Number of open file descriptors.", openFileDescriptors);
gauge("process_start_time_seconds", "Start time since the Unix epoch.", () => startedAt);

new prometheus.Counter({
  name: "process_cpu_seconds_total",
  help: "User and system CPU time spent in seconds.",
  registers: [processRegistry],
  collect() {
    const { user, system } = process.cpuUsage();
    this.reset();
    this.inc((user + system) / MICROSECONDS);
  },
});

function residentMemory(): number {
  return Deno.memoryUsage().rss;
}

/** Known on Linux, where the process may read it (Deno asks for `--allow-all`). */
function openFileDescriptors(): number {
  return [...Deno.readDirSync("/proc/self/fd")].length;
}
