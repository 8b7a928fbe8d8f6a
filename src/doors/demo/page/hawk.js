/**
 * A session of the rooms door in a browser: its requests are signed by Hawk, with nothing but
 * WebCrypto.
 *
 * @module
 */

const encoder = new TextEncoder();
const INFO = "identity.mozilla.com/picl/v1/sessionToken";

/** @param {ArrayBuffer} octets */
function toHex(octets) {
  return Array.from(new Uint8Array(octets), (octet) => octet.toString(16).padStart(2, "0")).join(
    "",
  );
}

/** @param {ArrayBuffer} octets */
function toBase64(octets) {
  return btoa(String.fromCharCode(...new Uint8Array(octets)));
}

/** Signs the requests of one session. */
export class HawkSession {
  /** @param {string} id @param {CryptoKey} key */
  constructor(id, key) {
    this.id = id;
    this.key = key;
  }

  /** @param {string} token 64 hex digits, from `Hawk-Session-Token` */
  static async from(token) {
    const octets = Uint8Array.from(token.match(/../g) ?? [], (pair) => parseInt(pair, 16));
    const base = await crypto.subtle.importKey("raw", octets, "HKDF", false, ["deriveBits"]);
    const hkdf = {
      name: "HKDF",
      hash: "SHA-256",
      salt: new Uint8Array(),
      info: encoder.encode(INFO),
    };
    const bits = toHex(await crypto.subtle.deriveBits(hkdf, base, 512));
    const hmac = { name: "HMAC", hash: "SHA-256" };
    // The key is the text, not the octets that it stands for.
    const key = await crypto.subtle.importKey("raw", encoder.encode(bits.slice(64)), hmac, false, [
      "sign",
    ]);
    return new HawkSession(bits.slice(0, 64), key);
  }

  /**
   * `fetch` with a signature over method, address and body.
   *
   * @param {string} path relative to the page, or an address
   * @param {string} [method]
   * @param {unknown} [body] sent as JSON
   */
  async fetch(path, method = "GET", body = undefined) {
    const url = new URL(path, location.href);
    const text = body === undefined ? "" : JSON.stringify(body);
    const hash = text === "" ? "" : toBase64(
      await crypto.subtle.digest(
        "SHA-256",
        encoder.encode(`hawk.1.payload\napplication/json\n${text}\n`),
      ),
    );
    const ts = Math.floor(Date.now() / 1_000);
    const nonce = crypto.randomUUID().slice(0, 8);
    const port = url.port || (url.protocol === "https:" ? "443" : "80");
    const lines = [
      "hawk.1.header",
      ts,
      nonce,
      method,
      url.pathname + url.search,
      url.hostname,
      port,
      hash,
      "",
    ];
    const mac = await crypto.subtle.sign("HMAC", this.key, encoder.encode(`${lines.join("\n")}\n`));
    const attributes = { id: this.id, ts, nonce, ...(hash && { hash }), mac: toBase64(mac) };
    const authorization = Object.entries(attributes).map(([name, value]) => `${name}="${value}"`);
    return await fetch(url, {
      method,
      headers: {
        authorization: `Hawk ${authorization.join(", ")}`,
        ...(text && { "content-type": "application/json" }),
      },
      ...(text && { body: text }),
    });
  }
}
