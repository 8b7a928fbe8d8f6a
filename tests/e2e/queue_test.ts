import assert from "node:assert/strict";
import { endLive, goLive } from "../support/rest.ts";
import { Service } from "../support/service.ts";
import { StompSocket, VISITOR_TOPIC } from "../support/stomp_socket.ts";
import { moderatorToken, systemToken, visitorToken } from "../support/tokens.ts";
import { eachSetup } from "./setups.ts";

const CONFERENCE = "townhall@conference.acme.meet.example";

eachSetup("a visitor waits, the backend goes live, the visitor is told once", async (env) => {
  await using service = await Service.start(env);
  using visitor = await StompSocket.visitor(
    service.port,
    await visitorToken("townhall"),
    CONFERENCE,
  );
  assert.deepEqual(await goLive(service, CONFERENCE), {
    conference: CONFERENCE,
    status: "live",
    visitorsWaiting: 1,
  });
  assert.deepEqual(await visitor.message(), {
    conference: CONFERENCE,
    status: "live",
    randomDelayMs: 0,
  });
  // A second go-live is harmless: the next frame is the RECEIPT, not another MESSAGE.
  assert.equal((await goLive(service, CONFERENCE)).visitorsWaiting, 0);
  await visitor.send("DISCONNECT", { receipt: "bye" });
  assert.equal((await visitor.expect("RECEIPT")).headers["receipt-id"], "bye");
});

eachSetup("who subscribes to a live conference is told at once, until it ends", async (env) => {
  await using service = await Service.start(env);
  const token = await visitorToken("townhall");
  await goLive(service, CONFERENCE);
  for (let i = 0; i < 4; i++) {
    using visitor = await StompSocket.connect(service.port, token);
    await visitor.send("SUBSCRIBE", { id: "s0", destination: VISITOR_TOPIC + CONFERENCE });
    assert.equal((await visitor.message()).status, "live");
  }
  await endLive(service, CONFERENCE);
  const waiting = await Promise.all(
    Array.from({ length: 4 }, () => StompSocket.visitor(service.port, token, CONFERENCE)),
  );
  assert.equal((await goLive(service, CONFERENCE)).visitorsWaiting, 4);
  for (using visitor of waiting) assert.equal((await visitor.message()).status, "live");
});

eachSetup("a moderator is told the count at once and then of changes", async (env) => {
  await using service = await Service.start({ ...env, STATE_INTERVAL_MS: "200" });
  const token = await visitorToken("townhall");
  const connect = () => StompSocket.visitor(service.port, token, CONFERENCE);
  const visitors = await Promise.all([connect(), connect(), connect()]);
  using moderator = await StompSocket.moderator(
    service.port,
    await moderatorToken("townhall"),
    CONFERENCE,
  );
  assert.deepEqual(await moderator.message(), { conference: CONFERENCE, visitorsWaiting: 3 });
  visitors.push(await connect());
  assert.deepEqual(await moderator.message(), { conference: CONFERENCE, visitorsWaiting: 4 });
  for (const visitor of visitors) visitor[Symbol.dispose]();
  let count: unknown = 4;
  while (count !== 0) {
    const { visitorsWaiting } = await moderator.message();
    assert.ok((visitorsWaiting as number) < (count as number));
    count = visitorsWaiting;
  }
});

eachSetup("the release is first come first served and keeps its rate", async (env) => {
  await using service = await Service.start({ ...env, RELEASE_RATE: "20" });
  const token = await visitorToken("townhall");
  const visitors: StompSocket[] = [];
  for (let i = 0; i < 12; i++) {
    visitors.push(await StompSocket.visitor(service.port, token, CONFERENCE));
  }
  const began = performance.now();
  assert.equal((await goLive(service, CONFERENCE)).visitorsWaiting, 12);
  assert.ok(performance.now() - began < 500, "the answer does not wait for the release");
  const told = await Promise.all(visitors.map(async (visitor) => {
    await visitor.message();
    return performance.now() - began;
  }));
  for (const visitor of visitors) visitor[Symbol.dispose]();
  const sorted = told.toSorted((a, b) => a - b);
  // Eleven intervals of 50 ms; the clock of this process is not the service's.
  assert.ok(sorted.at(-1)! - sorted[0]! > 450, `all within ${sorted.at(-1)! - sorted[0]!} ms`);
  if (env.WORKERS === "1") assert.deepEqual(told, sorted, "in the order in which they came");
});

eachSetup("two subscriptions of one connection count once and are each told", async (env) => {
  await using service = await Service.start(env);
  using visitor = await StompSocket.visitor(
    service.port,
    await visitorToken("townhall"),
    CONFERENCE,
  );
  await visitor.subscribe(VISITOR_TOPIC + CONFERENCE, "second");
  await visitor.expect("RECEIPT");
  assert.equal((await goLive(service, CONFERENCE)).visitorsWaiting, 1);
  const told = [await visitor.expect("MESSAGE"), await visitor.expect("MESSAGE")];
  assert.deepEqual(told.map(({ headers }) => headers.subscription).sort(), ["s0", "second"]);
  assert.notEqual(told[0]!.headers["message-id"], told[1]!.headers["message-id"]);
});

eachSetup("the conference is written as the subscriber wrote it", async (env) => {
  await using service = await Service.start(env);
  const written = "TownHall@Conference.Acme.meet.example";
  using visitor = await StompSocket.visitor(service.port, await visitorToken("townhall"), written);
  await goLive(service, CONFERENCE);
  const { headers, body } = await visitor.expect("MESSAGE");
  assert.equal(headers.destination, VISITOR_TOPIC + written);
  assert.equal(JSON.parse(body).conference, written);
});

eachSetup("a visitor that leaves or disconnects does not count", async (env) => {
  await using service = await Service.start(env);
  const token = await visitorToken("townhall");
  const connect = () => StompSocket.visitor(service.port, token, CONFERENCE);
  using stays = await connect();
  using unsubscribes = await connect();
  await unsubscribes.send("UNSUBSCRIBE", { id: "s0", receipt: "u" });
  await unsubscribes.expect("RECEIPT");
  using disconnects = await connect();
  await disconnects.send("DISCONNECT", { receipt: "d" });
  await disconnects.expect("RECEIPT");
  assert.equal((await goLive(service, CONFERENCE)).visitorsWaiting, 1);
  await stays.message();
});

eachSetup("an operator sees the conferences", async (env) => {
  await using service = await Service.start(env);
  const authorization = `Bearer ${await systemToken()}`;
  const get = async (path: string) =>
    await (await fetch(service.http + path, { headers: { authorization } })).json();
  using _visitor = await StompSocket.visitor(service.port, await visitorToken("*"), CONFERENCE);
  await goLive(service, "other@conference.meet.example");
  const listed = await get("/waiting-queue/conferences");
  assert.deepEqual(
    (listed.conferences ?? listed).map((c: Record<string, unknown>) => [
      c.conference,
      c.status,
      c.visitorsWaiting,
    ]),
    [["other@conference.meet.example", "live", 0], [CONFERENCE, "waiting", 1]],
  );
  const one = await get(`/conferences/${encodeURIComponent(CONFERENCE)}`);
  assert.deepEqual(one, {
    conference: CONFERENCE,
    status: "waiting",
    visitorsWaiting: 1,
    moderators: 0,
  });
});
