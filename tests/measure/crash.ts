/**
 * How long after `kill -9` a service takes visitors again (F12): what a supervisor's restart costs, of
 * the twenty seconds after which shipped clients give up.
 *
 *     deno run --allow-all tests/measure/crash.ts [rounds] [live conferences]
 *
 * @module
 */

import { percentile } from "../../src/commands/load/statistics.ts";
import { FRONTS } from "../e2e/setups.ts";
import { freePort } from "../support/operator.ts";
import { goLive } from "../support/rest.ts";
import type { Service } from "../support/service.ts";
import { StompSocket, VISITOR_TOPIC } from "../support/stomp_socket.ts";
import { visitorToken } from "../support/tokens.ts";
import { machine, pause, print, startService } from "./setting.ts";

const rounds = Number(Deno.args[0] ?? 10);
const conferences = Number(Deno.args[1] ?? 100);
/** How often a visitor tries, so as to find the first moment. */
const TRY_MS = 10;

/** Milliseconds since `began` until a visitor that tries all the time is told live. */
async function toldAgain(port: number, token: string, began: number): Promise<number> {
  for (;;) {
    try {
      using visitor = await StompSocket.connect(port, token);
      await visitor.send("SUBSCRIBE", { id: "0", destination: `${VISITOR_TOPIC}${nameOf(0)}` });
      await visitor.message();
      return performance.now() - began;
    } catch {
      await pause(TRY_MS);
    }
  }
}

function nameOf(i: number): string {
  return `room${i}@conference.meet.example`;
}

function describe(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  return `median ${percentile(sorted, 50).toFixed(0)} ms, most ${
    percentile(sorted, 100).toFixed(0)
  } ms`;
}

print(machine());
print(`${rounds} kills each, ${conferences} conferences live, store on disk`);
const token = await visitorToken("*");
for (const front of FRONTS) {
  for (const WORKERS of ["1", "2"]) {
    const folder = await Deno.makeTempDir();
    const env = { WORKERS, KV_PATH: `${folder}/live.sqlite3`, PORT: String(freePort()) };
    let service: Service = await startService(front, env);
    for (let i = 0; i < conferences; i++) await goLive(service, nameOf(i));
    const told: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const began = performance.now();
      service.kill("SIGKILL");
      await service.exited;
      const again = toldAgain(Number(env.PORT), token, began);
      service = await startService(front, env);
      told.push(await again);
    }
    print(`${front}, ${WORKERS} workers: from the kill until one is told again: ${describe(told)}`);
    await service[Symbol.asyncDispose]();
    await Deno.remove(folder, { recursive: true });
  }
}
// What a service waits for at its start would keep this process for a while.
Deno.exit(0);
