/** File descriptors that are kept for files, the listener, requests and backing services. */
const RESERVE = 512;
/** Where the limit cannot be read. */
const UNKNOWN = 10_000;

/** How many connections this process may hold open: its limit on file descriptors, less a reserve. */
export function connectionsByLimit(readFile: (path: string) => string): number {
  try {
    const line = readFile("/proc/self/limits").match(/^Max open files +(\d+|unlimited)/m);
    const limit = Number(line?.[1]);
    return limit > 2 * RESERVE ? limit - RESERVE : Math.max(1, Math.floor(limit / 2)) || UNKNOWN;
  } catch {
    return UNKNOWN;
  }
}
