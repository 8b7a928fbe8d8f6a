import assert from "node:assert/strict";
import { credentialsOf } from "../../../src/doors/rooms/hawk/session_token.ts";
import { parseHawkHeader } from "../../../src/doors/rooms/hawk/header.ts";
import { macOf, payloadHash, timestampMac } from "../../../src/doors/rooms/hawk/mac.ts";
import { Device, errorOf } from "./client.ts";
import { BASE, Stage } from "./stage.ts";

const TOKEN = Array.from({ length: 32 }, (_, i) => i.toString(16).padStart(2, "0")).join("");

Deno.test("R84: a session token gives the id and the key that the shipped clients derive", () => {
  assert.deepEqual(credentialsOf(TOKEN), {
    id: "5fa7b1a9a3266f052b766e956f525b583607e777f264a5bb67b57ed5e34c2c5c",
    key: "4f05fbeb8c81b662f52d5c21595c1033a5126f3b7dabd872c4cfd8298254651c",
  });
});

Deno.test("the published example of Hawk has its MAC, its hash and its time", () => {
  const artifacts = {
    ts: "1353832234",
    nonce: "j4h3g2",
    method: "POST",
    resource: "/resource/1?b=1&a=2",
    host: "example.com",
    port: "8000",
    hash: "Yi9LfIIFRtBEPt74PVmbTF/xVAwPn7ub15ePICfgnuY=",
    ext: "some-app-ext-data",
  };
  const key = "werxhqb98rpaxn39848xrunpaw3489ruxnpa98w4rxn";
  assert.equal(payloadHash("Thank you for flying Hawk", "text/plain"), artifacts.hash);
  assert.equal(macOf("header", key, artifacts), "aSe1DERmZuRl3pI36/9BdZmnErTw3sNzOOAUlfeKjVw=");
  assert.match(timestampMac(1_353_832_234, key), /^[\w+/]{43}=$/);
});

Deno.test("R84: the key is the text of 64 characters, and not the octets that it stands for", async () => {
  await using stage = await Stage.open();
  const device = await stage.at.register();
  assert.equal((await device.call("GET", "/rooms")).status, 200);
  const octets = device.key.key.match(/../g)!.map((pair) =>
    String.fromCharCode(parseInt(pair, 16))
  );
  const wrong = new Device(stage.at, device.token, { key: octets.join("") });
  assert.deepEqual(errorOf(await wrong.call("GET", "/rooms")), [401, 110, "Bad mac"]);
});

Deno.test("R85: the reference client accepts the answers of every status, and no changed octet", async () => {
  await using stage = await Stage.open();
  const [owner, other] = [await stage.at.register(), await stage.at.register()];
  const room = await owner.create();
  await owner.join(room);
  const answers = [
    await owner.call("GET", "/rooms"),
    await owner.call("POST", "/rooms", { body: { roomOwner: "O", roomName: "x", maxSize: 2 } }),
    await owner.status(room),
    await owner.call("POST", "/rooms", { body: {} }),
    await other.call("GET", `/rooms/${room}`),
    await other.call("GET", "/rooms/AAAAAAAAAAA"),
    await owner.act("AAAAAAAAAAA", "leave"),
  ];
  // Each was checked when it came.
  assert.deepEqual(answers.map(({ status }) => status), [200, 201, 204, 400, 403, 404, 404]);
  const { artifacts, header } = owner.sign("GET", "/rooms");
  const answer = await stage.at.request("GET", "/rooms", { headers: { authorization: header } });
  owner.verify(answer, artifacts);
  assert.throws(() =>
    owner.verify({ ...answer, text: answer.text.replace("UX", "ux") }, artifacts)
  );
});

Deno.test("R86: what is not signed with the key of a session, as it was sent, is refused", async () => {
  await using stage = await Stage.open();
  const device = await stage.at.register();
  const { header } = device.sign("GET", "/rooms");
  const send = (method: string, path: string, authorization: string) => {
    return stage.at.request(method, path, { headers: { authorization } });
  };
  const unknown = new Device(stage.at, TOKEN);
  const answer = await unknown.call("GET", "/rooms");
  assert.deepEqual(errorOf(answer), [401, 110, "Unknown credentials"]);
  assert.equal(answer.headers.get("www-authenticate"), 'Hawk error="Unknown credentials"');
  const wrong = new Device(stage.at, device.token, { key: "0".repeat(64) });
  assert.deepEqual(errorOf(await wrong.call("GET", "/rooms")), [401, 110, "Bad mac"]);
  for (
    const [method, path] of [["DELETE", "/session"], ["GET", "/v0/rooms"], [
      "GET",
      "/rooms?version=1",
    ]]
  ) {
    const refused = await send(method!, path!, header);
    assert.deepEqual(errorOf(refused), [401, 110, "Bad mac"], path);
    assert.equal(refused.headers.get("www-authenticate"), 'Hawk error="Bad mac"');
    assert.equal(refused.headers.get("server-authorization"), null);
  }
  const elsewhere = device.sign("GET", "/rooms").header;
  const request = new Request("http://other.example/rooms", {
    headers: { authorization: elsewhere },
  });
  assert.equal((await stage.at.send(request)).status, 401);
});

