import assert from "node:assert/strict";
import { redisAvailable } from "../support/redis.ts";
import { RedisSentinelServers } from "../support/redis_sentinel.ts";
import { goLive } from "../support/rest.ts";
import { Service } from "../support/service.ts";
import { comeBack, toldOnce, waitAt } from "./line.ts";

const CONFERENCES = Array.from({ length: 6 }, (_, i) => `room${i}@conference.meet.example`);

Deno.test("F19: the master dies among go-lives: each is answered, kept, and told once", async () => {
  if (!redisAvailable()) return;
  await using servers = await RedisSentinelServers.start();
  await using a = await Service.start({ REDIS_URL: servers.url });
  await using b = await Service.start({ REDIS_URL: servers.url });
  const visitors = await Promise.all(CONFERENCES.map(async (conference) => [
    ...await waitAt(a, conference, 1),
    ...await waitAt(b, conference, 1),
  ]));
  // The first is answered by the master; the others find it dying, or the one that follows it.
  const answers = CONFERENCES.map((conference, i) => goLive(i % 2 ? a : b, conference));
  assert.equal((await answers[0]!).status, "live");
  await servers.master.kill();
  const second = CONFERENCES.map((conference, i) => goLive(i % 2 ? b : a, conference));
  for (const answer of [...answers, ...second]) assert.equal((await answer).status, "live");
  await toldOnce(visitors.flat());
  for (const conference of CONFERENCES) await toldOnce(await comeBack(b, conference, 1));
});
