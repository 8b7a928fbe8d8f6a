import assert from "node:assert/strict";
import { type Answer, errorOf, ROOM } from "./client.ts";
import { Stage } from "./stage.ts";

const HOUR = 3_600;
const DEFAULT_HOURS = 1_344;
const NOT_OWNER = [403, 999, "Authenticated user is not the owner of this room."];
const CONTEXT = { value: "sealed", alg: "AES-GCM", wrappedKey: "wrapped" };

/** Owner O, and A and B, other registered users. */
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
    get now(): number {
      return Math.floor(stage.clock.wall() / 1_000);
    },
    [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose](),
  };
}

function isAbout(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) <= 2, `${actual} is not about ${expected}`);
}

Deno.test("R01, R02, R03: a room is seen by its owner and those who are in it", async () => {
  await using all = await cast();
  const { owner, a, b } = all;
  const room = await owner.create();
  assert.deepEqual(errorOf(await a.call("GET", `/rooms/${room}`)), [
    403,
    999,
    "Authenticated user is neither a participant of the room nor the room owner.",
  ]);
  await b.join(room);
  assert.equal((await b.call("GET", `/rooms/${room}`)).status, 200);
  assert.equal((await owner.call("GET", `/rooms/${room}`)).status, 200);
});

Deno.test("R04: a room is changed and deleted by its owner alone", async () => {
  await using all = await cast();
  const { owner, a } = all;
  const room = await owner.create();
  const path = `/rooms/${room}`;
  assert.deepEqual(errorOf(await a.call("PATCH", path, { body: { roomName: "x" } })), NOT_OWNER);
  assert.deepEqual(errorOf(await a.call("DELETE", path)), NOT_OWNER);
  assert.equal((await owner.call("PATCH", path, { body: { roomName: "x" } })).status, 200);
  assert.equal((await owner.call("DELETE", path)).status, 204);
});

Deno.test("R05, R06, R18, R20: what a room is made of, and what its maker is told", async () => {
  await using all = await cast();
  const { owner } = all;
  const make = (fields: object) => owner.call("POST", "/rooms", { body: { ...ROOM, ...fields } });
  const answer = await make({});
  assert.equal(answer.status, 201);
  assert.deepEqual(Object.keys(answer.body).sort(), ["expiresAt", "roomToken", "roomUrl"]);
  assert.match(answer.body.roomToken, /^[\w-]{11}$/);
  assert.equal(answer.body.roomUrl, `https://app.example/#${answer.body.roomToken}`);
  assert.match(answer.headers.get("alert")!, /context/);
  isAbout(answer.body.expiresAt, all.now + 36_000);
  const texts = await make({ maxSize: "3", expiresIn: "10" });
  assert.equal(texts.status, 201);
  isAbout(texts.body.expiresAt, all.now + 36_000);
  const standard = await make({ expiresIn: undefined });
  isAbout(standard.body.expiresAt, all.now + DEFAULT_HOURS * HOUR);
  const nightly = await make({ channel: "nightly" });
  assert.equal((await owner.join(nightly.body.roomToken)).status, 200);
});

/** Fields that are refused, and how. */
const REFUSED: [string, Record<string, unknown>, number, number, string][] = [
  [
    "R07",
    { roomName: "x".repeat(101) },
    400,
    107,
    "roomName should be shorter than 100 characters",
  ],
  [
    "R08",
    { roomOwner: "x".repeat(256) },
    400,
    107,
    "roomOwner should be shorter than 255 characters",
  ],
  ["R09", { expiresIn: 1_345 }, 400, 107, "expiresIn cannot be greater than 1344"],
  ["R10", { maxSize: 6 }, 400, 107, "maxSize cannot be greater than 5"],
  [
    "R12",
    { context: CONTEXT },
    400,
    107,
    "roomName has been deprecated, please store it encrypted inside the context.",
  ],
  ...[{ ...CONTEXT, value: undefined }, { ...CONTEXT, alg: undefined }, {
    ...CONTEXT,
    wrappedKey: undefined,
  }].map((context): [string, Record<string, unknown>, number, number, string] => [
    "R13",
    { roomName: undefined, context },
    400,
    107,
    "context should be an object containing `value`, `alg` and `wrappedKey` properties.",
  ]),
  ["R15", { roomName: undefined }, 400, 108, "Missing: context,roomName"],
  ["R16", { roomOwner: undefined }, 400, 108, "Missing: roomOwner"],
  ["R17", { maxSize: undefined }, 400, 108, "Missing: maxSize"],
  [
    "R17",
    { roomName: undefined, roomOwner: undefined, maxSize: undefined },
    400,
    108,
    "Missing: context,roomName, roomOwner, maxSize",
  ],
];

