import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { load, OTHER_SECRET, PLACE, problemsOf, SECRET, warningsOf } from "./load.ts";

const KEYS = { JWT_APP_SECRET: SECRET, SYSTEM_JWT_SECRET: OTHER_SECRET };

function rsaKey(bits = 2048) {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: bits });
  return {
    pem: publicKey.export({ type: "spki", format: "pem" }).toString(),
    pkcs1: publicKey.export({ type: "pkcs1", format: "pem" }).toString(),
    privatePem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

function p256() {
  return generateKeyPairSync("ec", { namedCurve: "P-256" });
}

Deno.test("any key of either group ends demo mode", () => {
  const mapping = '[{"kid":"^.*","baseUrl":"https://a.example"}]';
  const { pem } = rsaKey();
  for (
    const [name, value] of Object.entries({
      JWT_APP_SECRET: SECRET,
      JWT_PUBLIC_KEY: pem,
      JWT_JWKS_URL: "https://a.example",
      JWT_ASAP_KEYSERVER: "https://a.example",
      JWT_ASAP_MAPPINGS: mapping,
      SYSTEM_JWT_SECRET: SECRET,
      SYSTEM_JWT_PUBLIC_KEY: pem,
      SYSTEM_JWT_JWKS_URL: "https://a.example",
      SYSTEM_JWT_ASAP_KEYSERVER: "https://a.example",
      SYSTEM_JWT_ASAP_MAPPINGS: mapping,
    })
  ) {
    const settings = load({ ...PLACE, [name]: value });
    assert.equal(settings.demo, false, name);
    assert.equal(settings.host, "0.0.0.0", name);
  }
});

Deno.test("J04: one key source for both groups is refused, whatever its kind", () => {
  const key = rsaKey();
  const same: [string, string, string, string?][] = [
    ["JWT_APP_SECRET", "SYSTEM_JWT_SECRET", SECRET],
    ["JWT_PUBLIC_KEY", "SYSTEM_JWT_PUBLIC_KEY", key.pem, key.pkcs1],
    ["JWT_JWKS_URL", "SYSTEM_JWT_JWKS_URL", "https://k.example/j", "https://K.example/j"],
    ["JWT_ASAP_KEYSERVER", "SYSTEM_JWT_ASAP_KEYSERVER", "https://k.example/", "https://k.example"],
  ];
  for (const [client, system, value, otherSpelling] of same) {
    const problems = problemsOf({ [client]: value, [system]: otherSpelling ?? value });
    assert.equal(problems.length, 1, client);
    assert.match(problems[0]!, new RegExp(`^${system}: .*same key.* as ${client}`));
  }
  const mapping = '[{"kid":"a","baseUrl":"https://k.example"}]';
  assert.equal(
    problemsOf({
      ...PLACE,
      JWT_ASAP_MAPPINGS: mapping,
      SYSTEM_JWT_ASAP_KEYSERVER: "https://k.example/",
    }).length,
    1,
  );
  assert.equal(
    problemsOf({ JWT_ASAP_KEYSERVER: "https://k.example", SYSTEM_JWT_ASAP_MAPPINGS: mapping })
      .length,
    1,
  );
  assert.deepEqual(
    problemsOf({ JWT_PUBLIC_KEY: key.pem, SYSTEM_JWT_PUBLIC_KEY: rsaKey().pem }),
    [],
  );
});

Deno.test("a public key may be a PEM, a PEM in one line, or the path of one", () => {
  const { pem, pkcs1 } = rsaKey();
  const readFile = (path: string) => {
    if (path !== "/keys/client.pem") throw new Deno.errors.NotFound();
    return pem;
  };
  for (const value of [pem, pkcs1, pem.replaceAll("\n", "\\n"), " /keys/client.pem "]) {
    const { clientKeys } = load({ JWT_PUBLIC_KEY: value }, { readFile });
    assert.equal(clientKeys.publicKey, value.trim());
  }
  const same = { JWT_PUBLIC_KEY: pkcs1, SYSTEM_JWT_PUBLIC_KEY: "/keys/client.pem" };
  assert.equal(problemsOf(same, { readFile }).length, 1);
});

Deno.test("a public key may be RSA, P-256 or Ed25519", () => {
  for (const { publicKey } of [p256(), generateKeyPairSync("ed25519")]) {
    const value = publicKey.export({ type: "spki", format: "pem" }).toString();
    assert.equal(load({ SYSTEM_JWT_PUBLIC_KEY: value }).systemKeys.publicKey, value.trim());
  }
});

Deno.test("a public key that is missing, private, weak, broken or of another kind is refused", () => {
  const { pem, privatePem } = rsaKey();
  const broken = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n";
  const p384 = generateKeyPairSync("ec", { namedCurve: "P-384" }).publicKey;
  const x25519 = generateKeyPairSync("x25519").publicKey;
  const wrong: Record<string, RegExp> = {
    "/no/such/file.pem": /no file \/no\/such\/file\.pem/,
    [privatePem]: /private key/,
    [rsaKey(1024).pem]: /RSA key of 1024 bits/,
    [broken]: /cannot be decoded/,
    [pem + pem]: /not a public key in PEM form/,
    "-----BEGIN CERTIFICATE-----": /certificate.*openssl x509 -in/,
    [p384.export({ type: "spki", format: "pem" }).toString()]: /P-256 is taken/,
    [x25519.export({ type: "spki", format: "pem" }).toString()]: /RSA, P-256 and Ed25519 are taken/,
  };
  for (const [value, expected] of Object.entries(wrong)) {
    for (const name of ["JWT_PUBLIC_KEY", "SYSTEM_JWT_PUBLIC_KEY"]) {
      const problems = problemsOf({ [name]: value });
      assert.equal(problems.length, 1);
      assert.match(problems[0]!, new RegExp(`^${name}: `));
      assert.match(problems[0]!, expected);
    }
  }
  const html = problemsOf({ JWT_PUBLIC_KEY: "/index" }, { readFile: () => "<html>" });
  assert.match(html.join(), /not a public key in PEM form/);
});

Deno.test("keys of one group alone bring a warning that names what cannot be authorised", () => {
  assert.match(warningsOf({ ...PLACE, JWT_APP_SECRET: SECRET }).join(), /\/golive/);
  const system = { ...PLACE, SYSTEM_JWT_SECRET: SECRET };
  assert.match(warningsOf(system).join(), /no visitor and no moderator/);
  assert.match(warningsOf({ ...system, JWT_ALLOW_EMPTY: "1" }).join(), /: no moderator/);
});

Deno.test("a secret below 32 octets brings a warning", () => {
  const env = { ...KEYS, ...PLACE };
  assert.match(
    warningsOf({ ...env, JWT_APP_SECRET: "short" }).join(),
    /^JWT_APP_SECRET is shorter/,
  );
  assert.deepEqual(warningsOf({ ...env, JWT_APP_SECRET: "é".repeat(16) }), []);
});

Deno.test("a blank in a secret is a part of it", () => {
  assert.equal(load({ JWT_APP_SECRET: ` ${SECRET}` }).clientKeys.secret, ` ${SECRET}`);
});

Deno.test("keys over plain http bring a warning, except from this machine", () => {
  const env = { ...PLACE, SYSTEM_JWT_SECRET: SECRET };
  const warnings = warningsOf({ ...env, JWT_ASAP_KEYSERVER: "http://keys.example" });
  assert.match(warnings.join(), /^JWT_ASAP_KEYSERVER is fetched over plain http/);
  const mapping = '[{"kid":"a","baseUrl":"http://keys.example"}]';
  assert.equal(warningsOf({ ...env, JWT_ASAP_MAPPINGS: mapping }).length, 1);
  for (const url of ["http://localhost:1", "http://127.0.0.1", "http://[::1]:8", "https://a.b"]) {
    assert.deepEqual(warningsOf({ ...env, JWT_JWKS_URL: url }), []);
  }
});
