import assert from "node:assert/strict";
import type { ConferenceLive, Subscriber } from "../../../src/queue/events.ts";
import { ConferenceNames } from "../../../src/access/conference_name.ts";
import { errorOf, ROOM } from "./client.ts";
import { eventually, type Isolate, Stage } from "./stage.ts";

const NAME = "[acme]townhall";
const name = new ConferenceNames({ mucDomain: undefined, xmppDomain: undefined }).parse(NAME);
const LEASE_MS = 300_000;

/** Visitors who wait in an isolate, and how many of them were told. */
class Visitors implements Subscriber<ConferenceLive> {
  told = 0;

  constructor(isolate: Isolate, count: number) {
    for (let i = 0; i < count; i++) isolate.queue.wait(name, this);
  }

  notify(): void {
    this.told++;
  }

  async toldAre(count: number): Promise<void> {
    await eventually(`${count} were told`, () => Promise.resolve(this.told === count));
  }
}

async function isLive({ queue }: Isolate): Promise<boolean> {
  return (await queue.describe(name)).status === "live";
}

function becomes(isolate: Isolate, live: boolean): Promise<void> {
  return eventually(`live: ${live}`, async () => await isLive(isolate) === live);
}

async function bound(stage: Stage, live = "owner") {
  const owner = await stage.at.register("olga");
  const room = await owner.create({ conference: { name: NAME, live } });
  return { owner, room };
}

Deno.test("R106: the owner's join lets the waiting in, and its leaving ends that", async () => {
  await using stage = await Stage.open({}, 2);
  const { owner, room } = await bound(stage);
  const elsewhere = stage.isolates[1]!;
  const waiting = new Visitors(elsewhere, 10);
  const guest = stage.at.guest();
  assert.equal((await guest.join(room, 3)).status, 200);
  assert.equal(await isLive(elsewhere), false, "a guest changes nothing");
  assert.equal((await owner.join(room, 3)).status, 200);
  assert.equal(await isLive(elsewhere), true, "before the answer");
  await waiting.toldAre(10);
  assert.equal((await owner.act(room, "leave")).status, 204);
  assert.equal(await isLive(elsewhere), false);
  const later = new Visitors(elsewhere, 1);
  await owner.join(room, 3);
  await later.toldAre(1);
  stage.clock.move(LEASE_MS);
  await becomes(elsewhere, false);
});

Deno.test("R106: with two devices of the owner it ends with the last of them", async () => {
  await using stage = await Stage.open();
  const { owner, room } = await bound(stage);
  const second = await stage.at.register("olga");
  await owner.join(room, 3);
  await second.join(room, 3);
  await owner.act(room, "leave");
  assert.equal(await isLive(stage.at), true);
  await second.act(room, "leave");
  assert.equal(await isLive(stage.at), false);
});

Deno.test("R106: what is bound while the owner is in is live at once", async () => {
  await using stage = await Stage.open();
  const owner = await stage.at.register("olga");
  const room = await owner.create();
  await owner.join(room);
  const answer = await owner.call("PATCH", `/rooms/${room}`, { body: { conference: NAME } });
  assert.equal(answer.status, 200);
  assert.equal(await isLive(stage.at), true);
  const { body } = await owner.call("GET", `/rooms/${room}`);
  assert.equal(body.conference, name.key);
});

Deno.test("R107: a golive or an endlive in between wins", async () => {
  await using stage = await Stage.open();
  const { owner, room } = await bound(stage);
  await owner.join(room);
  await stage.at.queue.goLive(name);
  await owner.act(room, "leave");
  assert.equal(await isLive(stage.at), true, "the backend's live state stays");

  await stage.at.queue.endLive(name);
  await owner.join(room);
  assert.equal(await isLive(stage.at), true);
  await stage.at.queue.endLive(name);
  for (let i = 0; i < 3; i++) {
    stage.clock.move(200_000);
    assert.equal((await owner.act(room, "refresh")).status, 200);
    assert.equal(await isLive(stage.at), false, "a refresh does not bring it back");
  }
  await owner.act(room, "leave");
  await owner.join(room);
  assert.equal(await isLive(stage.at), true, "coming anew does");
});

Deno.test("refreshes of the owner prolong the live state", async () => {
  await using stage = await Stage.open();
  const { owner, room } = await bound(stage);
  await owner.join(room);
  for (let i = 0; i < 30; i++) {
    stage.clock.move(200_000);
    assert.equal((await owner.act(room, "refresh")).status, 200);
  }
  assert.equal(await isLive(stage.at), true, "after 100 minutes of a live state of one hour");
  await owner.act(room, "leave");
  assert.equal(await isLive(stage.at), false, "and it is still its own");
});

Deno.test("R108: occupied is live from the first to the last, never not at all", async () => {
  await using stage = await Stage.open();
  const { room } = await bound(stage, "occupied");
  const [one, two] = [stage.at.guest(), stage.at.guest()];
  await one.join(room, 3);
  assert.equal(await isLive(stage.at), true);
  await two.join(room, 3);
  await one.act(room, "leave");
  assert.equal(await isLive(stage.at), true);
  await two.act(room, "leave");
  assert.equal(await isLive(stage.at), false);

  await using other = await Stage.open();
  const never = await bound(other, "never");
  await never.owner.join(never.room);
  assert.equal(await isLive(other.at), false);
});

Deno.test("R108: unbinding, deleting and the end of a room end what it has set", async () => {
  await using stage = await Stage.open({ values: { ROOMS_EXTEND_TTL_HOURS: 1 } });
  for (const end of ["unbind", "delete", "expire"]) {
    const { owner, room } = await bound(stage);
    await owner.join(room);
    assert.equal(await isLive(stage.at), true, end);
    const path = `/rooms/${room}`;
    if (end === "unbind") await owner.call("PATCH", path, { body: { conference: null } });
    else if (end === "delete") await owner.call("DELETE", path);
    else stage.clock.move(11 * 3_600_000);
    await becomes(stage.at, false);
    await eventually("the conference is free", async () => {
      return (await stage.store.keys("rooms/loop/conference/", 1)).length === 0;
    });
  }
});

Deno.test("R109: who may bind, which names, and one room a conference", async () => {
  await using stage = await Stage.open({}, 2);
  const at = stage.at;
  const bind = async (token: string | undefined, conference: unknown) => {
    const device = await at.register(token);
    return await device.call("POST", "/rooms", { body: { ...ROOM, conference } });
  };
  for (const token of [undefined, "abel", "townhall", "elsewhere", "over", "system-other"]) {
    const other = token === "townhall" ? "[acme]other" : NAME;
    assert.deepEqual(errorOf(await bind(token, other)).slice(0, 2), [403, 999], token);
  }
  for (const wrong of ["a@b@c", "", 5, { name: NAME, live: "always" }, {}, []]) {
    const [status, errno] = errorOf(await bind("olga", wrong));
    assert.deepEqual([status, errno], [400, 107], JSON.stringify(wrong));
  }
  assert.equal((await bind("system", "[acme]by-system")).status, 201);
  assert.equal((await bind("townhall", NAME)).status, 201);
  const second = await bind("olga", NAME);
  assert.deepEqual(errorOf(second).slice(0, 2), [409, 999]);

  for (let i = 0; i < 20; i++) {
    const conference = `[acme]race-${i}`;
    const devices = await Promise.all(stage.isolates.map((isolate) => isolate.register("olga")));
    const answers = await Promise.all(devices.map((device) => {
      return device.call("POST", "/rooms", { body: { ...ROOM, conference } });
    }));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409]);
  }
});