Deno.test("R07 to R10, R12, R13, R15 to R17: fields that a room cannot have", async (test) => {
  await using all = await cast();
  for (const [name, fields, ...expected] of REFUSED) {
    await test.step(`${name}: ${expected[2]}`, async () => {
      const answer = await all.owner.call("POST", "/rooms", { body: { ...ROOM, ...fields } });
      assert.deepEqual(errorOf(answer), expected);
    });
  }
});

Deno.test("R11: a body that is no JSON object is 400/106", async () => {
  await using all = await cast();
  const room = await all.owner.create();
  for (const text of ["{bad json]", "[]", '"x"', "\xff"]) {
    for (
      const [method, path] of [["POST", "/rooms"], ["POST", `/rooms/${room}`], ["PATCH", "/rooms"]]
    ) {
      const [status, errno] = errorOf(await all.owner.call(method!, path!, { text }));
      assert.deepEqual([status, errno], [400, 106], `${method} ${path} ${text}`);
    }
  }
});

Deno.test("R14: a context cannot be taken away", async () => {
  await using all = await cast();
  const room = await all.owner.create();
  const answer = await all.owner.call("PATCH", `/rooms/${room}`, { body: { context: null } });
  assert.deepEqual(errorOf(answer).slice(0, 2), [400, 107]);
});

Deno.test("R19, R21, R22: what anybody sees, with a name or with a context", async () => {
  await using all = await cast();
  const { owner, stage: { at } } = all;
  const named = await owner.create();
  const seen = (room: string) => at.request("GET", `/rooms/${room}`);
  assert.deepEqual((await seen(named)).body, {
    roomToken: named,
    roomName: "UX talk",
    context: null,
    roomOwner: "O",
    roomUrl: `https://app.example/#${named}`,
  });
  const sealed = await owner.create({ roomName: undefined, context: CONTEXT });
  assert.deepEqual((await seen(sealed)).body, {
    roomToken: sealed,
    context: CONTEXT,
    roomOwner: "O",
    roomUrl: `https://app.example/#${sealed}`,
  });
});

Deno.test("R23, R24: what the owner sees besides", async () => {
  await using all = await cast();
  const { owner } = all;
  for (const fields of [{}, { roomName: undefined, context: CONTEXT }]) {
    const room = await owner.create(fields);
    const { body } = await owner.call("GET", `/rooms/${room}`);
    const { creationTime, ctime, expiresAt, ...rest } = body;
    isAbout(creationTime, all.now);
    assert.equal(ctime, creationTime);
    isAbout(expiresAt, all.now + 36_000);
    const publicly = await all.stage.at.request("GET", `/rooms/${room}`);
    assert.deepEqual(rest, { ...publicly.body, maxSize: 3, clientMaxSize: 3, participants: [] });
  }
});

Deno.test("R25, R67: those who are in, as the owner sees them, and nothing secret of them", async () => {
  await using all = await cast();
  const { owner, a } = all;
  const room = await owner.create();
  await owner.join(room, 2, "Olga");
  await a.join(room, 20, "Abel");
  const { body } = await owner.call("GET", `/rooms/${room}`);
  assert.equal(body.clientMaxSize, 2);
  const [first, second] = body.participants;
  for (const each of [first, second]) assert.equal(each.roomConnectionId.length, 36);
  assert.deepEqual(first, {
    roomConnectionId: first.roomConnectionId,
    displayName: "Olga",
    account: "olga@acme.example",
    owner: true,
  });
  assert.deepEqual(second, {
    roomConnectionId: second.roomConnectionId,
    displayName: "Abel",
    account: "abel@acme.example",
    owner: false,
  });
  const listed = await owner.call("GET", "/rooms");
  assert.deepEqual(listed.body, [body]);
  const seenByA = await a.call("GET", `/rooms/${room}`);
  assert.deepEqual(seenByA.body, body);
});

