import assert from "node:assert/strict";
import { type Answer, errorOf, REPORT } from "./client.ts";
import { eventually, ORIGIN_ID, Stage } from "./stage.ts";

const WHICH = "action should be one of join, refresh, status, leave, logDomain";
const FULL = [400, 202, "The room is full."];
const TOO_MANY = [400, 121, "Too many participants in the room for you to handle."];
const NOT_JOINED = [400, 203, "Can't update status for a room you aren't in."];
const LEASE_SEC = 300;

async function cast(options: Parameters<typeof Stage.open>[0] = {}) {
  const stage = await Stage.open(options);
  const [owner, a, b] = await Promise.all(
    ["olga", "abel", "bert"].map((name) => stage.at.register(name)),
  );
  return {
    stage,
    owner: owner!,
    a: a!,
    b: b!,
    [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose](),
  };
}

function isJoined({ status, body }: Answer): void {
  assert.equal(status, 200, JSON.stringify(body));
  assert.deepEqual(Object.keys(body).sort(), ["apiKey", "expires", "sessionId", "sessionToken"]);
  assert.equal(body.expires, LEASE_SEC);
  assert.equal(body.apiKey, ORIGIN_ID);
  assert.match(body.sessionId, /^[\da-f-]{36}$/);
}

Deno.test("R29, R30, R55, R56: what an action lacks, for who has a session and for guests", async () => {
  await using all = await cast();
  const room = await all.owner.create();
  for (const actor of [all.a, all.stage.at.guest()]) {
    const act = (body: unknown) => actor.call("POST", `/rooms/${room}`, { body });
    assert.deepEqual(errorOf(await act({})), [400, 108, WHICH]);
    assert.deepEqual(errorOf(await act({ action: "dance" })), [400, 107, WHICH]);
    assert.deepEqual(errorOf(await act({ action: ["join"] })), [400, 107, WHICH]);
    assert.deepEqual(errorOf(await act({ action: "join" })), [
      400,
      108,
      "Missing: displayName, clientMaxSize",
    ]);
  }
});

Deno.test("R31, R38, R57: a join gives four fields, a participant and a longer life", async () => {
  await using all = await cast({ values: { ROOMS_EXTEND_TTL_HOURS: 20 } });
  const { owner, a, stage } = all;
  const room = await owner.create();
  const view = async () => (await owner.call("GET", `/rooms/${room}`)).body;
  stage.clock.move(5_000);
  isJoined(await a.join(room, 3));
  isJoined(await stage.at.guest().join(room, 3));
  const { participants, ctime, expiresAt, creationTime } = await view();
  assert.equal(participants.length, 2);
  assert.ok(ctime >= creationTime + 5);
  assert.ok(expiresAt >= ctime + 20 * 3_600);
  assert.equal("account" in participants[1], false, "nobody knows a guest");
});

Deno.test("R32, R33, R57: a room is full for who comes, or too full for what it can handle", async () => {
  for (const guests of [false, true]) {
    await using all = await cast();
    const { owner, stage } = all;
    const [a, b] = guests ? [stage.at.guest(), stage.at.guest()] : [all.a, all.b];
    const room = await owner.create();
    await owner.join(room);
    assert.deepEqual(errorOf(await a.join(room, 1)), TOO_MANY);
    isJoined(await a.join(room, 2));
    assert.deepEqual(errorOf(await b.join(room, 3)), FULL);
  }
});

Deno.test("R34: a place is kept for the owner", async () => {
  await using all = await cast();
  const { owner, a, b } = all;
  const room = await owner.create({ maxSize: 2 });
  isJoined(await a.join(room));
  assert.deepEqual(errorOf(await b.join(room)), FULL);
  isJoined(await owner.join(room));
});

Deno.test("R35, R36, R37: who is in may join again, the owner first or last", async () => {
  await using all = await cast();
  const { owner, a } = all;
  const room = await owner.create({ maxSize: 2 });
  for (const actor of [owner, a, owner, a, a]) isJoined(await actor.join(room));
  const { body } = await owner.call("GET", `/rooms/${room}`);
  assert.equal(body.participants.length, 2);
});

