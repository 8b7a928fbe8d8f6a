import assert from "node:assert/strict";
import { eachSetup } from "../e2e/setups.ts";
import { AsapBackend } from "../support/asap_backend.ts";
import { eachFront } from "../support/fronts.ts";
import { JigasiClient } from "../support/jigasi_client.ts";
import { goLive, post } from "../support/rest.ts";
import { Service } from "../support/service.ts";
import { StompSocket } from "../support/stomp_socket.ts";
import { systemToken, visitorToken } from "../support/tokens.ts";

const CONFERENCE = "townhall@conference.acme.meet.example";

eachSetup("C56, J30: Jigasi waits with its own token, is told once, and joins", async (env) => {
  await using backend = new AsapBackend();
  await using service = await Service.start({ ...env, ...backend.env, RANDOM_DELAY_MS: "50" });
  await using caller = new JigasiClient({
    port: service.port,
    roomJid: CONFERENCE,
    token: () => backend.jigasiToken(),
  });
  await caller.connect();
  await caller.logged("connected 60000,15000");
  for (let i = 0; i < 3; i++) await caller.ping();
  using visitor = await StompSocket.visitor(
    service.port,
    await visitorToken("townhall"),
    CONFERENCE,
  );
  const authorization = `Bearer ${await backend.prosodyToken()}`;
  const answer = await post(service, "/golive", { conference: CONFERENCE }, authorization);
  assert.equal((await answer.json()).visitorsWaiting, 2);
  await visitor.message();
  await caller.until(() => caller.count("joined") === 1 && caller.count("closed") === 1);
  assert.deepEqual(caller.log.slice(0, 2), [
    "connected 60000,15000",
    `told {"conference":"${CONFERENCE}","status":"live","randomDelayMs":50}`,
  ]);
  assert.deepEqual(caller.log.slice(2).sort(), ["closed 1000", "joined"]);
});

eachFront("C52: Jigasi gets the beats without which it would reconnect", async (env) => {
  // Scaled: 400 ms for 15 s. It comes back after two intervals of silence.
  await using service = await Service.start({ ...env, HEARTBEAT_MS: "400" });
  await using caller = new JigasiClient({
    port: service.port,
    roomJid: CONFERENCE,
    token: systemToken,
    beatMs: 400,
  });
  await caller.connect();
  await caller.until(() => caller.beats >= 6);
  assert.deepEqual(caller.log, ["connected 60000,400"]);
});

Deno.test("Jigasi comes back by itself from a silent service, and is told once", async () => {
  await using service = await Service.start({ HEARTBEAT_MS: "400", WORKERS: "2" });
  await using caller = new JigasiClient({
    port: service.port,
    roomJid: CONFERENCE,
    token: systemToken,
    beatMs: 400,
    reconnectMs: 100,
  });
  await caller.connect();
  await caller.until(() => caller.beats > 0);
  service.kill("SIGSTOP");
  await caller.logged("silence");
  service.kill("SIGCONT");
  await caller.until(() => caller.count("closed") === 1 && caller.count("connected") === 2);
  await goLive(service, CONFERENCE);
  await caller.logged("joined");
  assert.equal(caller.count("told"), 1);
  assert.equal(caller.count("fault"), 0);
});

Deno.test("C44: Jigasi, which reads no ERROR, is closed and not left waiting", async () => {
  await using backend = new AsapBackend();
  await using service = await Service.start(backend.env);
  await using caller = new JigasiClient({
    port: service.port,
    roomJid: CONFERENCE,
    token: systemToken,
  });
  await caller.connect();
  await caller.logged("closed 1008");
  assert.deepEqual(caller.log, ["unknown command: ERROR", "closed 1008"]);
  assert.deepEqual(backend.keys.requests, [], "a token without kid asks for no key");
});
