/**
 * Connecting, expiry and renewal, over the wire: W01 to W12, W36 to W45 of docs/cases/events.md.
 *
 * @module
 */

import assert from "node:assert/strict";
import { KeyServer, status } from "../../auth/key_server.ts";
import { signer } from "../../auth/support.ts";
import { eachFront, FRONTS } from "../../e2e/setups.ts";
import {
  ACL,
  EVENT,
  EventsClient,
  eventsToken,
  nothing,
  publish,
  TENANT,
} from "../../support/events_client.ts";
import { eventually } from "../../support/eventually.ts";
import { post } from "../../support/rest.ts";
import { Service } from "../../support/service.ts";
import { clientToken, systemToken } from "../../support/tokens.ts";

/** A token with a `jti`, and the `jti`. */
async function revocable(claims: Record<string, unknown> = {}): Promise<[string, string]> {
  const jti = crypto.randomUUID();
  return [await eventsToken({ claims: { jti, ...claims } }), jti];
}

async function revoke(service: Service, jti: string): Promise<void> {
  const response = await post(service, "/tokens/revoke", { jti });
  assert.equal(response.status, 200);
  assert.deepEqual(await response.json(), { jti });
}

/** How long it takes until the service closes, in milliseconds. */
async function closes(client: EventsClient, code: number): Promise<number> {
  const began = performance.now();
  await client.refused(code, code === 4003 ? "authentication expired" : undefined);
  return performance.now() - began;
}

/** Seconds since the epoch, with a fraction. */
const now = () => Date.now() / 1_000;