Deno.test("R86: a header that cannot be read is 400", async () => {
  await using stage = await Stage.open();
  const headers = [
    "Hawk",
    'Hawk id="a"',
    'Hawk id="a", ts="1", nonce="n", mac="m", color="red"',
    'Hawk id="a", id="a", ts="1", nonce="n", mac="m"',
    `Hawk id="${"a".repeat(5_000)}", ts="1", nonce="n", mac="m"`,
    'Hawk id="a" ts="1"',
    'Hawk id="a", ts="soon", nonce="n", mac="m"',
  ];
  for (const authorization of headers) {
    const answer = await stage.at.request("GET", "/rooms", { headers: { authorization } });
    const [status, errno, text] = errorOf(answer);
    assert.deepEqual([status, errno], [400, 110], authorization.slice(0, 60));
    assert.equal(typeof text, "string");
  }
  assert.equal(typeof parseHawkHeader('Hawk id="a", ts="1", nonce="n", mac="m"'), "object");
});

Deno.test("R87: a clock that is off by a minute is told so, and corrects itself by that", async () => {
  await using stage = await Stage.open();
  const device = await stage.at.register();
  assert.equal((await device.call("GET", "/rooms", { ahead: 58_000 })).status, 200);
  assert.equal((await device.call("GET", "/rooms", { ahead: -58_000 })).status, 200);
  for (const ahead of [62_000, -62_000]) {
    const text = "";
    const { header, artifacts } = device.sign("GET", "/rooms", { ahead, text });
    const answer = await stage.at.request("GET", "/rooms", { headers: { authorization: header } });
    assert.deepEqual(errorOf(answer), [401, 110, "Stale timestamp"]);
    // Throws unless `tsm` proves `ts`.
    device.verify(answer, artifacts);
    const ts = /ts="(\d+)"/.exec(answer.headers.get("www-authenticate")!)![1]!;
    const corrected = Number(ts) * 1_000 - stage.clock.wall();
    assert.equal((await device.call("GET", "/rooms", { ahead: corrected })).status, 200);
  }
});

Deno.test("R88: a request that was taken is taken once, everywhere, also after a restart", async () => {
  await using stage = await Stage.open({}, 2);
  const device = await stage.at.register();
  const { header } = device.sign("GET", "/rooms");
  const headers = { authorization: header };
  const again = { ...headers, "x-again": "1" };
  assert.equal((await stage.at.request("GET", "/rooms", { headers })).status, 200);
  const restarted = await stage.add();
  for (const at of [stage.at, stage.isolates[1]!, restarted]) {
    const answer = await at.request("GET", "/rooms", { headers: again });
    assert.deepEqual(errorOf(answer), [401, 110, "Invalid nonce"]);
  }
});

Deno.test("R88: a request whose MAC is wrong does not use up its nonce", async () => {
  await using stage = await Stage.open();
  const device = await stage.at.register();
  const wrong = new Device(stage.at, device.token, { key: "0".repeat(64) });
  const nonce = "abcdef";
  assert.equal((await wrong.call("GET", "/rooms", { nonce })).status, 401);
  assert.equal((await device.call("GET", "/rooms", { nonce })).status, 200);
  assert.equal(
    (await device.call("GET", "/rooms", { nonce, ahead: 1_000 })).status,
    200,
    "of a ts",
  );
});

Deno.test("R89: a hash fits the body and its type, or was not sent", async () => {
  await using stage = await Stage.open();
  const device = await stage.at.register();
  const body = { roomOwner: "O", roomName: "x", maxSize: 2 };
  const call = (options: object) => device.call("POST", "/rooms", { body, ...options });
  assert.equal((await call({})).status, 201, "the charset does not matter");
  assert.equal((await call({ hashed: null })).status, 201);
  const wrong = await call({ hashed: "{}" });
  assert.deepEqual(errorOf(wrong), [401, 110, "Bad payload hash"]);
  const text = JSON.stringify(body);
  const { header } = device.sign("POST", "/rooms", { text, contentType: "text/plain" });
  const other = await stage.at.request("POST", "/rooms", {
    text,
    headers: { authorization: header },
  });
  assert.deepEqual(errorOf(other), [401, 110, "Bad payload hash"]);
});

Deno.test("R90: without a port in Host the MAC says which it was", async () => {
  await using stage = await Stage.open();
  const device = await stage.at.register();
  for (const base of ["https://rooms.example", "http://rooms.example", BASE]) {
    const target = Object.assign(Object.create(stage.at), { base });
    const through = new Device(target, device.token);
    const { header } = through.sign("GET", "/rooms");
    // What ends TLS passes the request on in the clear.
    const url = base.replace("https:", "http:");
    const host = url.replace("http://", "");
    const request = new Request(`${url}/rooms`, { headers: { authorization: header, host } });
    assert.equal((await stage.at.send(request)).status, 200, base);
  }
});
