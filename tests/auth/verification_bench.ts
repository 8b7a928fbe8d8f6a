import { Authenticator, AuthError, type AuthErrorCode } from "../../src/auth/authenticator.ts";
import { KnownSignatures } from "../../src/auth/known_signatures.ts";
import { hs256, SECRET, type Setup, setup, signer, visitorClaims } from "./support.ts";

interface Case extends Setup {
  readonly authorization: string;
}

/** An authenticator with the key of a kind, or with a secret, and a visitor's token for it. */
async function caseOf(kind?: "rsa2048" | "p256" | "ed25519"): Promise<Case> {
  const key = kind && signer(kind);
  const made = setup({ client: key ? { publicKey: key.pem } : { secret: SECRET } });
  const claims = visitorClaims(made.now);
  const token = key ? await key.sign(claims) : hs256(claims);
  return { ...made, authorization: `Bearer ${token}` };
}

async function refuse(auth: Authenticator, token: string, code: AuthErrorCode): Promise<void> {
  try {
    await auth.authenticate(token);
  } catch (error) {
    if (error instanceof AuthError && error.code === code) return;
    throw error;
  }
  throw new Error("The token is accepted");
}

const rs256 = await caseOf("rsa2048");
const cases = [
  ["RS256", rs256],
  ["ES256", await caseOf("p256")],
  ["EdDSA", await caseOf("ed25519")],
  ["HS256", await caseOf()],
] as const;

for (const [algorithm, { auth, options, authorization }] of cases) {
  const baseline = algorithm === "RS256";
  Deno.bench(
    `verify an ${algorithm} token for the first time`,
    { group: "a token that is new", baseline },
    async () => {
      // One that knows no token yet, and has the same keys.
      await new Authenticator(options).authenticate(authorization);
    },
  );

  await auth.authenticate(authorization);
  Deno.bench(
    `take an ${algorithm} token that was verified before`,
    { group: "a token that is known", baseline },
    () => {
      if (auth.authenticate(authorization) instanceof Promise) throw new Error("It is not known");
    },
  );
}

const knownSignatures = new KnownSignatures(KnownSignatures.share());
const shared = { ...rs256.options, knownSignatures };
await new Authenticator(shared).authenticate(rs256.authorization);
Deno.bench(
  "take an RS256 token that another worker has verified",
  { group: "a token that is known" },
  async () => {
    await new Authenticator(shared).authenticate(rs256.authorization);
  },
);

const group = "a token that is refused";

const signature = rs256.authorization.lastIndexOf(".") + 1;
const forged = rs256.authorization.slice(0, signature) +
  [...rs256.authorization.slice(signature)].reverse().join("");
Deno.bench("refuse a bad RS256 signature", { group, baseline: true }, async () => {
  await refuse(rs256.auth, forged, "signature");
});

const expired = `Bearer ${hs256(visitorClaims(rs256.now, { exp: rs256.now - 3_600 }))}`;
Deno.bench("refuse a token that has expired", { group }, async () => {
  await refuse(rs256.auth, expired, "expired");
});

const huge = `Bearer ${"a".repeat(64 * 1024)}`;
Deno.bench("refuse a token of 64 KiB", { group }, async () => {
  await refuse(rs256.auth, huge, "malformed");
});
