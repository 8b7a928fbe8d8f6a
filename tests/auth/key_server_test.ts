import assert from "node:assert/strict";
import { SELF_SIGNED } from "./self_signed.ts";
import { type Answer, KeyServer, never, status, unfinished } from "./key_server.ts";
import {
  asapPath,
  hs256,
  refusal,
  SECRET,
  setup,
  signer,
  verdict,
  visitorClaims,
} from "./support.ts";

const key = signer();

/** What a client token says when the key server answers like this, and how it is refused. */
async function judged(answer: Answer | string): Promise<string> {
  await using server = new KeyServer();
  server.has("k", answer);
  await using s = setup({ client: { asapKeyServer: server.url } });
  return await verdict(s.auth, await key.sign(visitorClaims(s.now), { kid: "k" }));
}

Deno.test("the key of a kid is the file named for its SHA-256", async () => {
  await using server = new KeyServer();
  const kid = "vpaas-magic-cookie-1fc542a3e4414a44b2611668195e2bfe/4f4910";
  server.has(kid, key.pem);
  await using s = setup({ client: { asapKeyServer: `${server.url}/` } });
  const claims = visitorClaims(s.now, { sub: kid.split("/")[0] });
  assert.equal(await verdict(s.auth, await key.sign(claims, { kid })), "accepted");
  assert.deepEqual(server.requests, [asapPath(kid)]);
});

Deno.test("J07: a kid that is no name is refused before any request", async () => {
  await using server = new KeyServer();
  await using s = setup({ client: { asapKeyServer: server.url } });
  const kids = [
    "../../x",
    "a/../b",
    "..",
    ".",
    "../x",
    "a/..",
    "a/.",
    "%2e%2e",
    "a%2fb",
    "a/b/c",
    "/a",
    "a/",
    "a\0",
    "a\n",
    "a b",
    " a",
    "é",
    "a\\b",
    "a?b",
    "a#b",
    "a:b",
    "http://evil/",
    "a@b",
    undefined,
  ];
  for (const kid of kids) {
    const sub = kid?.split("/")[0] || "tenanta";
    const token = await key.sign(visitorClaims(s.now, { sub }), { kid });
    assert.equal(await verdict(s.auth, token), "malformed", JSON.stringify(kid));
  }
  assert.deepEqual(server.requests, []);
});

Deno.test("J38: a key server that is down", async () => {
  const server = new KeyServer();
  const { url } = server;
  await server[Symbol.asyncDispose]();
  await using s = setup({ client: { asapKeyServer: url } });
  const token = await key.sign(visitorClaims(s.now), { kid: "k" });
  assert.equal(await verdict(s.auth, token), "key_unavailable");
});

Deno.test("J38: a key server that is slow or hangs after the headers is left before 5 s", async () => {
  for (const answer of [never, unfinished]) {
    await using server = new KeyServer();
    server.has("k", answer);
    await using s = setup({ client: { asapKeyServer: server.url } });
    const token = await key.sign(visitorClaims(s.now), { kid: "k" });
    const arrived = server.next();
    const judging = refusal(s.auth, token);
    await arrived;
    await s.clock.advance(4_499);
    assert.equal(await Promise.race([judging, Promise.resolve("waiting")]), "waiting");
    await s.clock.advance(1);
    assert.equal((await judging)?.code, "key_unavailable");
  }
});

Deno.test("J38: while a key server hangs, tokens of other tenants and the event loop go on", async () => {
  await using hanging = new KeyServer();
  await using other = new KeyServer();
  hanging.has("bad", never);
  other.has("good", key.pem);
  await using s = setup({
    client: {
      secret: SECRET,
      asapMappings: [{ kid: "^bad", baseUrl: hanging.url }, { kid: "^good", baseUrl: other.url }],
    },
  });
  const arrived = hanging.next();
  const judging = refusal(s.auth, await key.sign(visitorClaims(s.now), { kid: "bad" }));
  await arrived;
  const good = await key.sign(visitorClaims(s.now), { kid: "good" });
  assert.equal(await verdict(s.auth, good), "accepted");
  assert.equal(await verdict(s.auth, hs256(visitorClaims(s.now))), "accepted");
  await s.clock.advance(5_000);
  assert.equal((await judging)?.code, "key_unavailable");
});

Deno.test("J38: two groups with servers that hang take 5 s together", async () => {
  await using server = new KeyServer();
  server.has("k", never);
  await using s = setup({
    client: { jwksUrl: `${server.url}/jwks`, asapKeyServer: server.url },
    system: { asapKeyServer: `${server.url}/` },
  });
  server.on("/jwks", never);
  const claims = visitorClaims(s.now, { iss: "jitsi", context: undefined });
  const arrived = server.next();
  const judging = refusal(s.auth, await key.sign(claims, { kid: "k" }));
  await arrived;
  await s.clock.advance(5_001);
  assert.equal((await judging)?.code, "key_unavailable");
});

Deno.test("J38: a redirect is not followed", async () => {
  await using target = new KeyServer();
  target.on("/", key.pem);
  for (const code of [301, 302, 303, 307, 308]) {
    assert.equal(await judged(status(code, { location: `${target.url}/` })), "key_unavailable");
  }
  assert.deepEqual(target.requests, []);
});