eachFront("connecting", { DOORS: "queue,events", WORKERS: "2" }, {
  async "W01: without a token: 4001, and no frame before it"(service) {
    for (const options of [{}, { query: "token=" }, { query: "token=&version=2" }]) {
      await new EventsClient(service.ws, options).refused(4001, "no token");
    }
  },

  async "W02: with a valid token: init, with the version that was asked for"(service) {
    for (const [version, answer] of [[1, 1], [2, 2], ["", 1]]) {
      await using client = new EventsClient(service.ws, {
        token: await eventsToken(),
        ...(version !== "" && { version: version! }),
      });
      assert.deepEqual((await client.read())["data"], { version: answer });
    }
  },

  async "W03: with a token that is not valid: 4002, and no frame"(service) {
    const [revoked, jti] = await revocable();
    await revoke(service, jti);
    const tokens = [
      "garbage",
      await clientToken("*", { id: "u1" }, { secret: "another secret, which nobody else has 0" }),
      await eventsToken({ ttlSec: -60 }),
      "x".repeat(9_000),
    ];
    for (const token of tokens) {
      await new EventsClient(service.ws, { token }).refused(4002, "authentication failed");
    }
    // The isolate that answers may hear of it a moment later.
    await until(async () => {
      await using client = new EventsClient(service.ws, { token: revoked });
      return await client.text().then(() => false, () => true);
    });
    await new EventsClient(service.ws, { token: revoked }).refused(4002);
  },

  async "W04: without websocketd in the ACL: 4002; # and * have it"(service) {
    for (const acl of [["event.foo"], ["#", "!websocketd"], ["websocketd", "!websocketd"]]) {
      const token = await eventsToken({ claims: { acl } });
      await new EventsClient(service.ws, { token }).refused(4002);
    }
    for (const acl of [["#"], ["*"], ["web*"]]) {
      await using client = await EventsClient.greeted(service, {
        token: await eventsToken({ claims: { acl } }),
      });
      assert.ok(client.open);
    }
  },

  async "W06: closed with 4003 when the token expires"(service) {
    const exp = now() + 1;
    await using client = await EventsClient.greeted(service, {
      token: await eventsToken({ claims: { exp } }),
    });
    await closes(client, 4003);
    const late = now() - exp;
    assert.ok(late >= 0 && late < 2, `${late} s`);
  },

  async "W07: a token that is renewed counts by its own exp"(service) {
    const exp = now() + 2;
    await using client = await EventsClient.greeted(service, {
      token: await eventsToken({ claims: { exp } }),
    });
    client.op("token", { token: await eventsToken({ claims: { exp: exp + 1 } }) });
    assert.equal((await client.read())["op"], "token");
    await closes(client, 4003);
    const late = now() - (exp + 1);
    assert.ok(late >= 0 && late < 2, `${late} s`);
  },

  async "W08, W09: revoked while connected, started or not: 4003 within 5 s"(service) {
    const [first, firstId] = await revocable();
    const [second, secondId] = await revocable();
    await using idle = await EventsClient.greeted(service, { token: first });
    await using started = await EventsClient.started(service, ["foo"], {
      token: second,
      version: 2,
    });
    await revoke(service, firstId);
    await revoke(service, secondId);
    const took = await Promise.all([closes(idle, 4003), closes(started, 4003)]);
    assert.ok(Math.max(...took) < 5_000, String(took));
  },

  async "W10, W11, W96: only the current token counts, and there is time to renew"(service) {
    const [old, oldId] = await revocable();
    const [fresh, freshId] = await revocable();
    await using before = await EventsClient.started(service, ["foo"], { token: old, version: 2 });
    await using after = await EventsClient.started(service, ["foo"], { token: old, version: 2 });
    before.op("token", { token: fresh });
    assert.equal((await before.read())["op"], "token");
    await revoke(service, oldId);
    after.op("token", { token: fresh });
    assert.equal((await after.read())["op"], "token");
    // Longer than the time to renew, and what comes next is what is published next.
    await new Promise((resolve) => setTimeout(resolve, 3_500));
    await nothing(service, before, after);
    await revoke(service, freshId);
    await Promise.all([closes(before, 4003), closes(after, 4003)]);
  },

  async "W12: renewed with an invalid token: 4002"(service) {
    await using client = await EventsClient.started(service, ["foo"], { version: 2 });
    client.op("token", { token: "garbage" });
    await client.refused(4002);
  },

  async "W36: version 2 answers pings, before start and after it"(service) {
    await using client = await EventsClient.greeted(service, { version: 2 });
    const pong = { op: "pong", code: 0, data: { payload: "p" } };
    client.op("ping", { payload: "p" });
    assert.deepEqual(await client.read(), pong);
    client.op("start");
    await client.read();
    client.op("ping", { payload: "p" });
    assert.deepEqual(await client.read(), pong);
  },

  async "W37: what is no message of the protocol: 4004, with a reason"(service) {
    const frames = ["{x", "", "[]", '{"op":"foo"}', '{"op":"subscribe"}', new Uint8Array([1])];
    for (const frame of [...frames, new TextEncoder().encode('{"op":"start"}')]) {
      await using client = await EventsClient.greeted(service);
      client.send(frame);
      await client.refused(4004);
      const { reason } = await client.closed();
      assert.ok(reason.length > 3 && reason.length <= 100, reason);
    }
  },

  async "W40: once started, version 1 hears nothing but events"(service) {
    await using client = await EventsClient.started(service, ["bar"]);
    client.op("subscribe", { event_name: "foo" });
    client.op("start");
    client.op("ping", { payload: "p" });
    const acl = ["websocketd"];
    client.op("token", { token: await eventsToken({ claims: { acl } }) });
    await taken(service, client);
    await publish(service, EVENT);
    await nothing(service, client);
  },

  async "W41: another version is 4004, also without a token"(service) {
    for (const version of ["0", "3", "x", "undefined"]) {
      await new EventsClient(service.ws, { version }).refused(4004, "unsupported version");
    }
    await using client = new EventsClient(service.ws, {
      query: `version=2&version=9&token=${await eventsToken()}`,
    });
    assert.deepEqual((await client.read())["data"], { version: 2 });
  },

  async "W42: the token is in the query, or else in a header"(service) {
    const token = await eventsToken();
    for (const name of ["X-Auth-Token", "x-auth-token"]) {
      await using client = new EventsClient(service.ws, { headers: { [name]: token } });
      assert.equal((await client.read())["op"], "init");
    }
    await using bearer = new EventsClient(service.ws, {
      headers: { authorization: `Bearer ${token}` },
    });
    assert.equal((await bearer.read())["op"], "init");
    const headers = { "x-auth-token": token };
    await new EventsClient(service.ws, { headers, token: "garbage" }).refused(4002);
    await using second = new EventsClient(service.ws, { query: `token=&token=${token}` });
    assert.equal((await second.read())["op"], "init");
  },

  async "W43: ops are carried out in order; after a bad token nothing is"(service) {
    await using client = await EventsClient.greeted(service, { version: 2 });
    client.op("token", { token: await eventsToken({ claims: { jti: crypto.randomUUID() } }) });
    client.op("subscribe", { event_name: "foo" });
    assert.equal((await client.read())["op"], "token");
    assert.equal((await client.read())["op"], "subscribe");
    client.op("token", { token: "a.b.c" });
    client.op("ping", { payload: "p" });
    await client.refused(4002);
  },

  async "W44: what is published arrives to the octet"(service) {
    await using client = await EventsClient.started(service);
    const event = '{"name":"foo","required_acl":null,"n":123456789012345678901234567890,' +
      ' "s":"\\u00fc\\/", "s": "again"}';
    const headers = JSON.stringify({ "user_uuid:*": true, tenant_uuid: TENANT });
    const response = await post(service, "/events", `{"event":${event},"headers":${headers}}`);
    assert.equal(response.status, 200);
    await response.body?.cancel();
    assert.equal(await client.text(), event);
  },

  async "W45: what is no event is 400, and nobody hears of it"(service) {
    await using client = await EventsClient.started(service, ["foo", "*"]);
    const bodies = [
      { event: { required_acl: null } },
      { event: { name: null, required_acl: null } },
      { event: { name: "foo", required_acl: 2 } },
      { event: { name: "foo" }, headers: 2 },
      { event: 2 },
      { event: { name: "foo", required_acl: null, conference: "@" } },
      { event: { name: "x".repeat(1_025), required_acl: null } },
      "{x",
      "2",
      "",
    ];
    for (const body of bodies) {
      const response = await post(service, "/events", body);
      await response.body?.cancel();
      assert.equal(response.status, 400, JSON.stringify(body));
    }
    const bad = await fetch(`${service.http}/events`, {
      method: "POST",
      headers: { authorization: `Bearer ${await systemToken()}` },
      body: new Uint8Array([...new TextEncoder().encode('{"event":{"name":"'), 0xff, 0x22]),
    });
    assert.equal(bad.status, 400);
    await bad.body?.cancel();
    await nothing(service, client);
  },

  async "without an upgrade the paths say so, and / is as it was"(service) {
    for (
      const [path, status] of [
        ["/api/websocketd/", 426],
        ["/api/websocketd", 426],
        ["/waiting-queue/api/websocketd/", 426],
        ["/", 404],
      ] as const
    ) {
      const response = await fetch(service.http + path);
      await response.body?.cancel();
      assert.equal(response.status, status, path);
    }
    for (const path of ["/", "/waiting-queue/", "/waiting-queue/api/websocketd"]) {
      await using client = new EventsClient(service.ws, { path, token: await eventsToken() });
      assert.equal((await client.read())["op"], "init", path);
    }
  },
});

