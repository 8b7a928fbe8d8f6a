import assert from "node:assert/strict";
import { eachSetup } from "../../e2e/setups.ts";
import { redisAvailable, RedisServer } from "../../support/redis.ts";
import { post } from "../../support/rest.ts";
import { Service } from "../../support/service.ts";
import { StompSocket } from "../../support/stomp_socket.ts";
import { clientToken, systemToken, visitorToken } from "../../support/tokens.ts";
import { VisitorsListClient } from "../../support/visitors_list_client.ts";

const MEETING = "0b1f7a64-5f0a-4c0c-9a0e-2d8f2b0f4e11";
const CONFERENCE = "room@conference.meet.example";
const TOPIC = `/secured/conference/visitors-list/topic/${MEETING}`;
const QUEUE = `/secured/conference/visitors-list/queue/${MEETING}/a1b2c3d4`;
const ENV = { DOORS: "queue,visitors-list", VISITORS_LIST_INTERVAL_MS: "100" };

function listToken(room = "room", feature: unknown = true, claims = {}): Promise<string> {
  const context = { user: { id: "u" }, features: { "list-visitors": feature } };
  return clientToken(room, {}, { claims: { context, ...claims } });
}

const event = (visitorId: string, event = "join", more = {}) => ({
  meetingId: MEETING,
  conference: CONFERENCE,
  visitorId,
  name: visitorId.toUpperCase(),
  event,
  ...more,
});

async function report(service: Service, ...events: unknown[]): Promise<Record<string, unknown>> {
  const response = await post(service, "/visitors-list/events", events);
  const body = await response.json();
  assert.equal(response.status, 200, JSON.stringify(body));
  return body;
}

async function open(service: Service, more = {}): Promise<VisitorsListClient> {
  const options = { meetingId: MEETING, token: await listToken(), ...more };
  const client = new VisitorsListClient(`${service.ws}/waiting-queue`, options);
  await client.until(() => client.lists.length > 0);
  return client;
}

eachSetup("jitsi-meet's client has the list, then the changes, until it leaves", async (env) => {
  await using service = await Service.start({ ...ENV, ...env });
  assert.deepEqual(
    await report(service, event("a"), event("b"), event("c", "join", { name: "" })),
    {
      changed: 3,
      full: 0,
    },
  );
  await using client = await open(service);
  await using other = await open(service, {
    path: "/visitors-list",
    token: await listToken("*", "true"),
  });
  assert.deepEqual(client.lists, [[{ n: "A", r: "a" }, { n: "B", r: "b" }, { n: "", r: "c" }]]);
  await report(
    service,
    event("d"),
    event("a", "leave", { name: undefined }),
    event("b", "join", { name: "Bea" }),
  );
  for (const one of [client, other]) {
    await one.until(() => one.updates.flat().length === 3);
    assert.deepEqual(one.updates.flat(), [
      { n: "D", r: "d", s: "j" },
      { n: "A", r: "a", s: "l" },
      { n: "Bea", r: "b", s: "j" },
    ]);
    assert.deepEqual(one.ids, ["b", "c", "d"]);
  }
  await client.disconnect();
  assert.deepEqual([client.errors, client.lists.length], [[], 1]);
  const ended = await post(service, "/visitors-list/end", { meetingId: MEETING });
  assert.deepEqual(await ended.json(), { meetingId: MEETING });
  await other.until(() => other.visitors.length === 0);
});

