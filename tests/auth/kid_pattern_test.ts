import assert from "node:assert/strict";
import { kidMatcher } from "../../src/auth/kid_pattern.ts";
import { keySourcesFrom } from "../../src/auth/key_settings.ts";
import { KeyServer } from "./key_server.ts";
import { setup, signer, verdict, visitorClaims } from "./support.ts";

Deno.test("a kid of a mapping is a prefix, to the letter, or a pattern that begins with ^", () => {
  const fits = (text: string, kid: string) => kidMatcher(text)(kid);
  assert.ok(fits("corp/", "corp/key"));
  assert.ok(!fits("corp/", "mycorp/key"));
  assert.ok(!fits("a.c/", "abc/key"), "a dot is a dot");
  assert.ok(fits("^corp-\\d+/", "corp-12/key"));
  assert.ok(!fits("^corp-\\d+/", "mycorp-12/key"));
  assert.ok(fits("^(?:a|b)/", "b/key"));
  assert.ok(fits("^[a-z]{2,8}/[^/]+$", "corp/key"));
  assert.ok(fits("^.*", "whatever"));
});

Deno.test("a pattern that fits by accident, or that a chosen kid makes slow, is refused", () => {
  const refused: Record<string, RegExp> = {
    ".*": /neither a prefix nor a pattern that begins with \^/,
    "corp/.*": /begins with \^/,
    "(": /begins with \^/,
    "^(": /not a regular expression/,
    "^(a+)+$": /repeats a group/,
    "^(a|a)*$": /repeats a group/,
    "^(?:\\w+){2}x": /repeats a group/,
    "^(a)?b": /repeats a group/,
    "^a*a*a*b": /more than 2 repetitions/,
    "^a|corp/": /alternatives that \^ does not bind/,
    "^(?=a)": /looks around/,
    "^(?!a)b": /looks around/,
    "^(a)\\1": /looks around or back/,
    ["^" + "a".repeat(256)]: /more than 256 characters/,
  };
  for (const [text, message] of Object.entries(refused)) {
    const error = { name: "KeySettingError", message };
    assert.throws(() => kidMatcher(text), error, text);
    const asapMappings = [{ kid: text, baseUrl: "https://keys.example" }];
    assert.throws(() => keySourcesFrom({ asapMappings }), error, text);
  }
});

Deno.test("the keys of one prefix are asked of its server alone", async () => {
  await using corp = new KeyServer();
  await using others = new KeyServer();
  const key = signer();
  for (const server of [corp, others]) {
    server.has("corp/k", key.pem);
    server.has("mycorp/k", key.pem);
  }
  await using s = setup({
    client: { asapMappings: [{ kid: "corp/", baseUrl: corp.url }], asapKeyServer: others.url },
  });
  for (const sub of ["corp", "mycorp"]) {
    const token = await key.sign(visitorClaims(s.now, { sub }), { kid: `${sub}/k` });
    assert.equal(await verdict(s.auth, token), "accepted");
  }
  assert.deepEqual([corp.asked("corp/k"), corp.asked("mycorp/k")], [1, 0]);
  assert.deepEqual([others.asked("corp/k"), others.asked("mycorp/k")], [0, 1]);
});