Deno.test("R39: the owner is moderator, others are publishers", async () => {
  await using all = await cast();
  const { owner, a } = all;
  const room = await owner.create();
  await owner.join(room);
  await a.join(room);
  const { body } = await owner.call("GET", `/rooms/${room}/state`);
  const roles = body.participants.map((
    each: { role: string; owner: boolean },
  ) => [each.role, each.owner]);
  assert.deepEqual(roles, [["moderator", true], ["publisher", false]]);
});

Deno.test("R40, R41: a join names the service as it is called now", async () => {
  await using all = await cast();
  const room = await all.owner.create();
  await all.owner.join(room, 3);
  const other = "00000000-0000-4000-8000-000000000002";
  const restarted = await all.stage.add({ values: { ORIGIN_UUID: other } });
  assert.equal((await restarted.guest().join(room, 3)).body.apiKey, other);
  const device = await restarted.register("abel");
  assert.equal((await device.join(room, 3)).body.apiKey, other);
});

Deno.test("R42: a refresh begins the lease anew", async () => {
  await using all = await cast();
  const { owner, a, stage } = all;
  const room = await owner.create();
  const { creationTime } = (await owner.call("GET", `/rooms/${room}`)).body;
  await a.join(room);
  stage.clock.move(200_000);
  const answer = await a.act(room, "refresh");
  assert.equal(answer.status, 200);
  assert.deepEqual(answer.body, { expires: LEASE_SEC });
  stage.clock.move(200_000);
  const { body } = await owner.call("GET", `/rooms/${room}`);
  assert.equal(body.participants.length, 1);
  assert.equal(body.creationTime, creationTime);
});

Deno.test("R43, R44, R49: a report is taken from who is in, whatever its state", async () => {
  await using all = await cast();
  const { owner, a, b } = all;
  const room = await owner.create();
  await a.join(room);
  const answer = await a.status(room, { ...REPORT, state: "hello world" });
  assert.deepEqual([answer.status, answer.text], [204, ""]);
  const { body } = await owner.call("GET", `/rooms/${room}/state`);
  assert.equal(body.participants[0].media.state, "hello world");
  assert.deepEqual(errorOf(await b.status(room)), NOT_JOINED);
});

/** What a report cannot be, and what is said to it. */
const REFUSED: [string, Record<string, unknown>, string][] = [
  ["R45", { event: undefined, state: undefined }, "'event' field is missing in body."],
  ["R45", { state: undefined }, "'state' field is missing in body."],
  ...["connections", "sendStreams", "recvStreams"].flatMap((name, i) => [
    ...["abc", -1].map((value): [string, Record<string, unknown>, string] => {
      // R46, R47 and R48.
      return [`R4${6 + i}`, { [name]: value }, `Invalid ${name} number.`];
    }),
  ]),
  ["R75", { connections: undefined, sessions: -1 }, "Invalid connections number."],
  ["R75", { connections: undefined }, "'connections' field is missing in body."],
  ...[null, "", [], {}, true, 1_001, ["2"]].map(
    (value): [string, Record<string, unknown>, string] => {
      return ["R76", { connections: value }, "Invalid connections number."];
    },
  ),
  ...[5, "", "x".repeat(101), "a\nb"].map((value): [string, Record<string, unknown>, string] => {
    return ["R77", { event: value }, "Invalid event."];
  }),
];

Deno.test("R45 to R48, R75 to R77: reports that are refused", async (test) => {
  await using all = await cast();
  const room = await all.owner.create();
  await all.a.join(room);
  for (const [name, fields, text] of REFUSED) {
    await test.step(`${name}: ${JSON.stringify(fields)}`, async () => {
      assert.deepEqual(errorOf(await all.a.status(room, { ...REPORT, ...fields })), [
        400,
        107,
        text,
      ]);
    });
  }
});

Deno.test("R50, R51: who leaves is gone, and cannot leave again", async () => {
  await using all = await cast();
  const { owner, a } = all;
  const room = await owner.create();
  await a.join(room);
  const answer = await a.act(room, "leave");
  assert.deepEqual([answer.status, answer.text], [204, ""]);
  assert.deepEqual((await owner.call("GET", `/rooms/${room}`)).body.participants, []);
  assert.deepEqual(errorOf(await a.act(room, "leave")), [
    400,
    203,
    "Unable to leave a room you have not joined.",
  ]);
});

