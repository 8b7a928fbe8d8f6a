/**
 * What an events connection may do to the service, and what many of them do: W98, W100, W102 to
 * W105 and W110 of docs/cases/events.md.
 *
 * @module
 */

import assert from "node:assert/strict";
import { EventsClient, eventsToken, type Json, publish, TENANT } from "../support/events_client.ts";
import { eventually } from "../support/eventually.ts";
import { encodeFrame, OP, RawWebSocket } from "../support/raw_websocket.ts";
import { residentMemory } from "../support/resident.ts";
import { endLive, goLive } from "../support/rest.ts";
import { Service } from "../support/service.ts";
import { StompSocket } from "../support/stomp_socket.ts";
import { systemToken, visitorToken } from "../support/tokens.ts";
import { eachFront, FRONTS, type Rule } from "./setups.ts";

const DOORS = "queue,events";
const CONFERENCE = "townhall@conference.meet.example";
const EVERYBODY = { "user_uuid:*": true, tenant_uuid: TENANT };

async function raw(service: Service, token: string): Promise<RawWebSocket> {
  const path = `/api/websocketd/?token=${token}`;
  const socket = await RawWebSocket.handshake(service.port, { path });
  assert.match(socket.head, /^HTTP\/1.1 101 /);
  return socket;
}

/** Whether a connection was closed as a slow consumer. */
async function isClosed(service: Service): Promise<boolean> {
  const text = await (await fetch(`${service.http}/metrics`)).text();
  return text.includes('events_closed_total{code="1013"} 1');
}

const rules: Record<string, Rule> = {
  async "W104: 16 KiB is read, and one octet more is 1009"(service) {
    await using client = await EventsClient.greeted(service, { version: 2 });
    const ping = (octets: number) => {
      const frame = JSON.stringify({ op: "ping", data: { payload: "" } });
      return frame.replace('""', `"${"p".repeat(octets - frame.length)}"`);
    };
    client.send(ping(16_384));
    assert.equal((await client.read())["op"], "pong");
    client.send(ping(16_385));
    await client.refused(1009);
  },

  async "W104: 500 messages at once, and one more is 1008"(service) {
    for (const [count, code] of [[500, undefined], [501, 1008]] as const) {
      await using client = await EventsClient.greeted(service, { version: 2 });
      for (let i = 0; i < count; i++) client.op("subscribe", { event_name: `n${i % 900}` });
      for (let i = 0; i < 500; i++) assert.equal((await client.read())["op"], "subscribe");
      if (code) await client.refused(code, "too many messages");
      assert.equal(client.open, code === undefined);
    }
  },

  async "W104: fragments without end are cut"(service) {
    using socket = await raw(service, await eventsToken());
    const part = encodeFrame(OP.text, "x".repeat(4_000), { fin: false });
    const more = encodeFrame(OP.continuation, "x".repeat(4_000), { fin: false });
    await socket.write(part).catch(() => {});
    // What the runtime's own server lets pass, the bound on memory ends.
    for (let i = 0; i < 50; i++) await socket.write(more).catch(() => {});
    assert.equal((await fetch(`${service.http}/health`)).status, 200);
  },

  async "W98: a token of sixty years keeps nobody busy"(service) {
    const exp = Math.floor(Date.now() / 1_000) + 60 * 365 * 86_400;
    await using client = await EventsClient.started(service, ["foo"], {
      token: await eventsToken({ claims: { exp } }),
    });
    await publish(service, { name: "foo", required_acl: null }, EVERYBODY);
    assert.equal((await client.read())["name"], "foo");
    await using other = await EventsClient.greeted(service);
    assert.ok(client.open && other.open);
  },
};

eachFront("bounds", { DOORS, WORKERS: "1" }, rules);

