/**
 * Whether memory returns after many visitors came and went (C85).
 *
 *     deno run --allow-all tests/measure/churn.ts [cycles]
 *
 * @module
 */

import { residentMemory } from "../support/resident.ts";
import { StompSocket } from "../support/stomp_socket.ts";
import { visitorToken } from "../support/tokens.ts";
import { machine, pause, print, startService } from "./setting.ts";

const cycles = Number(Deno.args[0] ?? 20_000);
const AT_ONCE = 100;
/** The engine gives memory back by itself once it has been idle for a while (twice 8 s). */
const REST_MS = 25_000;
const CONFERENCE = "room@conference.meet.example";

async function churn(port: number, token: string, count: number): Promise<void> {
  let left = count;
  const comeAndGo = async () => {
    while (left-- > 0) {
      using _visitor = await StompSocket.visitor(port, token, CONFERENCE);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, comeAndGo));
  await pause(REST_MS);
}

print(machine());
const token = await visitorToken("room");
for (const front of ["deno", "ws"] as const) {
  await using service = await startService(front);
  const mib = [residentMemory(service)];
  // The first round makes the heap as large as it will be; the others must not make it larger.
  for (let round = 0; round < 3; round++) {
    await churn(service.port, token, cycles);
    mib.push(residentMemory(service));
  }
  print(`${front}: resident MiB at the start and after each ${cycles}: ${mib.map(Math.round)}`);
}
