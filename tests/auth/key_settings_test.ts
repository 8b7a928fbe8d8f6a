import assert from "node:assert/strict";
import { type KeySettings, keySourcesFrom, sharedKeys } from "../../src/auth/key_settings.ts";
import { KeyServer, status } from "./key_server.ts";
import { signer } from "./support.ts";
import { keyDoubts } from "../../src/auth/key_examination.ts";

const key = signer();
const SECRET = "a-secret-of-thirty-two-octets-00";

function kinds(settings: KeySettings): string[] {
  return keySourcesFrom(settings).map((source) => source.kind);
}

Deno.test("every key setting that is set gives a source, those without a network first", () => {
  const all = {
    asapKeyServer: "https://keys.example/asap",
    jwksUrl: "https://keys.example/jwks",
    publicKey: key.pem,
    secret: SECRET,
  };
  assert.deepEqual(kinds(all), ["secret", "pem", "jwks", "asap"]);
  const mapped = { asapMappings: [{ kid: "^a/", baseUrl: "https://a.example" }] };
  assert.deepEqual(kinds(mapped), ["asap"]);
  assert.deepEqual(kinds({ secret: "", publicKey: "", jwksUrl: "", asapKeyServer: "" }), []);
  assert.deepEqual(kinds({ secret: undefined, asapMappings: [] }), []);
});

Deno.test("the algorithms belong to the source", () => {
  const [secret, pem] = keySourcesFrom({ secret: SECRET, publicKey: key.pem });
  assert.deepEqual(secret?.algorithms, ["HS256"]);
  assert.ok(pem?.algorithms.every((algorithm) => ["RS256", "ES256", "EdDSA"].includes(algorithm)));
});

Deno.test("J38: a public key that cannot be used is refused at start, with the reason", () => {
  const refused: [string, RegExp][] = [
    [key.privatePem, /it is a private key, which .*; give the public key of the pair: openssl/],
    [signer("rsa1024").pem, /RSA key of 1024 bits; 2048 to 4096/],
    [signer("p384").pem, /P-256 is taken/],
    ["-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", /cannot be decoded/],
    [
      "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
      /it is a certificate; .*openssl x509 -in cert\.pem -pubkey -noout/,
    ],
    ["-----BEGIN SOMETHING-----", /not a public key in PEM form/],
    ["/no/such/file.pem", /the public key in \/no\/such\/file\.pem cannot be used/],
  ];
  for (const [publicKey, message] of refused) {
    assert.throws(() => keySourcesFrom({ publicKey }), { name: "KeySettingError", message });
  }
});

Deno.test("an address that is no web address is refused at start", () => {
  for (
    const url of ["keys.example", "ftp://keys.example", "file:///etc", "https://u:p@keys.example"]
  ) {
    const error = { name: "KeySettingError", message: /key server's address/ };
    assert.throws(() => keySourcesFrom({ jwksUrl: url }), error, url);
    assert.throws(() => keySourcesFrom({ asapKeyServer: url }), error, url);
    assert.throws(
      () => keySourcesFrom({ asapMappings: [{ kid: "a/", baseUrl: url }] }),
      error,
      url,
    );
  }
  assert.throws(() => keySourcesFrom({ asapKeyServer: "https://keys.example/?a=b" }), /have a \?/);
});

Deno.test("a mapping whose kid is no regular expression is refused at start", () => {
  const asapMappings = [{ kid: "(", baseUrl: "https://keys.example" }];
  assert.throws(() => keySourcesFrom({ asapMappings }), /"\(" is neither a prefix nor a pattern/);
});

Deno.test("a short secret works, with a doubt that does not show it", () => {
  const [short] = keySourcesFrom({ secret: "tiny-one" });
  const doubts = keyDoubts({ secret: "tiny-one" });
  assert.deepEqual(doubts.map(({ code, part }) => [code, part]), [["short_secret", "secret"]]);
  for (const shown of [JSON.stringify(short), short!.label, JSON.stringify(doubts)]) {
    assert.ok(!shown.includes("tiny-one"), shown);
  }
  assert.deepEqual(keyDoubts({ secret: SECRET }), []);
});

Deno.test("a secret in quotes is doubtful: the other side has it without them", () => {
  for (const secret of [`"${SECRET}"`, `'${SECRET}'`]) {
    const doubts = keyDoubts({ secret });
    assert.deepEqual(doubts.map(({ code }) => code), ["quoted_secret"]);
    assert.ok(!JSON.stringify(doubts).includes(SECRET));
  }
  assert.deepEqual(keyDoubts({ secret: `"${SECRET}` }), []);
});

Deno.test("J04: a key in both groups is found, however it is written", async () => {
  const path = await Deno.makeTempFile();
  await Deno.writeTextFile(path, key.pem);
  const same: [KeySettings, KeySettings][] = [
    [{ secret: SECRET }, { secret: SECRET }],
    [{ publicKey: key.pem }, { publicKey: key.pem.replaceAll("\n", "\\n") }],
    [{ publicKey: key.pem }, { publicKey: path }],
    [{ jwksUrl: "https://keys.example/jwks" }, { jwksUrl: "HTTPS://KEYS.example:443/jwks#x" }],
    [{ asapKeyServer: "https://keys.example/a/" }, { asapKeyServer: "https://keys.example/a" }],
    [
      { asapMappings: [{ kid: "^a", baseUrl: "https://keys.example" }] },
      { asapKeyServer: "https://keys.example/" },
    ],
  ];
  for (const [client, system] of same) {
    assert.equal(sharedKeys(client, system).length, 1);
  }
  await Deno.remove(path);
  const apart = { secret: "another-secret-of-32-octets-0000", publicKey: signer().pem };
  assert.deepEqual(sharedKeys({ secret: SECRET, publicKey: key.pem }, apart), []);
});

Deno.test("a check says of each source whether it works, and why not", async () => {
  await using server = new KeyServer();
  server.on("/good", JSON.stringify({ keys: [{ ...key.jwk, kid: "k1" }] }));
  server.on("/empty", JSON.stringify({ keys: [] }));
  server.on("/broken", status(500));
  const check = async (settings: KeySettings) => await keySourcesFrom(settings)[0]!.check();
  const table: [KeySettings, boolean, RegExp][] = [
    [{ secret: SECRET }, true, /is set/],
    [{ publicKey: key.pem }, true, /is good/],
    [{ jwksUrl: `${server.url}/good` }, true, /has the keys k1/],
    [{ jwksUrl: `${server.url}/empty` }, false, /no key that can be used/],
    [{ jwksUrl: `${server.url}/broken` }, false, /status 500/],
    [{ jwksUrl: `${server.url}/absent` }, false, /there are no keys/],
    [{ asapKeyServer: server.url }, true, /answers/],
    [{ asapKeyServer: "http://127.0.0.1:1" }, false, /fetch|connect/i],
  ];
  for (const [settings, ok, text] of table) {
    const result = await check(settings);
    assert.equal(result.ok, ok, result.text);
    assert.match(result.text, text);
  }
});

Deno.test("a check reads a key file anew", async () => {
  const path = await Deno.makeTempFile();
  await Deno.writeTextFile(path, key.pem);
  const [source] = keySourcesFrom({ publicKey: path });
  assert.match((await source!.check()).text, /is good, for EdDSA/);
  await Deno.writeTextFile(path, "not a key");
  const broken = await source!.check();
  assert.equal(broken.ok, false);
  assert.match(broken.text, /not a public key in PEM form/);
  await Deno.remove(path);
});
