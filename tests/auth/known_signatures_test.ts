import assert from "node:assert/strict";
import { KnownSignatures } from "../../src/auth/known_signatures.ts";
import type { VerificationKey } from "../../src/auth/verification_key.ts";

function key(fingerprint: string): VerificationKey {
  return { algorithm: "RS256", material: {} as CryptoKey, fingerprint, stands: () => true };
}

Deno.test("what one isolate has checked, another knows", () => {
  const shared = KnownSignatures.share();
  const [a, b] = [new KnownSignatures(shared), new KnownSignatures(shared)];
  a.add("token", key("k"));
  assert.equal(b.has("token", key("k")), true);
});

Deno.test("J40: it holds for this key and this token alone", () => {
  const known = new KnownSignatures(KnownSignatures.share());
  known.add("token", key("k"));
  assert.equal(known.has("token", key("another")), false);
  assert.equal(known.has("another", key("k")), false);
  assert.equal(known.has("token k", key("")), false);
});

Deno.test("the set stays as large as it is, keeps most of what fits, and invents nothing", () => {
  const shared = KnownSignatures.share();
  const known = new KnownSignatures(shared);
  const octets = shared.byteLength;
  for (let i = 0; i < 20_000; i++) known.add(`token ${i}`, key("k"));
  let kept = 0;
  for (let i = 0; i < 20_000; i++) kept += known.has(`token ${i}`, key("k")) ? 1 : 0;
  assert.ok(kept > 19_000, `${kept} kept`);
  for (let i = 0; i < 20_000; i++) assert.equal(known.has(`stranger ${i}`, key("k")), false);
  assert.equal(shared.byteLength, octets);
});