Deno.test("R26, R27, R28: a change changes what it names, and nothing else", async () => {
  await using all = await cast();
  const { owner } = all;
  const room = await owner.create();
  const path = `/rooms/${room}`;
  const read = async () => (await owner.call("GET", path)).body;
  const before = await read();
  assert.equal((await owner.call("PATCH", path, { body: { roomName: "other" } })).status, 200);
  const { ctime: _, expiresAt, ...renamed } = await read();
  const { ctime: __, expiresAt: ___, ...was } = before;
  assert.deepEqual(renamed, { ...was, roomName: "other" });
  isAbout(expiresAt, all.now + DEFAULT_HOURS * HOUR);

  all.stage.clock.move(5_000);
  const body = { roomName: "all", roomOwner: "P", maxSize: 2, expiresIn: 7 };
  const changed = await owner.call("PATCH", path, { body });
  isAbout(changed.body.expiresAt, all.now + 7 * HOUR);
  assert.deepEqual(Object.keys(changed.body), ["expiresAt"]);
  const after = await read();
  assert.deepEqual([after.roomName, after.roomOwner, after.maxSize], ["all", "P", 2]);
  assert.ok(after.ctime >= all.now - 1);
  assert.equal(after.expiresAt, changed.body.expiresAt);

  await owner.call("PATCH", path, { body: { context: CONTEXT } });
  const sealed = await read();
  assert.deepEqual([sealed.context, sealed.roomName], [CONTEXT, "all"]);
  const again = { ...CONTEXT, value: "second" };
  await owner.call("PATCH", path, { body: { context: again } });
  assert.deepEqual((await read()).context, again);
  const details = await all.stage.store.keys("rooms/loop/details/", 10);
  assert.equal(details.length, 1, "the first one is gone");
});

Deno.test("R61, R62: a room that is deleted, or over, is gone with everything", async () => {
  for (const end of ["delete", "expiry"]) {
    await using all = await cast({ values: { ROOMS_EXTEND_TTL_HOURS: 1 } });
    const { owner, a, stage } = all;
    const room = await owner.create({ roomName: undefined, context: CONTEXT });
    await owner.join(room);
    const guest = stage.at.guest();
    await guest.join(room);
    await a.status(room);
    if (end === "delete") {
      assert.equal((await owner.call("DELETE", `/rooms/${room}`)).status, 204);
    } else stage.clock.move(11 * HOUR * 1_000);
    const gone = [404, 105, "Token not found."];
    const answers: Answer[] = [
      await stage.at.request("GET", `/rooms/${room}`),
      await owner.call("GET", `/rooms/${room}`),
      await owner.call("PATCH", `/rooms/${room}`, { body: { roomName: "x" } }),
      await owner.call("DELETE", `/rooms/${room}`),
      await owner.call("GET", `/rooms/${room}/state`),
      ...await Promise.all(
        ["join", "refresh", "status", "leave", "nonsense"].map((action) => owner.act(room, action)),
      ),
      await guest.act(room, "refresh"),
    ];
    for (const answer of answers) assert.deepEqual(errorOf(answer), gone, end);
    for (const prefix of ["details", "profile", "room"]) {
      await stageEmpty(stage, `rooms/loop/${prefix}/`);
    }
  }
});

async function stageEmpty({ store }: Stage, prefix: string): Promise<void> {
  const { eventually } = await import("./stage.ts");
  await eventually(
    `nothing under ${prefix}`,
    async () => (await store.keys(prefix, 1)).length === 0,
  );
}

