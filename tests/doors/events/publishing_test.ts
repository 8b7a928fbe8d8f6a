/**
 * `POST /events`, tokens that are of no use, and what is never shown: W86, W92, W97, W101, W105 of
 * docs/cases/events.md.
 *
 * @module
 */

import assert from "node:assert/strict";
import { eachFront, type Rule } from "../../e2e/setups.ts";
import {
  EventsClient,
  eventsToken,
  type Json,
  nothing,
  publish,
} from "../../support/events_client.ts";
import { post } from "../../support/rest.ts";
import { Service } from "../../support/service.ts";
import { moderatorToken, systemToken, visitorToken } from "../../support/tokens.ts";

const ENV = { DOORS: "queue,events", XMPP_DOMAIN: "meet.example" };
const KEY = "room@conference.acme.meet.example";
const C = KEY.replaceAll(".", "__DOT__");

async function answerOf(
  service: Service,
  body: Json | string,
  authorization?: string,
): Promise<[number, Json]> {
  const response = await post(service, "/events", body, authorization);
  return [response.status, await response.json()];
}

const rules: Record<string, Rule> = {
  async "W101: who may publish is asked before the body is read"(service) {
    for (
      const [authorization, status] of [
        ["", 401],
        [`Bearer ${await moderatorToken("*")}`, 403],
        [`Bearer ${await visitorToken("*")}`, 403],
      ] as const
    ) {
      const [found, { code }] = await answerOf(service, "{not read", authorization);
      assert.equal(found, status, String(code));
    }
    const ofTenant = `Bearer ${await systemToken({ claims: { sub: "acme" } })}`;
    const event = { name: "foo", required_acl: null };
    for (
      const headers of [
        { tenant_uuid: "other" },
        { conference: KEY.replace("acme", "other") },
        { required_acl: `events.conferences.${C.replace("acme", "other")}.x` },
      ]
    ) {
      assert.equal((await answerOf(service, { event, headers }, ofTenant))[0], 403);
    }
    assert.equal((await answerOf(service, { event }, ofTenant))[0], 200);
    const ofRoom = `Bearer ${await systemToken({ claims: { room: "room" } })}`;
    assert.equal((await answerOf(service, { event }, ofRoom))[0], 403);
    const named = { event, headers: { conference: KEY } };
    assert.equal((await answerOf(service, named, ofRoom))[0], 200);
  },

  async "W101: the answer says who may get it"(service) {
    const audience = async (event: Json, headers: Json = {}) => {
      return (await publish(service, { name: "foo", ...event }, headers))["audience"];
    };
    assert.equal(await audience({ required_acl: null }), "everybody");
    assert.equal(await audience({ required_acl: "a.b" }), "acl");
    assert.equal(await audience({}), "nobody");
    assert.equal(await audience({ required_acl: "a" }, { origin_uuid: "another" }), "nobody");
    // What the headers say counts.
    assert.equal(await audience({ required_acl: "a.b" }, { required_acl: null }), "everybody");
  },

  async "W101: a conference in what is asked for is the event's conference"(service) {
    const claims = { sub: "acme" };
    const names = { path: "/" };
    await using mine = await EventsClient.started(service, ["foo"], {
      ...names,
      token: await moderatorToken("room", { claims }),
    });
    await using other = await EventsClient.started(service, ["foo"], {
      ...names,
      token: await moderatorToken("other", { claims }),
    });
    const event = { name: "foo", required_acl: `events.conferences.${C}.x` };
    const wrong = { event, headers: { conference: "other@conference.acme.meet.example" } };
    assert.equal((await answerOf(service, wrong))[0], 400);
    const bad = { event: { ...event, required_acl: "events.conferences.a__DOT__b@.x" } };
    assert.equal((await answerOf(service, bad))[0], 400);
    await publish(service, event, { conference: KEY });
    await publish(service, event, {});
    assert.deepEqual([await mine.read(), await mine.read()], [event, event]);
    const last = { name: "foo", required_acl: null, last: true };
    await publish(service, last, { conference: "other@conference.acme.meet.example" });
    assert.deepEqual(await other.read(), last);
  },

  async "W86: what asks for nothing is allowed whatever the ACL is"(service) {
    await using client = await EventsClient.started(service, ["foo"], {
      token: await eventsToken({ claims: { acl: ["websocketd", "!foo.#"] } }),
    });
    await nothing(service, client);
  },

  async "W92: an ACL that is none is refused, and no other takes its place"(service) {
    const patterns = (count: number, text = "x") => Array.from({ length: count }, () => text);
    for (
      const acl of [
        [],
        "websocketd",
        null,
        ["websocketd", 1],
        ["websocketd", ...patterns(64)],
        ["websocketd", "x".repeat(257)],
      ]
    ) {
      const token = await eventsToken({ claims: { acl } });
      await new EventsClient(service.ws, { token }).refused(4002);
    }
    const most = ["websocketd", ...patterns(62), "x".repeat(256)];
    await using client = await EventsClient.greeted(service, {
      token: await eventsToken({ claims: { acl: most } }),
    });
    assert.ok(client.open);
  },

  async "too big a body or an event is 413"(service) {
    const event = (octets: number) => ({ name: "foo", required_acl: null, x: "x".repeat(octets) });
    assert.equal((await answerOf(service, { event: event(66_000) }))[0], 413);
    assert.equal((await answerOf(service, { event: event(90_000) }))[0], 413);
    assert.equal((await answerOf(service, { event: event(64_000) }))[0], 200);
  },

  async "W105: over the rate it is 429, and the service's own events go on"(service) {
    await using client = await EventsClient.started(service, ["meeting_user_progress"], {
      token: await systemToken(),
    });
    const authorization = `Bearer ${await systemToken()}`;
    const body = { event: { name: "bar" } };
    const responses = await Promise.all(
      Array.from({ length: 800 }, () => post(service, "/events", body, authorization)),
    );
    for (const { body } of responses) await body?.cancel();
    const statuses = responses.map(({ status }) => status);
    const late = responses.find(({ status }) => status === 429);
    assert.equal(late?.headers.get("retry-after"), "1");
    const taken = statuses.filter((status) => status === 200).length;
    assert.ok(taken >= 100 && taken < 800, `${taken} of 800`);
    const live = await post(service, "/golive", { conference: KEY });
    await live.body?.cancel();
    assert.equal((await client.read())["name"], "meeting_user_progress");
  },
};