Deno.test("R52, R53, R54: of domains the sum is counted, and nothing kept", async () => {
  await using all = await cast();
  const { owner, a, b, stage } = all;
  const room = await owner.create();
  await a.join(room);
  const log = (actor: typeof a, domains: unknown) => actor.act(room, "logDomain", { domains });
  const domains = [{ domain: "secret.example", count: 2 }, { domain: "b.example", count: 5 }];
  assert.equal((await log(a, domains)).status, 204);
  const metric = (await stage.at.meter.snapshot()).find(({ name }) => {
    return name === "waiting_queue_rooms_logged_domains_total";
  });
  assert.deepEqual(metric!.values.map(({ value }) => value), [7]);
  assert.doesNotMatch(await stage.stored(), /secret\.example/);
  assert.deepEqual(errorOf(await log(b, domains)), NOT_JOINED);
  const text = "Domains must be a list of objects with both a ``domain`` and ``count`` property.";
  const many = Array(101).fill(domains[0]);
  for (const wrong of [[{ domain: "x" }], [{ count: 1 }], [null], "x", {}, null, many]) {
    for (const actor of [a, b]) {
      assert.deepEqual(errorOf(await log(actor, wrong)), [400, 107, text]);
    }
  }
  assert.deepEqual(errorOf(await log(b, undefined)), [400, 108, "Missing: domains"]);
});

Deno.test("R58, R59: a guest acts by its sessionToken, until it has left", async () => {
  await using all = await cast();
  const room = await all.owner.create();
  const guest = all.stage.at.guest();
  const nobody = all.stage.at.guest();
  for (const action of ["refresh", "status", "leave", "logDomain"]) {
    const answer = await nobody.act(room, action);
    assert.deepEqual(errorOf(answer), [401, 110, "Unauthorized"]);
    assert.equal(answer.headers.get("www-authenticate"), "Token,Hawk");
  }
  await guest.join(room);
  assert.deepEqual((await guest.act(room, "refresh")).body, { expires: LEASE_SEC });
  assert.equal((await guest.call("GET", `/rooms/${room}`)).body.participants.length, 1);
  assert.equal((await guest.act(room, "leave")).status, 204);
  const answer = await guest.call("GET", `/rooms/${room}`);
  assert.deepEqual(errorOf(answer), [401, 110, "Invalid token; it may have expired."]);
});

Deno.test("R60, R96: at the end of its lease a participation is over, its seat free", async () => {
  await using all = await cast();
  const { owner, a, b, stage } = all;
  const room = await owner.create({ maxSize: 2 });
  const guest = stage.at.guest();
  await a.join(room);
  stage.clock.move(LEASE_SEC * 1_000);
  assert.deepEqual((await owner.call("GET", `/rooms/${room}`)).body.participants, []);
  assert.deepEqual(errorOf(await a.act(room, "refresh")), [410, 111, "Participation has expired."]);
  assert.equal((await guest.join(room)).status, 200);
  assert.deepEqual(errorOf(await b.join(room)), FULL);
  stage.clock.move(LEASE_SEC * 1_000);
  const answer = await guest.act(room, "refresh");
  assert.deepEqual(errorOf(answer), [401, 110, "Invalid token; it may have expired."]);
  await eventually("it is told once each", async () => {
    const metrics = await stage.at.meter.snapshot();
    const events = metrics.find(({ name }) => name === "waiting_queue_rooms_events_total");
    return events?.values.find(({ labels }) => labels["reason"] === "expired")?.value === 2;
  });
});

