/**
 * `kill -9` at each step of a go-live, on one of two machines over Redis (F13, F14). The steps are
 * those of docs/architecture.md as they pass between the process and Redis, so that the kill comes at
 * the step itself and not about then.
 *
 * @module
 */

import assert from "node:assert/strict";
import { metric } from "../support/operator.ts";
import { redisAvailable, RedisServer } from "../support/redis.ts";
import { goLive, post } from "../support/rest.ts";
import { Service } from "../support/service.ts";
import type { StompSocket } from "../support/stomp_socket.ts";
import { HoldingProxy, type Trap } from "../support/holding_proxy.ts";
import { comeBack, toldOnce, viewAt, waitAt } from "./line.ts";

/** Visitors of each machine. */
const VISITORS = 3;
const READ: Trap = { from: "client", pattern: /\r\nmget\r\n/i };
const WRITE: Trap = { from: "client", pattern: /\r\nset\r\n/i };
const ASK: Trap = { from: "client", pattern: /ask \S+ \d+\n.*"live"/ };
const ANSWER: Trap = { from: "server", pattern: /\nanswer \S+ \d+\n/ };
const PLAN: Trap = { from: "client", pattern: /publish \S+ \d+\n.*"plan"/ };

interface Step {
  readonly name: string;
  readonly trap?: Trap;
  /** What the machine still does before it is killed; without it it is killed at the trap. */
  readonly then?: "is answered" | "tells the first";
  /** Whether the live state is stored by then. */
  readonly stored: boolean;
}

const STEPS: readonly Step[] = [
  { name: "before it reads the store", trap: READ, stored: false },
  { name: "before it writes the store", trap: WRITE, stored: false },
  { name: "when it has written the store", trap: { ...WRITE, passes: true }, stored: true },
  { name: "before it tells the bus", trap: ASK, stored: true },
  { name: "when it has told the bus", trap: { ...ASK, passes: true }, stored: true },
  { name: "when the other machine has answered", trap: ANSWER, stored: true },
  { name: "after the 200, before the plan is out", trap: PLAN, then: "is answered", stored: true },
  { name: "after the 200, with the first visitor told", then: "tells the first", stored: true },
];

/** One go-live on machine `a`, and machine `b` that stays. */
interface Scene {
  readonly a: Service;
  readonly b: Service;
  readonly proxy: HoldingProxy;
  readonly conference: string;
}

/** Posts the go-live and kills the machine at the step. Resolves with the status of the answer. */
async function killAt(step: Step, { a, proxy, conference }: Scene, first: StompSocket) {
  const trapped = Promise.withResolvers<void>();
  if (step.trap) {
    proxy.holdAt(step.trap, () => {
      // In this moment and not a turn later: without an answer of the bus it soon says 200.
      if (!step.then) a.kill("SIGKILL");
      trapped.resolve();
    });
  } else trapped.resolve();
  const answer = post(a, "/golive", { conference }).then(async (response) => {
    await response.body?.cancel();
    return response.status;
  }, () => undefined);
  await trapped.promise;
  if (step.then === "is answered") await answer;
  if (step.then === "tells the first") assert.equal((await first.message()).status, "live");
  if (step.then) a.kill("SIGKILL");
  await a.exited;
  await proxy[Symbol.asyncDispose]();
  return await answer;
}

/** Those who were not told before the machine died. */
async function untold(visitors: readonly StompSocket[]): Promise<StompSocket[]> {
  const told = await Promise.all(
    visitors.map((visitor) => visitor.message().catch(() => undefined)),
  );
  return visitors.filter((_, i) => !told[i]);
}

async function holds(step: Step, scene: Scene): Promise<void> {
  const { a, b, conference } = scene;
  const [first, ...others] = await waitAt(a, conference, VISITORS);
  const stay = await waitAt(b, conference, VISITORS);
  const status = await killAt(step, scene, first!);
  if (step.then) assert.equal(status, 200);
  const lost = await untold(step.then === "tells the first" ? others : [first!, ...others]);
  for (const visitor of [first!, ...others]) visitor[Symbol.dispose]();
  const back = await comeBack(b, conference, lost.length);
  if (!step.stored) {
    assert.equal(status, undefined, "nothing is stored, so nothing was promised");
    const { status: state, visitorsWaiting } = await viewAt(b, conference);
    assert.deepEqual([state, visitorsWaiting], ["waiting", stay.length + back.length]);
  }
  if (status !== 200) await goLive(b, conference);
  await toldOnce([...stay, ...back]);
}

/** Steps at the same time may not have their resources told apart. */
const AT_ONCE = { sanitizeOps: false, sanitizeResources: false, sanitizeExit: false };

Deno.test("F13, F14: kill -9 at each step of a go-live: a 200 holds, and a second try tells all", async (t) => {
  if (!redisAvailable()) return;
  await using redis = await RedisServer.start();
  // So slow that a kill finds a release in its middle.
  const env = { RELEASE_RATE: "10" };
  await using b = await Service.start({ ...env, REDIS_URL: redis.url });
  const play = async (step: Step, conference: string) => {
    await using proxy = new HoldingProxy(redis.port);
    await using a = await Service.start({ ...env, REDIS_URL: `redis://127.0.0.1:${proxy.port}` });
    await holds(step, { a, b, proxy, conference });
  };
  const held = await Promise.all(STEPS.map((step, i) =>
    t.step({
      name: `killed ${step.name}`,
      ...AT_ONCE,
      fn: () => play(step, `step${i}@conference.meet.example`),
    })
  ));
  assert.ok(held.every(Boolean));
  assert.equal(await metric(b, "waiting_queue_visitors_waiting"), 0);
});