eachSetup(
  "ten thousand visitors over two workers: one list, and nothing lost or doubled",
  async (env) => {
    await using service = await Service.start({ ...ENV, WORKERS: "2", ...env });
    const ids = Array.from({ length: 10_000 }, (_, i) => i.toString(16).padStart(8, "0"));
    const chunks = Array.from({ length: 20 }, (_, i) => ids.slice(i * 500, (i + 1) * 500));
    for (const chunk of chunks) await report(service, ...chunk.map((id) => event(id)));
    await using early = await open(service);
    assert.equal(early.lists[0]!.length, 10_000);
    const changing = (async () => {
      for (const chunk of chunks.slice(0, 10)) {
        await report(service, ...chunk.map((id) => event(id, "leave")), event(`x${chunk[0]}`));
      }
    })();
    const clients = await Promise.all(Array.from({ length: 8 }, () => open(service)));
    await changing;
    for (const client of [early, ...clients]) {
      await client.until(() => client.visitors.length === 5_010);
      const doubled = client.lists[0]!.length + client.late
        .reduce((sum, { s }) => sum + (s === "j" ? 1 : -1), 0);
      assert.equal(doubled, 5_010);
      await client[Symbol.asyncDispose]();
    }
  },
);

Deno.test("who may not see the list is refused at CONNECT, and shipped clients give up", async () => {
  await using service = await Service.start(ENV);
  for (
    const token of [
      undefined,
      await visitorToken("room"),
      await listToken("room", false),
      await systemToken(),
    ]
  ) {
    const url = `${service.ws}/waiting-queue`;
    await using client = new VisitorsListClient(url, {
      meetingId: MEETING,
      token,
      reconnectDelay: 10,
    });
    await client.until(() => client.errors.length === 5);
    assert.equal(client.connects, 0);
    assert.equal(client.closes[0], 1008);
  }
});

Deno.test("a token of another room is refused the meeting, also where its list begins later", async () => {
  await using service = await Service.start(ENV);
  using early = await StompSocket.connect(
    service.port,
    await listToken("other"),
    {},
    "/visitors-list",
  );
  await early.subscribe(TOPIC, "t");
  await early.expect("RECEIPT");
  await early.subscribe(QUEUE, "q");
  await early.expect("RECEIPT");
  assert.equal((await early.expect("MESSAGE")).body, "[]");
  await report(service, event("a"));
  assert.match((await early.expect("ERROR")).body, /room/);
  using late = await StompSocket.connect(
    service.port,
    await listToken("other"),
    {},
    "/visitors-list",
  );
  await late.subscribe(QUEUE, "q");
  const error = await late.expect("ERROR");
  assert.deepEqual([error.headers["receipt-id"], error.headers["message"]], [
    "r-q",
    "Access refused",
  ]);
});

Deno.test("an Authorization on SUBSCRIBE must be valid for the meeting too", async () => {
  await using service = await Service.start(ENV);
  await report(service, event("a"));
  const cases: [authorization: string, error: string | undefined][] = [
    [`Bearer ${await listToken()}`, undefined],
    [`Bearer ${await listToken("other")}`, "Access refused"],
    [`Bearer ${await visitorToken("room")}`, "Access refused"],
    ["Bearer x", "Authentication failed"],
  ];
  for (const [Authorization, error] of cases) {
    const token = await listToken("room", true, { jti: crypto.randomUUID() });
    using stomp = await StompSocket.connect(service.port, token, {}, "/visitors-list");
    await stomp.send("SUBSCRIBE", { id: "t", destination: TOPIC, receipt: "t", Authorization });
    const answer = await stomp.read();
    assert.equal(answer.command, error ? "ERROR" : "RECEIPT");
    if (error) assert.equal(answer.headers["message"], error);
  }
});