eachFront("publishing", { ...ENV, WORKERS: "2", EVENTS_PUBLISH_RATE: "100" }, rules);

Deno.test("W97: a token is never shown, whatever is wrong with it or with its request", async () => {
  const shown: string[] = [];
  const token = await eventsToken();
  const [, payload, signature] = token.split(".");
  {
    await using service = await Service.start({
      ...ENV,
      LOG_LEVEL: "debug",
      ALLOWED_ORIGINS: "https://meet.example",
    });
    const paths = ["/api/websocketd/", "/nowhere", "/", "/visitor", "/golive", "/api/websocketd/x"];
    for (const path of paths) {
      for (const query of [`token=${token}`, `version=9&token=${token}`, `x=${token}`]) {
        const response = await fetch(`${service.http}${path}?${query}`);
        shown.push(await response.text(), JSON.stringify([...response.headers]));
      }
    }
    for (
      const options of [
        { token: `${token}x` },
        { token, version: 9 },
        { token: token.slice(0, -4) },
        { token, headers: { origin: "https://evil.example" } },
        { token: await eventsToken({ claims: { acl: [] } }) },
      ]
    ) {
      const client = new EventsClient(service.ws, options);
      shown.push(JSON.stringify(await client.closed()));
    }
    await using client = await EventsClient.greeted(service, { token, version: 2 });
    client.op("token", { token: `${token}x` });
    shown.push(JSON.stringify(await client.closed()));
    const metrics = await fetch(`${service.http}/metrics`);
    shown.push(await metrics.text(), JSON.stringify(service.log), service.stderr);
  }
  const all = shown.join("\n");
  for (const part of [payload!, signature!]) assert.ok(!all.includes(part), "it is shown");
});