for (const front of FRONTS) {
  Deno.test(`W105: the door is full, and visitors get in (${front})`, async () => {
    await using service = await Service.start({
      DOORS,
      WEBSOCKET_SERVER: front,
      WORKERS: "2",
      EVENTS_MAX_CONNECTIONS: "3",
    });
    const token = await eventsToken();
    const clients = [];
    for (let i = 0; i < 3; i++) clients.push(await EventsClient.greeted(service, { token }));
    const path = `/api/websocketd/?token=${token}`;
    using refused = await RawWebSocket.handshake(service.port, { path });
    assert.match(refused.head, /^HTTP\/1.1 503 /);
    assert.match(refused.head, /retry-after: /i);
    using visitor = await StompSocket.visitor(
      service.port,
      await visitorToken("townhall"),
      CONFERENCE,
    );
    assert.ok(visitor);
    for (const client of clients) await client[Symbol.asyncDispose]();
  });

  Deno.test(`W110: a drain closes with 1001, spread over its time (${front})`, async () => {
    await using service = await Service.start({
      DOORS,
      WEBSOCKET_SERVER: front,
      WORKERS: "2",
      DRAIN_MS: "1500",
    });
    const token = await eventsToken();
    const clients = await Promise.all(
      Array.from({ length: 12 }, () => EventsClient.greeted(service, { token })),
    );
    const began = performance.now();
    service.kill("SIGTERM");
    const times = await Promise.all(clients.map(async (client) => {
      await client.refused(1001);
      return performance.now() - began;
    }));
    assert.ok(Math.max(...times) - Math.min(...times) > 500, String(times));
    assert.equal((await service.exited).code, 0);
  });

  Deno.test(`W102: who stops reading is closed, and nobody else waits (${front})`, async () => {
    await using service = await Service.start({
      DOORS,
      WEBSOCKET_SERVER: front,
      EVENTS_MAX_BUFFER: "262144",
    });
    const token = await eventsToken();
    await using client = await EventsClient.started(service);
    const slow = await raw(service, token);
    await slow.text('{"op":"subscribe","data":{"event_name":"foo"}}');
    await slow.text('{"op":"start"}');
    await slow.readText();
    await slow.readText();
    await slow.readText();
    const before = residentMemory(service);
    const event = { name: "foo", required_acl: null, x: "x".repeat(60_000) };
    for (let sent = 0; sent % 25 !== 0 || !await isClosed(service); sent++) {
      assert.ok(sent < 5_000, "it is not closed");
      await publish(service, { ...event, sent }, EVERYBODY);
      assert.equal((await client.read())["sent"], sent);
    }
    assert.ok(client.open);
    const growth = residentMemory(service) - before;
    assert.ok(growth < 150, `${growth} MiB`);
    slow[Symbol.dispose]();
  });
}

Deno.test("W104: 1,000 connects with bad tokens keep no visitor out", async () => {
  await using service = await Service.start({ DOORS, WORKERS: "2" });
  const attempts = Array.from({ length: 1_000 }, async (_, i) => {
    const client = new EventsClient(service.ws, { token: `bad${i}` });
    await client.closed();
  });
  using visitor = await StompSocket.visitor(
    service.port,
    await visitorToken("townhall"),
    CONFERENCE,
  );
  await Promise.all(attempts);
  await goLive(service, CONFERENCE);
  assert.equal((await visitor.message())["status"], "live");
});

Deno.test("W104: 1,000 subscriptions, and one more is 1008", async () => {
  await using service = await Service.start({ DOORS });
  await using client = await EventsClient.greeted(service, { version: 2 });
  // As fast as it may: 500 at once, and then 20 a second.
  for (let i = 0; i < 1_000; i++) {
    client.op("subscribe", { event_name: `n${i}` });
    assert.equal((await client.read())["op"], "subscribe");
    if (i >= 480 && i % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 1_050));
  }
  client.op("subscribe", { event_name: "n0" });
  assert.equal((await client.read())["op"], "subscribe", "the same name counts once");
  client.op("subscribe", { event_name: "one more" });
  await client.refused(1008, "too many subscriptions");
});

