/**
 * Who gets an event, over the wire: W13 to W33 of docs/cases/events.md.
 *
 * @module
 */

import assert from "node:assert/strict";
import { eachFront } from "../../e2e/setups.ts";
import {
  ACL,
  EVENT,
  EventsClient,
  eventsToken,
  FOR_USER,
  type Json,
  nothing,
  publish,
  TENANT,
} from "../../support/events_client.ts";
import type { Service } from "../../support/service.ts";

const OTHER = { name: "foo", required_acl: "event.foo" };

function forUser(user: string, tenant: string | undefined = TENANT): Json {
  return { [`user_uuid:${user}`]: true, ...(tenant !== undefined && { tenant_uuid: tenant }) };
}

/** A privileged token sees the events of all users of its tenant, and of no other. */
async function seesAllUsers(service: Service, claims: Json): Promise<void> {
  await using client = await EventsClient.started(service, ["foo"], {
    token: await eventsToken({ claims }),
  });
  for (const user of ["u1", "*", "u2"]) {
    await publish(service, { ...EVENT, user }, forUser(user));
    assert.deepEqual(await client.read(), { ...EVENT, user });
  }
}

async function seesNoOtherTenant(service: Service, claims: Json): Promise<void> {
  await using client = await EventsClient.started(service, ["foo"], {
    token: await eventsToken({ claims }),
  });
  await publish(service, EVENT, forUser("u1", "t2"));
  await publish(service, EVENT, forUser("*", "t2"));
  await nothing(service, client);
}

async function ignoresForeignOrigin(service: Service, claims: Json): Promise<void> {
  await using client = await EventsClient.started(service, ["foo"], {
    token: await eventsToken({ claims }),
  });
  const origin_uuid = crypto.randomUUID();
  const { audience } = await publish(service, { ...EVENT, origin_uuid });
  assert.equal(audience, "nobody");
  await nothing(service, client);
}

eachFront("delivery", { DOORS: "queue,events", WORKERS: "2" }, {
  async "W13: what asks for nothing arrives, equal member for member"(service) {
    await using client = await EventsClient.started(service);
    const event = { name: "foo", required_acl: null, a: [1, { b: null }], c: "ü" };
    assert.equal((await publish(service, event)).audience, "everybody");
    assert.deepEqual(await client.read(), event);
  },

  async "W14: what the ACL has arrives"(service) {
    await using client = await EventsClient.started(service);
    assert.equal((await publish(service)).audience, "acl");
    assert.deepEqual(await client.read(), EVENT);
  },

  async "W15: of another name nothing arrives"(service) {
    await using client = await EventsClient.started(service, ["bar"]);
    await publish(service);
    const marker = { name: "bar", required_acl: null };
    await publish(service, marker);
    assert.deepEqual(await client.read(), marker);
  },

  async "W16: what does not say what it asks for, nobody gets"(service) {
    await using client = await EventsClient.started(service);
    assert.equal((await publish(service, { name: "foo" })).audience, "nobody");
    await nothing(service, client);
  },

  async "W17: what the ACL lacks does not arrive"(service) {
    await using client = await EventsClient.started(service);
    await publish(service, { ...EVENT, required_acl: "event.bar" });
    await nothing(service, client);
  },

  async "W18: before start there is no frame, and the earlier event does not come later"(service) {
    await using client = await EventsClient.greeted(service);
    await client.subscribe("foo");
    await publish(service);
    client.op("start");
    assert.equal((await client.read())["op"], "start");
    await nothing(service, client);
  },

  async "W19: a token that is renewed changes the ACL; the subscription goes on as it was"(
    service,
  ) {
    await using client = await EventsClient.started(service, ["foo"], { version: 2 });
    await publish(service);
    assert.deepEqual(await client.read(), { op: "event", code: 0, data: EVENT });
    const renew = async (acl: string[]) => {
      client.op("token", { token: await eventsToken({ user: "u9", claims: { acl } }) });
      assert.deepEqual(await client.read(), { op: "token", code: 0, data: null });
    };
    await renew(["websocketd"]);
    await publish(service);
    await nothing(service, client);
    await renew(ACL);
    await publish(service);
    assert.deepEqual(await client.read(), { op: "event", code: 0, data: EVENT });
  },

  async "W20: a user gets what is for it and what is for everybody"(service) {
    await using client = await EventsClient.started(service);
    for (const user of ["u1", "*"]) {
      await publish(service, { ...EVENT, user }, forUser(user));
      assert.deepEqual(await client.read(), { ...EVENT, user });
    }
  },

  async "W21, W22, W23: not what is for others, in another tenant, in none or in *"(service) {
    await using client = await EventsClient.started(service);
    await publish(service, OTHER, forUser("u2"));
    await publish(service, OTHER, forUser("u1", "t2"));
    await publish(service, OTHER, { "user_uuid:u1": true });
    await publish(service, OTHER, forUser("u1", "*"));
    await publish(service, OTHER, { tenant_uuid: TENANT });
    await nothing(service, client);
  },

  "W24: an admin gets what is for all users of its tenant": (s) => seesAllUsers(s, { admin: true }),
  "W25: and nothing of another": (s) => seesNoOtherTenant(s, { admin: true }),

  async "W26: the master tenant: all of all, with admin; else what is for it"(service) {
    await using admin = await EventsClient.started(service, ["foo"], {
      token: await eventsToken({ claims: { sub: "*", admin: true } }),
    });
    await using user = await EventsClient.started(service, ["foo"], {
      token: await eventsToken({ claims: { sub: "*" } }),
    });
    const events = [
      [forUser("u1", "t1"), true],
      [forUser("u2", "t2"), false],
      [{ "user_uuid:u1": true }, true],
      [{ "user_uuid:u2": true }, false],
      [{ "user_uuid:*": true }, true],
      [{}, false],
    ] as const;
    for (const [i, [headers]] of events.entries()) await publish(service, { ...EVENT, i }, headers);
    for (const [i] of events.entries()) assert.equal((await admin.read())["i"], i);
    for (const [i, [, his]] of events.entries()) {
      if (his) assert.equal((await user.read())["i"], i);
    }
    await nothing(service, user);
  },

  "W27: so with purpose external_api": (s) => seesAllUsers(s, { purpose: "external_api" }),
  "W28: within its tenant": (s) => seesNoOtherTenant(s, { purpose: "external_api" }),
  "W29: so with purpose internal": (s) => seesAllUsers(s, { purpose: "internal" }),
  "W30: within its tenant": (s) => seesNoOtherTenant(s, { purpose: "internal" }),
  "W31: what another service says, nobody gets": (s) => ignoresForeignOrigin(s, {}),
  "W32: no admin": (s) => ignoresForeignOrigin(s, { admin: true }),
  "W33: nor internal": (s) => ignoresForeignOrigin(s, { purpose: "internal" }),

  async "W94: another tenant's token is refused; who is no admin any more sees his own"(service) {
    await using client = await EventsClient.started(service, ["foo"], {
      token: await eventsToken({ claims: { admin: true } }),
      version: 2,
    });
    client.op("token", { token: await eventsToken() });
    assert.equal((await client.read())["op"], "token");
    await publish(service, EVENT, forUser("u2"));
    await nothing(service, client);
    client.op("token", { token: await eventsToken({ claims: { sub: "t2" } }) });
    await client.refused(4002);
  },

  async "subscribed by name and to all, an event comes once"(service) {
    await using client = await EventsClient.started(service, ["foo", "*", "foo"]);
    await publish(service, EVENT, FOR_USER);
    assert.deepEqual(await client.read(), EVENT);
    await nothing(service, client);
  },
});
