/**
 * What mod_waiting_queue.lua says to the queue, in Debian's Prosody with real rooms.
 *
 * @module
 */

import assert from "node:assert/strict";
import { importSPKI, jwtVerify } from "jose";
import { eventually } from "../support/eventually.ts";
import { hasProsody, kitKeys, ProsodyServer } from "../support/prosody_server.ts";
import { RecordedQueue } from "../support/recorded_queue.ts";
import { clickGoLive, focusIn, roomOf, someoneIn } from "./rooms.ts";

const ROOM = roomOf("townhall");
const [END, LIVE] = [`/endlive ${ROOM}`, `/golive ${ROOM}`];

function test(name: string, run: () => Promise<void>): void {
  if (hasProsody()) Deno.test(name, run);
}

test("the queue follows the room: new, live, clicked again, not live, live again, gone", async () => {
  await using queue = new RecordedQueue();
  await using prosody = await ProsodyServer.start(queue.url);
  const focus = await focusIn(prosody, ROOM);
  await queue.heard(1);
  const moderator = await someoneIn(prosody, ROOM, "moderator");
  clickGoLive(moderator, ROOM);
  await queue.heard(2);
  clickGoLive(moderator, ROOM);
  await queue.heard(3);
  moderator.setMetadata(ROOM, "visitors", { live: false });
  await queue.heard(4);
  clickGoLive(moderator, ROOM);
  await queue.heard(5);
  await moderator[Symbol.asyncDispose]();
  await focus[Symbol.asyncDispose]();
  await queue.heard(6);
  assert.deepEqual(queue.words, [END, LIVE, LIVE, END, LIVE, END]);
});

test("a second meeting of the name has a queue again, whatever the first one left behind", async () => {
  await using queue = new RecordedQueue();
  await using prosody = await ProsodyServer.start(queue.url);
  for (const count of [3, 6]) {
    const focus = await focusIn(prosody, ROOM);
    const moderator = await someoneIn(prosody, ROOM, "moderator");
    clickGoLive(moderator, ROOM);
    await queue.heard(count - 1);
    await moderator[Symbol.asyncDispose]();
    await focus[Symbol.asyncDispose]();
    await queue.heard(count);
  }
  assert.deepEqual(queue.words, [END, LIVE, END, END, LIVE, END]);
});

test("nobody goes live before a participant is there", async () => {
  await using queue = new RecordedQueue();
  const options = 'waiting_queue_rooms = { "^webinar" }';
  await using prosody = await ProsodyServer.start(queue.url, { options });
  await using _focus = await focusIn(prosody, ROOM);
  await using other = await someoneIn(prosody, roomOf("other"), "guest");
  await queue.heard(1);
  await using _guest = await someoneIn(prosody, ROOM, "guest");
  await queue.heard(2);
  assert.deepEqual(queue.words, [`/golive ${roomOf("other")}`, LIVE]);
  await other.leave(roomOf("other"), "guest");
});

for (const asksAlways of [true, false]) {
  const component = asksAlways ? "as shipped" : "that does not ask about moderators";
  test(`"Go live" keeps who was promoted and what visitors read (a component ${component})`, async () => {
    await using queue = new RecordedQueue();
    await using prosody = await ProsodyServer.start(queue.url, { asksAlways });
    await using _focus = await focusIn(prosody, ROOM);
    await using moderator = await someoneIn(prosody, ROOM, "moderator");
    await using _promoted = await someoneIn(prosody, ROOM, "promoted");
    await moderator.metadata(({ visitors }) => visitors?.promoted !== undefined);
    const kept = {
      promoted: { promoted: true },
      transcribingLanguages: "en,fr",
      transcribingCount: 2,
    };
    for (const live of [true, false, true]) {
      moderator.setMetadata(ROOM, "visitors", { live });
      const { visitors } = await moderator.metadata(({ visitors }) =>
        visitors?.live === live && visitors.promoted !== undefined
      );
      assert.deepEqual(visitors, { live, ...kept });
    }
  });
}

test("who is no moderator changes nothing, and neither does what is no object", async () => {
  await using queue = new RecordedQueue();
  await using prosody = await ProsodyServer.start(queue.url);
  await using _focus = await focusIn(prosody, ROOM);
  await using moderator = await someoneIn(prosody, ROOM, "moderator");
  await using guest = await someoneIn(prosody, ROOM, "guest");
  clickGoLive(guest, ROOM);
  moderator.setMetadata(ROOM, "visitors", "live");
  // Answered in order: when this has come round, the others had their chance.
  guest.setMetadata(ROOM, "visitors", { live: true });
  moderator.setMetadata(ROOM, "visitors", { live: false, note: "mark" });
  const { visitors } = await moderator.metadata(({ visitors }) => visitors?.note === "mark");
  assert.deepEqual(visitors, { live: false, note: "mark" });
  await queue.heard(1);
  assert.deepEqual(queue.words, [END]);
});

test("rooms by the token of the first participant: with the feature a queue, without it none", async () => {
  await using queue = new RecordedQueue();
  const options = "waiting_queue_by_token = true";
  await using prosody = await ProsodyServer.start(queue.url, { options });
  const [withQueue, without] = [roomOf("with"), roomOf("without")];
  // Jicofo makes each, so that nothing is known before a participant comes.
  await using _one = await focusIn(prosody, withQueue);
  await using _two = await focusIn(prosody, without);
  await queue.heard(2);
  await using first = await someoneIn(prosody, withQueue, "moderator", "queue-tab");
  await using second = await someoneIn(prosody, without, "moderator");
  await second.metadata(({ visitors }) => visitors?.live === true);
  await queue.heard(3);
  clickGoLive(first, withQueue);
  await queue.heard(4);
  assert.deepEqual(
    queue.words.toSorted(),
    [
      `/endlive ${withQueue}`,
      `/endlive ${without}`,
      `/golive ${without}`,
      `/golive ${withQueue}`,
    ].toSorted(),
  );
});