Deno.test("W103: 1,000 subscribers on two workers have an event soon, and it is made once", async () => {
  await using service = await Service.start({ DOORS, WORKERS: "2", MAX_CONNECTIONS: "8000" });
  const token = await eventsToken();
  const clients: EventsClient[] = [];
  for (let i = 0; i < 10; i++) {
    clients.push(
      ...await Promise.all(
        Array.from({ length: 100 }, () => EventsClient.started(service, ["foo"], { token })),
      ),
    );
  }
  const began = performance.now();
  await publish(service, { name: "foo", required_acl: null, n: 1 }, EVERYBODY);
  for (const client of clients) assert.equal((await client.read())["n"], 1);
  const took = performance.now() - began;
  assert.ok(took < 5_000, `${took} ms`);
  await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
});

Deno.test("W100: of 1,000 visitors the count is said seldom, and 100 are announced", async () => {
  const [guests, intervalMs, crowd] = [100, 1_000, 1_000];
  await using service = await Service.start({
    DOORS,
    WORKERS: "2",
    STATE_INTERVAL_MS: String(intervalMs),
    RELEASE_RATE: "0",
    MAX_CONNECTIONS: "8000",
  });
  const prefix = "meeting_user_guest_authorization_";
  const count = "meeting_user_visitors_waiting_updated";
  await using client = await EventsClient.started(
    service,
    [count, `${prefix}created`, `${prefix}updated`, `${prefix}deleted`],
    { token: await systemToken() },
  );
  const token = await visitorToken("townhall");
  const began = performance.now();
  const visitors: StompSocket[] = [];
  for (let i = 0; i < 20; i++) {
    visitors.push(
      ...await Promise.all(
        Array.from(
          { length: crowd / 20 },
          () => StompSocket.visitor(service.port, token, CONFERENCE),
        ),
      ),
    );
  }
  await client.event(count, ({ data }) => (data as Json)["visitors_waiting"] === crowd);
  const intervals = (performance.now() - began) / intervalMs;
  const seen = client.frames.map((frame) => JSON.parse(frame));
  const counts = seen.filter(({ name }) => name === count).length + 1;
  assert.ok(counts <= intervals + 2, `${counts} counts in ${intervals} intervals`);
  const created = seen.filter(({ name }) => name === `${prefix}created`);
  assert.equal(created.length, guests);
  for (const visitor of visitors.splice(0, 300)) visitor[Symbol.dispose]();
  await client.event(count, ({ data }) => (data as Json)["visitors_waiting"] === crowd - 300);
  await goLive(service, CONFERENCE);
  await client.event(count, ({ data }) => (data as Json)["visitors_waiting"] === 0);
  const ended = new Map<string, number>();
  await eventually("each is seen off", () => {
    ended.clear();
    for (const frame of client.frames) {
      const { name, data } = JSON.parse(frame);
      if (name === count || name === `${prefix}created`) continue;
      ended.set(data.uuid, (ended.get(data.uuid) ?? 0) + 1);
    }
    return Promise.resolve(ended.size >= guests);
  });
  assert.deepEqual(
    [...ended].sort(),
    created.map(({ data }) => [data.uuid, 1] as [string, number]).sort(),
  );
  for (const visitor of visitors) visitor[Symbol.dispose]();
  await endLive(service, CONFERENCE);
});

Deno.test("W110: without the door nothing of it is there", async () => {
  await using service = await Service.start({ DOORS: "queue" });
  for (const path of ["/api/websocketd/", "/api/websocketd", "/"]) {
    const response = await fetch(service.http + path);
    await response.body?.cancel();
    assert.equal(response.status, 404, path);
    using socket = await RawWebSocket.handshake(service.port, { path });
    assert.match(socket.head, /^HTTP\/1.1 404 /, path);
  }
  for (const path of ["/events", "/tokens/revoke"]) {
    const response = await fetch(service.http + path, { method: "POST", body: "{}" });
    await response.body?.cancel();
    assert.equal(response.status, 404, path);
  }
});
