/**
 * A proxy that asks the next machine when one does not answer, in front of two machines over Redis:
 * a backend that never tries again itself loses no go-live (F14).
 *
 * @module
 */

import assert from "node:assert/strict";
import { Nginx } from "../support/nginx.ts";
import { freePort, metric } from "../support/operator.ts";
import { requireProgram } from "../support/programs.ts";
import { redisAvailable, RedisServer } from "../support/redis.ts";
import { Service } from "../support/service.ts";
import { systemToken } from "../support/tokens.ts";
import { HoldingProxy } from "../support/holding_proxy.ts";
import { comeBack, toldOnce, waitAt } from "./line.ts";

const CONFERENCE = "townhall@conference.meet.example";
const WRITE = /\r\nset\r\n/i;
/** What the proxy waits for an answer; an operator lets it wait longer than a go-live is held. */
const PATIENCE = "2s";

const LOCATION = `
  location ~ ^/waiting-queue/(golive|endlive)$ {
    proxy_pass http://waiting_queue;
    proxy_next_upstream error timeout http_503 non_idempotent;
    proxy_connect_timeout 2s;
    proxy_read_timeout ${PATIENCE};
  }`;

/** Two machines; the proxy asks `a` first. Between `a` and Redis stands `redis`. */
interface Scene {
  readonly a: Service;
  readonly b: Service;
  readonly redis: HoldingProxy;
  /** Posts a go-live to the proxy, once, as a backend does. */
  readonly goLive: () => Promise<Response>;
}

async function post(port: number): Promise<Response> {
  return await fetch(`http://127.0.0.1:${port}/waiting-queue/golive`, {
    method: "POST",
    headers: { authorization: `Bearer ${await systemToken()}`, "content-type": "application/json" },
    body: JSON.stringify({ conference: CONFERENCE }),
  });
}

function scene(name: string, play: (scene: Scene) => Promise<void>): void {
  Deno.test(`F14: ${name}`, async () => {
    if (!redisAvailable()) return;
    await using server = await RedisServer.start();
    await using redis = new HoldingProxy(server.port);
    await using a = await Service.start({ REDIS_URL: `redis://127.0.0.1:${redis.port}` });
    await using b = await Service.start({ REDIS_URL: server.url });
    const servers = [a, b].map(({ port }) => `server 127.0.0.1:${port} max_fails=0;`).join(" ");
    const upstream = `upstream waiting_queue { ${servers} }`;
    await using nginx = await Nginx.start(freePort(), LOCATION, upstream);
    await play({ a, b, redis, goLive: () => post(nginx.port) });
  });
}

/** The answer of the machine that stays, and everybody told once: who stayed, and who came back. */
async function answered(answer: Promise<Response>, { b }: Scene, all: Line): Promise<void> {
  const response = await answer;
  assert.equal(response.status, 200);
  assert.equal((await response.json()).status, "live");
  await toldOnce([...all.stay, ...await comeBack(b, CONFERENCE, all.lost.length)]);
  assert.equal(await metric(b, "waiting_queue_visitors_told_total"), 6);
}

interface Line {
  readonly lost: Awaited<ReturnType<typeof waitAt>>;
  readonly stay: Awaited<ReturnType<typeof waitAt>>;
}

async function line({ a, b }: Scene): Promise<Line> {
  return { lost: await waitAt(a, CONFERENCE, 3), stay: await waitAt(b, CONFERENCE, 3) };
}

/** The machine is killed at its write to the store, while it holds the request. */
function killedAtWrite(passes: boolean): (scene: Scene) => Promise<void> {
  return async (scene) => {
    const all = await line(scene);
    scene.redis.holdAt(
      { from: "client", pattern: WRITE, passes },
      () => scene.a.kill("SIGKILL"),
    );
    const answer = scene.goLive();
    await scene.a.exited;
    await scene.redis[Symbol.asyncDispose]();
    for (const visitor of all.lost) visitor[Symbol.dispose]();
    await answered(answer, scene, all);
  };
}

if (requireProgram("nginx", ["-v"])) {
  scene("killed before it stored the go-live, the other machine answers", killedAtWrite(false));
  scene("killed when it had stored it and not answered, likewise", killedAtWrite(true));

  scene("a machine that is away already is passed over", async (scene) => {
    const all = await line(scene);
    scene.a.kill("SIGKILL");
    await scene.a.exited;
    await scene.redis[Symbol.asyncDispose]();
    for (const visitor of all.lost) visitor[Symbol.dispose]();
    await answered(scene.goLive(), scene, all);
  });

  scene(
    "one that hangs answers late and a second time, and nobody is told twice",
    async (scene) => {
      const { a, b, redis } = scene;
      const all = await line(scene);
      redis.hold();
      const response = await scene.goLive();
      assert.equal(response.status, 200);
      await response.body?.cancel();
      // By now the go-live is done. The first machine still has it before it, and does it again.
      const again = a.logged(({ message }) => message.includes(" is live; "));
      redis.release();
      await again;
      await toldOnce([...all.stay, ...all.lost]);
      assert.equal(await metric(a, "waiting_queue_visitors_told_total"), 3);
      assert.equal(await metric(b, "waiting_queue_visitors_told_total"), 3);
    },
  );
}