Deno.test("other destinations are refused, and too many lists", async () => {
  await using service = await Service.start(ENV);
  const token = await listToken();
  const wrong = [
    "/secured/conference/visitors-list/topic/",
    "/secured/conference/visitors-list/topic/*",
    "/secured/conference/visitors-list/topic/a/b",
    "/secured/conference/visitors-list/topic/..",
    "/secured/conference/visitors-list/queue/m",
    "/secured/conference/visitors-list/queue/m/p/x",
    `/secured/conference/visitors-list/topic/${"m".repeat(129)}`,
    "/secured/conference/visitor/topic.room@conference.meet.example",
  ];
  for (const destination of wrong) {
    using stomp = await StompSocket.connect(service.port, token, {}, "/visitors-list");
    await stomp.subscribe(destination);
    assert.equal(
      (await stomp.expect("ERROR")).headers["message"],
      "Unknown destination",
      destination,
    );
  }
  using stomp = await StompSocket.connect(service.port, token, {}, "/visitors-list");
  for (let i = 0; i < 5; i++) {
    await stomp.subscribe(QUEUE, `q${i}`);
    await stomp.expect("RECEIPT");
    await stomp.expect("MESSAGE");
    await stomp.send("UNSUBSCRIBE", { id: `q${i}` });
  }
  await stomp.subscribe(QUEUE, "more");
  assert.equal((await stomp.expect("ERROR")).headers["message"], "Too many lists");
});

Deno.test("events are for system tokens of the conference, whole and well-formed", async () => {
  await using service = await Service.start(ENV);
  const cases: [body: unknown, token: string | undefined, status: number, code: string][] = [
    [[event("a")], "", 401, "token_missing"],
    [[event("a")], `Bearer ${await listToken()}`, 403, "role"],
    [[event("a")], `Bearer ${await systemToken({ claims: { room: "other" } })}`, 403, "room"],
    [{ events: [event("a")], more: 1 }, undefined, 200, ""],
    [[], undefined, 200, ""],
    [event("a"), undefined, 200, ""],
    [[event("b"), event("")], undefined, 400, "events_invalid"],
    [[event("b"), event("c", "stay")], undefined, 400, "events_invalid"],
    [[event("b", "join", { meetingId: "a/b" })], undefined, 400, "events_invalid"],
    [[event("b", "join", { conference: "@x" })], undefined, 400, "conference_invalid"],
    [
      [event("b"), event("c", "join", { conference: "other@x" })],
      undefined,
      400,
      "conferences_mixed",
    ],
    [[event("b", "join", { conference: "other@x" })], undefined, 403, "other_conference"],
    [Array(2_001).fill(event("b")), undefined, 400, "events_invalid"],
  ];
  for (const [body, token, status, code] of cases) {
    const response = await post(service, "/visitors-list/events", body, token);
    const answer = await response.json();
    assert.equal(response.status, status, JSON.stringify([body, answer]).slice(0, 300));
    if (code) assert.equal(answer.code, code);
  }
  await using client = await open(service);
  assert.deepEqual(client.ids, ["a"], "nothing was taken of what has a fault");
  for (const [body, status] of [[{}, 400], [{ meetingId: "unknown" }, 200]] as const) {
    const response = await post(service, "/visitors-list/end", body);
    await response.body?.cancel();
    assert.equal(response.status, status);
  }
});

Deno.test("a closed door has no path", async () => {
  await using service = await Service.start();
  for (const path of ["/visitors-list/events", "/visitors-list/end"]) {
    const response = await post(service, path, []);
    await response.body?.cancel();
    assert.equal(response.status, 404);
  }
});

Deno.test("over two machines: what one is told of, both show; what a dead one was told stays", async () => {
  if (!redisAvailable()) return;
  await using redis = await RedisServer.start();
  const env = { ...ENV, REDIS_URL: redis.url };
  await using a = await Service.start(env);
  await using b = await Service.start(env);
  await report(a, event("a"), event("b"));
  await using client = await open(b);
  assert.deepEqual(client.ids, ["a", "b"]);
  await Promise.all([report(a, event("c")), report(b, event("d"))]);
  await report(a, event("a", "leave"), event("d", "leave"));
  await client.until(() => client.late.length === 4);
  assert.deepEqual(client.ids, ["b", "c"]);
  a.kill("SIGKILL");
  await report(b, event("e"));
  await using late = await open(b);
  assert.deepEqual(late.ids, ["b", "c", "e"]);
});
