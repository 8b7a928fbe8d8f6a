import assert from "node:assert/strict";
import { readProjectFile } from "../support/import_graph.ts";
import { redisAvailable, RedisServer } from "../support/redis.ts";
import { endLive, goLive } from "../support/rest.ts";
import { Service } from "../support/service.ts";
import { StompSocket } from "../support/stomp_socket.ts";
import { moderatorToken, systemToken, visitorToken } from "../support/tokens.ts";

const CONFERENCE = "room@conference.meet.example";
const PASSWORD = "password-of-a-test";

/** The rule of docs/redis.md, as Redis takes it. */
function rule(): [string, ...string[]] {
  const line = readProjectFile("docs/redis.md").match(/^ACL SETUSER .*$/m)![0];
  return line.replace("PASSWORD", PASSWORD).split(" ") as [string, ...string[]];
}

if (redisAvailable()) {
  Deno.test("the rights in docs/redis.md are all that the service needs in Redis", async () => {
    await using redis = await RedisServer.start();
    await redis.command(rule());
    const REDIS_URL = redis.url.replace("://", `://waiting-queue:${PASSWORD}@`);
    const env = { REDIS_URL, DOORS: "queue,visitors-list,events", STATE_INTERVAL_MS: "50" };
    await using one = await Service.start({ ...env, WORKERS: "2" });
    await using two = await Service.start(env);
    using moderator = await StompSocket.moderator(
      two.port,
      await moderatorToken("room"),
      CONFERENCE,
    );
    using visitor = await StompSocket.visitor(one.port, await visitorToken("room"), CONFERENCE);
    while ((await moderator.message()).visitorsWaiting !== 1);
    await goLive(two, CONFERENCE);
    assert.equal((await visitor.message()).status, "live");
    const headers = { authorization: `Bearer ${await systemToken()}` };
    const listed = await fetch(`${one.http}/conferences`, { headers });
    assert.equal(listed.status, 200);
    assert.ok((await listed.text()).includes(CONFERENCE));
    await endLive(one, CONFERENCE);
    assert.equal((await (await fetch(`${one.http}/ready`)).json()).status, "ready");
    const [refused] = await redis.command(["ACL", "LOG"]);
    assert.deepEqual(refused, []);
    assert.deepEqual(one.log.filter(({ level }) => level === "error"), []);
  });

  Deno.test("with those rights nothing else of Redis can be read", async () => {
    await using redis = await RedisServer.start();
    await redis.command(rule(), ["SET", "other", "1"]);
    const [dryRun, keys] = await redis.command(
      ["ACL", "DRYRUN", "waiting-queue", "GET", "other"],
      ["ACL", "DRYRUN", "waiting-queue", "KEYS", "*"],
    );
    assert.match(String(dryRun), /no permissions|key/i);
    assert.match(String(keys), /no permissions/i);
  });
}