for (const front of FRONTS) {
  Deno.test(`W05: while the key server is down a token is not refused but put off (${front})`, async () => {
    await using keys = new KeyServer();
    keys.on("/jwks", status(503));
    const key = signer();
    await using service = await Service.start({
      DOORS: "queue,events",
      WEBSOCKET_SERVER: front,
      JWT_APP_SECRET: "",
      JWT_JWKS_URL: `${keys.url}/jwks`,
    });
    const context = { user: { id: "u1" } };
    const claims = { iss: "tests", aud: "tests", sub: TENANT, room: "*", acl: ACL, context };
    const token = await key.sign({ ...claims, exp: now() + 3_600 }, { kid: "k1" });
    const began = performance.now();
    const refused = new EventsClient(service.ws, { token });
    await refused.refused(1013, "authentication unavailable");
    assert.ok(performance.now() - began < 6_000);
    keys.on("/jwks", JSON.stringify({ keys: [{ ...key.jwk, kid: "k1" }] }));
    await eventually("the key is had", async () => {
      await using client = new EventsClient(service.ws, { token });
      return await client.text().then(() => true, () => false);
    });
  });
}

/** Resolves when what the client sent before has been carried out: version 1 does not say so. */
async function taken(service: Service, client: EventsClient): Promise<void> {
  const event = { name: "taken", required_acl: null };
  client.op("subscribe", { event_name: "taken" });
  const published = setInterval(() => void publish(service, event).catch(() => {}), 50);
  await client.event("taken");
  clearInterval(published);
  await publish(service, { ...event, last: true });
  while ((await client.event("taken"))["last"] !== true);
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 5_000;
  while (!await holds()) if (performance.now() > end) throw new Error("Not within 5 s");
}
