/**
 * What the kernel keeps for each end of a connection, which is in no process's memory.
 *
 *     ulimit -n 20000; deno run --allow-all tests/sim/measure_sockets.ts
 *
 * @module
 */

import { pause, print } from "../measure/setting.ts";

const CONNECTIONS = 4_000;
/** Other processes use the kernel too: the middle one of these counts. */
const ROUNDS = 5;
/** For what was closed or is made late to be counted. */
const SETTLED_MS = 1_000;

/** Kilobytes that the kernel holds for its own objects. */
async function slab(): Promise<number> {
  return Number(/^Slab:\s+(\d+)/m.exec(await Deno.readTextFile("/proc/meminfo"))![1]);
}

/** Kilobytes of one end. */
async function round(): Promise<number> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  const before = await slab();
  const ends: Deno.Conn[] = [];
  for (let n = 0; n < CONNECTIONS; n++) {
    ends.push(...await Promise.all([Deno.connect({ port }), listener.accept()]));
  }
  await pause(SETTLED_MS);
  const each = (await slab() - before) / ends.length;
  for (const end of ends) end.close();
  await pause(SETTLED_MS);
  return each;
}

const rounds: number[] = [];
for (let n = 0; n < ROUNDS; n++) rounds.push(await round());
const each = rounds.toSorted((a, b) => a - b)[ROUNDS >> 1]!;
print(`an end of a connection: ${each.toFixed(1)} KB`);
