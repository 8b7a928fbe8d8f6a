/**
 * A process that holds visitors, for the load command: a process takes no more sockets than its limit
 * on file descriptors, and uses one core.
 *
 * @module
 */

import { lines } from "./lines.ts";
import { Crowd } from "./crowd.ts";
import type { Job, Progress, Result } from "./job.ts";

const PROGRESS_MS = 100;

async function hold(): Promise<void> {
  const input = lines(Deno.stdin.readable)[Symbol.asyncIterator]();
  const job = await input.next();
  if (job.done) return;
  const crowd = new Crowd(JSON.parse(job.value) as Job);
  const ending = new AbortController();
  const gathered = crowd.gather(ending.signal);
  const progress = setInterval(() => say(crowd.progress), PROGRESS_MS);
  // The next line, or the end of the process that would have said it.
  await input.next();
  ending.abort();
  await gathered;
  clearInterval(progress);
  say(crowd.result);
  crowd.leave();
}

function say(message: Progress | Result): void {
  let rest = new TextEncoder().encode(`${JSON.stringify(message)}\n`);
  while (rest.length > 0) rest = rest.subarray(Deno.stdout.writeSync(rest));
}

if (import.meta.main) {
  await hold();
  Deno.exit();
}