Deno.test("R92: a participation's token: with a colon or without, its room's, and the newest", async () => {
  await using all = await cast();
  const { owner, stage: { at } } = all;
  const [room, other] = [await owner.create(), await owner.create()];
  const guest = at.guest();
  const { body: { sessionToken: first } } = await guest.join(room);
  const send = (authorization: string, path = `/rooms/${room}`) => {
    return at.request("GET", path, { headers: { authorization } });
  };
  for (const text of [`${first}:`, first]) {
    assert.equal((await send(`Basic ${btoa(text)}`)).status, 200);
    assert.equal((await send(`basic ${btoa(text)}`)).status, 200);
  }
  const isExpired = (answer: Answer) => {
    const text = "Invalid token; it may have expired.";
    assert.deepEqual(errorOf(answer), [401, 110, text]);
    assert.equal(answer.headers.get("www-authenticate"), `Basic error="${text}"`);
  };
  isExpired(await send(`Basic ${btoa(`${first}:x`)}`));
  isExpired(await send(`Basic ${btoa(`${first}:`)}`, `/rooms/${other}`));
  const { body } = await guest.join(room);
  isExpired(await send(`Basic ${btoa(`${first}:`)}`));
  assert.equal((await send(`Basic ${btoa(`${body.sessionToken}:`)}`)).status, 200);
  const inside = (await owner.call("GET", `/rooms/${room}`)).body.participants;
  assert.equal(inside.length, 1, "a guest has one participation");
  const alone = await send("Basic");
  assert.deepEqual(errorOf(alone), [401, 110, "Unauthorized"]);
  assert.equal(alone.headers.get("www-authenticate"), "Basic");
  const bearer = await at.request("POST", `/rooms/${room}`, {
    body: { action: "refresh" },
    headers: { authorization: "Bearer olga" },
  });
  assert.deepEqual(errorOf(bearer), [401, 110, "Unsupported"]);
  assert.equal(bearer.headers.get("www-authenticate"), 'Basic,Hawk error="Unsupported"');
});

Deno.test("R93: the seed's leave: the sessionToken in the body is enough, a wrong one is not", async () => {
  await using all = await cast();
  const { owner, a, stage: { at } } = all;
  const room = await owner.create();
  const guest = at.guest();
  const { body: { sessionToken } } = await guest.join(room);
  const leave = (token: unknown) => at.guest().act(room, "leave", { sessionToken: token });
  assert.equal((await leave("wrong")).status, 401);
  assert.equal((await leave(5)).status, 401);
  assert.equal((await leave(sessionToken)).status, 204);
  assert.equal((await leave(sessionToken)).status, 401);
  const joined = await a.join(room);
  const byBody = await leave(joined.body.sessionToken);
  assert.equal(byBody.status, 204, "also that of who joined by Hawk");
});

Deno.test("R98: fifty at once for the last place: one has it, in two isolates", async () => {
  const stage = await Stage.open({ values: { ROOMS_MAX_SIZE: 5 } }, 2);
  await using _ = stage;
  const owner = await stage.at.register();
  for (let round = 0; round < 10; round++) {
    const room = await owner.create({ maxSize: 2 });
    const joins = await Promise.all(Array.from({ length: 50 }, (_, i) => {
      return stage.isolates[i % 2]!.guest().join(room);
    }));
    assert.equal(joins.filter(({ status }) => status === 200).length, 1);
    for (const answer of joins) {
      if (answer.status !== 200) assert.deepEqual(errorOf(answer), FULL);
    }
    await owner.call("DELETE", `/rooms/${room}`);
  }
});

Deno.test("R100: ten report at once, again and again, and a join between them: nothing is lost", async () => {
  const stage = await Stage.open({ values: { ROOMS_MAX_SIZE: 20 } }, 2);
  await using _ = stage;
  const owner = await stage.at.register();
  const room = await owner.create({ maxSize: 20 });
  const guests = Array.from({ length: 10 }, (_, i) => stage.isolates[i % 2]!.guest());
  for (const guest of guests) await guest.join(room, 20);
  const [late, ...answers] = await Promise.all([
    stage.at.guest().join(room, 20),
    ...guests.flatMap((guest) => Array.from({ length: 5 }, () => guest.status(room))),
  ]);
  assert.equal(late!.status, 200);
  assert.ok(answers.every(({ status }) => status === 204));
  const { body } = await owner.call("GET", `/rooms/${room}/state`);
  const counts = body.participants.map((each: { media: null | { reports: number } }) => {
    return each.media?.reports ?? 0;
  });
  assert.deepEqual(counts, [...Array(10).fill(5), 0]);
});
