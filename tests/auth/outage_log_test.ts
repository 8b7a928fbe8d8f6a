import assert from "node:assert/strict";
import { ERROR_COOLDOWN_MS } from "../../src/auth/key_document.ts";
import { LogLines } from "../support/log_lines.ts";
import { KeyServer, status } from "./key_server.ts";
import { setup, signer, verdict, visitorClaims } from "./support.ts";

Deno.test("a key set that cannot be had is told once, and its end with how many were refused", async () => {
  using log = new LogLines();
  await using server = new KeyServer();
  const key = signer();
  server.on("/jwks", status(503));
  await using s = setup({ client: { jwksUrl: `${server.url}/jwks` } });
  const token = await key.sign(visitorClaims(s.now), { kid: "k" });
  for (let i = 0; i < 3; i++) {
    assert.equal(await verdict(s.auth, token), "key_unavailable");
    await s.clock.advance(ERROR_COOLDOWN_MS);
  }
  assert.equal(log.lines.length, 1, log.said.join("\n"));
  assert.match(
    log.said[0]!,
    /^warning: Cannot get keys from the key set at .*\/jwks: .*status 503/,
  );
  server.on("/jwks", JSON.stringify({ keys: [{ ...key.jwk, kid: "k" }] }));
  assert.equal(await verdict(s.auth, token), "accepted");
  assert.equal(log.lines.length, 2);
  assert.match(
    log.said[1]!,
    /^info: Keys come from .* again, after 9 s in which 3 tokens were ref/,
  );
});

Deno.test("of each ASAP key server an outage is told, and one key that is none is no outage", async () => {
  using log = new LogLines();
  await using good = new KeyServer();
  await using bad = new KeyServer();
  const key = signer();
  good.has("a/k", key.pem);
  good.has("a/none", "no key");
  bad.has("b/k", status(500));
  await using s = setup({
    client: { asapMappings: [{ kid: "b/", baseUrl: bad.url }], asapKeyServer: good.url },
  });
  const judged = async (sub: string, kid: string) =>
    await verdict(s.auth, await key.sign(visitorClaims(s.now, { sub }), { kid }));
  assert.equal(await judged("a", "a/none"), "key_unavailable");
  assert.equal(await judged("a", "a/k"), "accepted");
  assert.equal(log.lines.length, 0, log.said.join("\n"));
  assert.equal(await judged("b", "b/k"), "key_unavailable");
  assert.equal(await judged("b", "b/k"), "key_unavailable");
  assert.equal(log.lines.length, 1, log.said.join("\n"));
  assert.ok(
    log.said[0]!.startsWith(`warning: Cannot get keys from the ASAP key server ${bad.url}:`),
  );
  await s.clock.advance(ERROR_COOLDOWN_MS);
  bad.has("b/k", key.pem);
  assert.equal(await judged("b", "b/k"), "accepted");
  assert.match(log.said[1]!, /2 tokens were refused/);
});

Deno.test("a server that comes and goes does not fill the log", async () => {
  using log = new LogLines();
  await using server = new KeyServer();
  const key = signer();
  await using s = setup({ client: { asapKeyServer: server.url } });
  for (let i = 0; i < 10; i++) {
    const [works, fails] = [`a/w${i}`, `a/f${i}`];
    server.has(works, key.pem);
    server.has(fails, status(500));
    for (const kid of [fails, works]) {
      await verdict(s.auth, await key.sign(visitorClaims(s.now, { sub: "a" }), { kid }));
    }
    await s.clock.advance(ERROR_COOLDOWN_MS);
  }
  assert.equal(log.lines.length, 2, log.said.join("\n"));
});