test("a refusal is tried again until it is a 200, and the last word is the one that counts", async () => {
  await using queue = new RecordedQueue();
  await using prosody = await ProsodyServer.start(queue.url);
  await using _focus = await focusIn(prosody, ROOM);
  await queue.heard(1);
  await using moderator = await someoneIn(prosody, ROOM, "moderator");
  const statuses = [401, 503, 202];
  queue.answer = () => statuses.shift() ?? 200;
  clickGoLive(moderator, ROOM);
  await queue.heard(5);
  assert.deepEqual(queue.words, [END, `${LIVE} 401`, `${LIVE} 503`, `${LIVE} 202`, LIVE]);
  // The queue holds a go-live, and meanwhile the room is not live any more.
  const held = Promise.withResolvers<number>();
  const came = Promise.withResolvers<void>();
  queue.answer = (path) => path === "/golive" ? (came.resolve(), held.promise) : 200;
  clickGoLive(moderator, ROOM);
  await came.promise;
  moderator.setMetadata(ROOM, "visitors", { live: false });
  await moderator.metadata(({ visitors }) => visitors?.live === false);
  held.resolve(200);
  await queue.heard(7);
  assert.deepEqual(queue.words.slice(5), [LIVE, END]);
});

test("when its last moderator has left, a room is not live any more, if it is set so", async () => {
  await using queue = new RecordedQueue();
  const options = "waiting_queue_end_without_moderator = 0.05";
  await using prosody = await ProsodyServer.start(queue.url, { options });
  await using _focus = await focusIn(prosody, ROOM);
  await queue.heard(1);
  await using guest = await someoneIn(prosody, ROOM, "guest");
  await using first = await someoneIn(prosody, ROOM, "moderator-1");
  await using second = await someoneIn(prosody, ROOM, "moderator-2");
  clickGoLive(first, ROOM);
  await guest.metadata(({ visitors }) => visitors?.live === true);
  await first.leave(ROOM, "moderator-1");
  await queue.heard(2);
  await second.leave(ROOM, "moderator-2");
  await guest.metadata(({ visitors }) => visitors?.live === false);
  await queue.heard(3);
  assert.deepEqual(queue.words, [END, LIVE, END]);
});

test("a go-live is said again while the room is live, so that the queue does not forget it", async () => {
  await using queue = new RecordedQueue();
  const options = "waiting_queue_refresh = 0.1";
  await using prosody = await ProsodyServer.start(queue.url, { options });
  await using _focus = await focusIn(prosody, ROOM);
  await queue.heard(1);
  await using moderator = await someoneIn(prosody, ROOM, "moderator");
  clickGoLive(moderator, ROOM);
  await queue.heard(4);
  moderator.setMetadata(ROOM, "visitors", { live: false });
  const ended = () => queue.words.indexOf(END, 1) > 0;
  while (!ended()) await queue.heard(queue.told.length + 1);
  assert.deepEqual(new Set(queue.words.slice(1, -1)), new Set([LIVE]));
});

test("a tenant's room has the name that its visitors know", async () => {
  await using queue = new RecordedQueue();
  await using prosody = await ProsodyServer.start(queue.url);
  await using _focus = await focusIn(prosody, roomOf("[acme]townhall"));
  await queue.heard(1);
  assert.deepEqual(queue.words, ["/endlive townhall@conference.acme.meet.example"]);
});

test("tokens are RS256 with the key, the id, the issuer and the audience that are set", async () => {
  await using queue = new RecordedQueue();
  await using prosody = await ProsodyServer.start(queue.url);
  await using _focus = await focusIn(prosody, ROOM);
  await queue.heard(1);
  const { publicKeys } = await kitKeys();
  const key = await importSPKI(await Deno.readTextFile(`${publicKeys}/prosody.pem`), "RS256");
  const [, token] = queue.told[0]!.authorization.split("Bearer ");
  const { payload, protectedHeader } = await jwtVerify(token!, key, {
    issuer: "jitsi",
    audience: "jitsi",
    algorithms: ["RS256"],
  });
  assert.equal(protectedHeader.kid, "prosody");
  assert.equal(payload.exp! - payload.iat!, 300);
});

test("without its key Prosody goes on, says what is missing, and tells it when the key is there", async () => {
  await using queue = new RecordedQueue();
  const folder = await Deno.makeTempDir();
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => Deno.remove(folder, { recursive: true }));
  const path = `${folder}/late.key`;
  await using prosody = await ProsodyServer.start(queue.url, {
    options: `asap_key_path = "${path}"`,
  });
  await using _focus = await focusIn(prosody, ROOM);
  await using _moderator = await someoneIn(prosody, ROOM, "moderator");
  await eventually(
    "the log says it",
    async () => /no token: .*late\.key/.test(await prosody.log()),
  );
  await Deno.copyFile((await kitKeys()).privateKey, path);
  await queue.heard(1);
  assert.deepEqual(queue.words, [END]);
});
