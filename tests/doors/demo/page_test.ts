import assert from "node:assert/strict";
import { duration, wholeSeconds } from "../../../src/doors/demo/page/format.js";
import { frameOf, gist, readable, shortened } from "../../../src/doors/demo/page/frame.js";
import { History } from "../../../src/doors/demo/page/history.js";
import { Release } from "../../../src/doors/demo/page/release.js";
import { friendlyName, roomName } from "../../../src/doors/demo/page/room.js";

const TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJyb29tIjoiYSJ9.c2lnbmF0dXJl-_Zz";

Deno.test("a frame is read with its first headers and its body", () => {
  const text = 'MESSAGE\nsubscription:s\nsubscription:t\na:b:c\n\n{"status":"live"}\n\n\0\n';
  assert.deepEqual(frameOf(text), {
    command: "MESSAGE",
    headers: { subscription: "s", a: "b:c" },
    body: '{"status":"live"}\n\n',
  });
  assert.deepEqual(frameOf("RECEIPT\r\nreceipt-id:r\r\n\r\n\0").headers, { "receipt-id": "r" });
});

Deno.test("line ends alone are a heart-beat, and text that is no frame is shown as it is", () => {
  assert.equal(frameOf("\n").command, "beat");
  assert.equal(frameOf("\r\n\n").command, "beat");
  assert.deepEqual(frameOf("GARBAGE"), { command: "GARBAGE", headers: {}, body: "" });
});

Deno.test("the gist of a frame is the part that one looks for", () => {
  const gistOf = (text: string) => gist(frameOf(text));
  assert.equal(gistOf("SUBSCRIBE\nid:s\ndestination:/a\n\n\0"), "/a");
  assert.equal(gistOf("ERROR\nmessage:refused\n\nmore\0"), "refused");
  assert.equal(gistOf("MESSAGE\nx:y\n\n{}\0"), "{}");
});

Deno.test("a token is cut short wherever it stands, and no other text is", () => {
  const shown = shortened(`Authorization:Bearer ${TOKEN}\nhost:a`);
  assert.equal(shown, "Authorization:Bearer eyJhbGci…-_Zz\nhost:a");
  assert.equal(shortened(`"${TOKEN}" ${TOKEN}.`), `"eyJhbGci…-_Zz" eyJhbGci…-_Zz.`);
  assert.equal(shortened("room@conference.demo 1.2,1.1,1.0"), "room@conference.demo 1.2,1.1,1.0");
  assert.equal(readable("SEND\n\nx\0\n"), "SEND\n\nx␀");
});

Deno.test("a release knows each visitor's place by arrival, not by when it was told", () => {
  const release = new Release(1_000, [7, 3]);
  release.add({ number: 3, arrivedAt: 20, toldAt: 1_000 });
  release.add({ number: 7, arrivedAt: 10, toldAt: 1_100 });
  release.add({ number: 9, arrivedAt: 1_050, toldAt: 1_200 });
  assert.deepEqual(release.told.map(({ rank, after }) => [rank, after]), [[2, 0], [1, 100], [
    3,
    200,
  ]]);
  assert.equal(release.rate, 10);
  assert.deepEqual(release.overtaken, { count: 1, byMs: 10 });
});

Deno.test("who comes when the release is over is counted, not drawn", () => {
  const release = new Release(0, [1]);
  release.add({ number: 1, arrivedAt: -5, toldAt: 10 });
  release.add({ number: 2, arrivedAt: 59_000, toldAt: 60_000 });
  assert.equal(release.told.length, 1);
  assert.equal(release.onArrival, 1);
  assert.equal(release.rate, undefined);
});

Deno.test("a count holds until the next, also from before the time that is shown", () => {
  const history = new History();
  history.add({ at: 10, count: 1 });
  history.add({ at: 20, count: 5 });
  history.add({ at: 40, count: 2 });
  assert.deepEqual(history.between(30, 50), [{ at: 30, count: 5 }, { at: 40, count: 2 }]);
  assert.deepEqual(history.between(0, 15), [{ at: 10, count: 1 }]);
  assert.equal(history.at(25), 5);
  assert.equal(history.since, 10);
});

Deno.test("while nothing is heard no count holds, and the history stays bounded", () => {
  const history = new History();
  history.add({ at: 10, count: 1 });
  for (let at = 20; at < 5_000; at++) history.add({ at, count: undefined });
  assert.equal(history.since, 10);
  assert.equal(history.at(100), undefined);
  for (let at = 5_000; at < 10_000; at++) history.add({ at, count: at });
  assert.ok(history.between(0, 10_000).length <= 600);
});

Deno.test("what the demo makes of a name is a name that its server takes", () => {
  const rule = /^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/;
  const names = ["Calm Otter", " a ", "x@conference.demo", "Räume/Nord?", `-${"ab.".repeat(40)}`];
  for (const name of [...names, friendlyName()]) assert.match(roomName(name), rule, name);
  for (const name of ["", "---", "日本", "@x"]) assert.equal(roomName(name), "");
});

Deno.test("times are as exact as they are of use", () => {
  const times = [0, 340, 1_234, 41_000, 125_000, 3_725_000];
  assert.deepEqual(times.map(duration), [
    "0.00 s",
    "0.34 s",
    "1.2 s",
    "41 s",
    "2 min 05 s",
    "1 h 02 min",
  ]);
  assert.equal(wholeSeconds(3_900), "3 s");
});