Deno.test("R63, R64, R65, R66: several rooms are deleted at once, each with its own answer", async () => {
  await using all = await cast();
  const { owner, a } = all;
  const [one, two, three] = [await owner.create(), await owner.create(), await owner.create()];
  const foreign = await a.create();
  await owner.join(one);
  const drop = (...deleteRoomTokens: string[]) =>
    owner.call("PATCH", "/rooms", { body: { deleteRoomTokens } });
  const first = await drop(one, two);
  assert.equal(first.status, 207);
  assert.deepEqual(first.body, { responses: { [one]: { code: 200 }, [two]: { code: 200 } } });
  assert.equal((await owner.call("GET", `/rooms/${one}`)).status, 404);
  const missing = { code: 404, errno: 105, error: "Room not found." };
  const again = await drop(one, two);
  assert.equal(again.status, 404);
  assert.deepEqual(again.body, { responses: { [one]: missing, [two]: missing } });
  const mixed = await drop(three, "AAAAAAAAAAA", foreign);
  assert.equal(mixed.status, 207);
  assert.deepEqual(mixed.body, {
    responses: { [three]: { code: 200 }, AAAAAAAAAAA: missing, [foreign]: missing },
  });
  assert.equal((await a.call("GET", `/rooms/${foreign}`)).status, 200);
  assert.deepEqual(errorOf(await drop()), [400, 107, "deleteRoomTokens should not be empty."]);
  assert.deepEqual(errorOf(await owner.call("PATCH", "/rooms", { body: {} })), [
    400,
    108,
    "Missing: deleteRoomTokens",
  ]);
});

Deno.test("R68, R69, R70: the list tells what changed and what was deleted since", async () => {
  await using all = await cast();
  const { owner, stage } = all;
  const first = await owner.create();
  const gone = await owner.create();
  stage.clock.move(1_500);
  const second = await owner.create();
  await owner.call("DELETE", `/rooms/${gone}`);
  const list = async (query: string) => (await owner.call("GET", `/rooms${query}`)).body;
  const tokens = async (query: string) =>
    (await list(query)).map((each: { roomToken: string }) => each.roomToken);
  assert.deepEqual(await tokens(""), [first, second], "the oldest change first");
  const since = (await list("")).at(-1).ctime;
  assert.deepEqual((await list("?version=1")).at(-1), { roomToken: gone, deleted: true });
  assert.deepEqual(await tokens(`?version=${since}`), [second, gone]);
  stage.clock.move(1_621_000);
  assert.deepEqual(await tokens("?version=1"), [first, second], "it is forgotten in the end");
  await owner.call("PATCH", "/rooms", { body: { deleteRoomTokens: [first, second] } });
  assert.deepEqual(await list(""), []);
});

Deno.test("R72: while the store is away every endpoint is 503/201, soon", async () => {
  await using all = await cast();
  const { owner, stage } = all;
  const room = await owner.create();
  await owner.join(room);
  stage.store.down = true;
  const unavailable = [503, 201, "Service Unavailable"];
  const call = async (method: string, path: string, body?: unknown) => {
    const answer = await owner.call(method, path, { body, verify: false });
    assert.deepEqual(errorOf(answer), unavailable, `${method} ${path}`);
    assert.equal(answer.headers.get("retry-after"), "30");
  };
  await call("POST", "/registration");
  await call("DELETE", "/registration");
  await call("DELETE", "/session");
  await call("POST", "/rooms", ROOM);
  await call("GET", "/rooms");
  await call("PATCH", "/rooms", { deleteRoomTokens: [room] });
  await call("GET", `/rooms/${room}`);
  await call("PATCH", `/rooms/${room}`, { roomName: "x" });
  await call("DELETE", `/rooms/${room}`);
  await call("GET", `/rooms/${room}/state`);
  for (const action of ["join", "refresh", "status", "leave", "logDomain"]) {
    await call("POST", `/rooms/${room}`, { action });
  }
  stage.store.down = false;
  assert.equal((await owner.act(room, "refresh")).status, 200);
});
