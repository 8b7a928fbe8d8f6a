/**
 * What an operator is told of a wrong setting: enough to mend it.
 *
 * @module
 */

import assert from "node:assert/strict";
import { OTHER_SECRET, PLACE, problemsOf, SECRET, warningsOf } from "./load.ts";

const KEYS = { JWT_APP_SECRET: SECRET, SYSTEM_JWT_SECRET: OTHER_SECRET };

function told(env: Record<string, string>): string {
  return problemsOf({ ...KEYS, ...env }).join("\n");
}

Deno.test("a URL without scheme and a switch in other words are shown as they are", () => {
  const url = told({ JWT_JWKS_URL: "keys.example/jwks" });
  assert.match(url, /JWT_JWKS_URL: cannot use "keys\.example\/jwks": .*it begins with https:\/\//);
  const flag = told({ JWT_ALLOW_EMPTY: "yes" });
  assert.match(flag, /JWT_ALLOW_EMPTY: cannot use "yes"; accepted: 0, 1, false or true/);
});

Deno.test("of an address with a password the password is not shown", () => {
  const url = told({ JWT_ASAP_KEYSERVER: "https://user:hunter2@keys.example" });
  assert.match(url, /cannot use "\[redacted\]@keys\.example": .*must not hold a user name/);
});

Deno.test("quotes that an env file leaves around a value are told", () => {
  assert.match(told({ PORT: '"8060"' }), /PORT: cannot use .* \(the quotes are a part of it/);
  const warnings = warningsOf({ ...KEYS, ...PLACE, JWT_APP_SECRET: `"${SECRET}"` });
  assert.deepEqual(warnings, [
    "JWT_APP_SECRET stands in quotes, which are then a part of the secret",
  ]);
});

Deno.test("a misspelt name beside a wrong value is told with it", () => {
  const problems = problemsOf({ ...KEYS, PORT: "x", RELEASERATE: "5" });
  assert.deepEqual(problems.map((line) => line.split(":")[0]), ["PORT", "RELEASERATE"]);
  assert.match(problems[1]!, /is not a setting; did you mean RELEASE_RATE\?/);
});

Deno.test("a mapping says what is wrong with its kid", () => {
  const mapping = (kid: string) =>
    told({ ...PLACE, JWT_ASAP_MAPPINGS: JSON.stringify([{ kid, baseUrl: "https://k.example" }]) });
  assert.match(mapping("^(a+)+$"), /JWT_ASAP_MAPPINGS: cannot use its value: .* repeats a group/);
  assert.match(mapping(".*"), /neither a prefix nor a pattern that begins with \^/);
  assert.equal(mapping("^corp-[a-z]+/"), "");
});

Deno.test("mappings of many tenants need the domain that says whose a conference is", () => {
  const mappings = '[{"kid":"corp/","baseUrl":"https://k.example"}]';
  assert.match(told({ JWT_ASAP_MAPPINGS: mappings }), /^JWT_ASAP_MAPPINGS: .*XMPP_DOMAIN/);
  assert.equal(told({ JWT_ASAP_MAPPINGS: mappings, XMPP_DOMAIN: "meet.example" }), "");
  assert.equal(problemsOf({ SYSTEM_JWT_ASAP_MAPPINGS: mappings }).length, 0);
});

Deno.test("a key file that cannot be used is told with its path", () => {
  assert.match(told({ JWT_PUBLIC_KEY: "/keys/none.pem" }), /no file \/keys\/none\.pem/);
  const readFile = () => {
    throw new Deno.errors.NotCapable();
  };
  const problems = problemsOf({ ...KEYS, JWT_PUBLIC_KEY: "/etc/k.pem" }, { readFile });
  assert.match(problems.join(), /\/etc\/k\.pem is outside of the folders .*--allow-read/);
});
