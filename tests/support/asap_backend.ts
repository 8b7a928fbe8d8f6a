import { KeyServer } from "../auth/key_server.ts";
import { type Signer, signer } from "../auth/support.ts";
import type { Setup } from "../e2e/setups.ts";

const KID = "jitsi/backend-2026";
/** Made once: it takes long. */
let signing: Signer | undefined;

/** A backend of Jitsi, which signs its own tokens; its public key is on an ASAP key server. */
export class AsapBackend implements AsyncDisposable {
  readonly keys = new KeyServer();
  readonly #signer = signing ??= signer("rsa2048");

  constructor() {
    this.keys.has(KID, this.#signer.pem);
  }

  /** Whether the key server fails. */
  set away(away: boolean) {
    const failing = () => new Response("away", { status: 503 });
    this.keys.has(KID, away ? failing : this.#signer.pem);
  }

  /** The settings of a service that takes these tokens and no other system tokens. */
  get env(): Setup {
    return { SYSTEM_JWT_SECRET: "", SYSTEM_JWT_ASAP_KEYSERVER: this.keys.url };
  }

  /** As Jigasi makes it: five minutes, `iat` and no `nbf`, no `typ`. */
  jigasiToken(): Promise<string> {
    const iat = seconds();
    const claims = { iat, aud: "jitsi", iss: "jitsi", exp: iat + 300 };
    return this.#signer.sign(claims, { kid: KID, typ: undefined });
  }

  /** As Prosody makes it: for an hour, and used until ten minutes before its end. */
  prosodyToken(ageSec = 0): Promise<string> {
    const nbf = seconds() - ageSec;
    const claims = { iss: "jitsi", aud: "jitsi", nbf, exp: nbf + 3_600 };
    return this.#signer.sign(claims, { kid: KID });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.keys[Symbol.asyncDispose]();
  }
}

function seconds(): number {
  return Math.floor(Date.now() / 1_000);
}