Deno.test("J38: errors, pages and other types are no keys", async () => {
  const typed = (body: string, type: string): Answer => () =>
    new Response(body, { headers: { "content-type": type } });
  const answers: (Answer | string)[] = [
    status(500),
    status(503),
    status(403),
    status(206),
    () => new Response(null, { status: 204 }),
    "",
    " ",
    "<html>not a key</html>",
    `<pre>${key.pem}</pre>`,
    `${key.pem}\n${key.pem}`,
    `x${key.pem}`,
    "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
    "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----",
    typed(key.pem, "text/html; charset=utf-8"),
    typed(key.pem, "image/png"),
    () => new Response(new Uint8Array([0xff, 0xfe, 0x00])),
  ];
  for (const answer of answers) assert.equal(await judged(answer), "key_unavailable");
  for (const type of ["text/plain", "application/octet-stream", "application/x-pem-file", ""]) {
    assert.equal(await judged(typed(key.pem, type)), "accepted", type);
  }
  assert.equal(await judged(status(404)), "unknown_key");
  assert.equal(await judged(status(410)), "unknown_key");
});

Deno.test("J38: an answer of more than 64 KiB is not read on", async () => {
  let sent = 0;
  const endless: Answer = () =>
    new Response(
      new ReadableStream({
        pull(controller) {
          sent += 65_536;
          controller.enqueue(new Uint8Array(65_536).fill(0x41));
        },
      }),
    );
  assert.equal(await judged(endless), "key_unavailable");
  assert.ok(sent < 100 * 1024 * 1024, `${sent} octets were taken`);
  assert.equal(await judged(key.pem + " ".repeat(65_536 - key.pem.length)), "accepted");
  assert.equal(await judged(key.pem + " ".repeat(65_537 - key.pem.length)), "key_unavailable");
});

Deno.test("J38: a packed answer is not unpacked, be it a bomb or a key", async () => {
  const packed = (content: BlobPart): Answer => () =>
    new Response(new Blob([content]).stream().pipeThrough(new CompressionStream("gzip")), {
      headers: { "content-encoding": "gzip" },
    });
  assert.equal(await judged(packed(new Uint8Array(8 * 1024 * 1024))), "key_unavailable");
  assert.equal(await judged(packed(key.pem)), "key_unavailable");
});

Deno.test("J38: private, weak and foreign keys are refused", async () => {
  const refused: [string, RegExp][] = [
    [key.privatePem, /private key/],
    [signer("rsa1024").pem, /RSA key of 1024 bits/],
    [signer("p384").pem, /P-256 is taken/],
    [signer("rsapss").pem, /RSA, P-256 and Ed25519 are taken/],
    ["-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", /certificate/],
  ];
  for (const [pem, reason] of refused) {
    await using server = new KeyServer();
    server.has("k", pem);
    await using s = setup({ client: { asapKeyServer: server.url } });
    const error = await refusal(s.auth, await key.sign(visitorClaims(s.now), { kid: "k" }));
    assert.equal(error?.code, "key_unavailable");
    assert.match(error.message, reason);
    assert.ok(!error.message.includes("-----"), "a message shows no key");
  }
});

Deno.test("J38: a key server with a self-signed certificate is not talked to", async () => {
  await using server = new KeyServer(SELF_SIGNED);
  server.has("k", key.pem);
  await using s = setup({ client: { asapKeyServer: server.url } });
  const error = await refusal(s.auth, await key.sign(visitorClaims(s.now), { kid: "k" }));
  assert.equal(error?.code, "key_unavailable");
  assert.match(error.message, /certificate/);
  assert.deepEqual(server.requests, []);
});

Deno.test("of several mappings the first whose kid matches is used, and then the plain key server", async () => {
  await using first = new KeyServer();
  await using second = new KeyServer();
  await using plain = new KeyServer();
  const kids = ["vpaas-magic-cookie-1/k", "vpaas-x/k", "other"];
  for (const kid of kids) for (const server of [first, second, plain]) server.has(kid, key.pem);
  await using s = setup({
    client: {
      asapMappings: [
        { kid: "^vpaas-magic-cookie-.*/", baseUrl: first.url },
        { kid: "^vpaas-", baseUrl: second.url },
      ],
      asapKeyServer: plain.url,
    },
  });
  for (const kid of kids) {
    const claims = visitorClaims(s.now, { sub: kid.split("/")[0] });
    assert.equal(await verdict(s.auth, await key.sign(claims, { kid })), "accepted", kid);
  }
  assert.deepEqual(
    [first, second, plain].map((server) => server.requests.length),
    [1, 1, 1],
  );
});

Deno.test("a kid that no mapping matches is unknown, without a request", async () => {
  await using server = new KeyServer();
  await using s = setup({ client: { asapMappings: [{ kid: "^a", baseUrl: server.url }] } });
  const token = await key.sign(visitorClaims(s.now), { kid: "b" });
  assert.equal(await verdict(s.auth, token), "unknown_key");
  assert.deepEqual(server.requests, []);
});

Deno.test("what is under way at a key server ends with the authenticator", async () => {
  await using server = new KeyServer();
  server.has("k", never);
  const s = setup({ client: { asapKeyServer: server.url } });
  const arrived = server.next();
  const judging = verdict(s.auth, await key.sign(visitorClaims(s.now), { kid: "k" }));
  await arrived;
  await s[Symbol.asyncDispose]();
  assert.equal(await judging, "key_unavailable");
  assert.equal(s.clock.timers, 0);
});
