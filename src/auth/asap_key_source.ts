/**
 * ASAP key servers: one PEM file a key, named for the SHA-256 of the key id, as Prosody's token
 * module fetches them. Several servers can be told apart by the key id.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { Clock } from "../time/clock.ts";
import { AuthError } from "./auth_error.ts";
import { quote } from "../base/quote.ts";
import { BoundedMap } from "../base/bounded_map.ts";
import { type Channel, perChannel } from "./channel.ts";
import { KeyDocument } from "./key_document.ts";
import { FETCH_TIMEOUT_MS, KeyFetchError } from "./key_fetch.ts";
import type { KeyCheck, KeyOrigin } from "./key_origin.ts";
import { KeyServerOutage } from "./key_server_outage.ts";
import { keyServerBase } from "./key_server_url.ts";
import { kidMatcher } from "./kid_pattern.ts";
import { PUBLIC_KEY_ALGORITHMS, readPem } from "./public_key.ts";
import type { TokenHeader } from "./token.ts";
import { UnknownKeys } from "./unknown_keys.ts";
import type { VerificationKey } from "./verification_key.ts";

/** Which server has which keys; of several routes the first that matches is used. */
export interface AsapRoute {
  /** A prefix, or a pattern that begins with `^` (see {@linkcode kidMatcher}); absent: every key id. */
  readonly kid?: string | undefined;
  readonly baseUrl: string;
}

/** Keys in use at once. Apart from the absent ones, so that a flood evicts none of these. */
const MAX_KNOWN = 4_096;

/** `issuer/name` or `name`. The hash makes a path in it harmless; it is refused all the same. */
const KID = /^(?!\.+(?:\/|$))[\w.-]+(?:\/(?!\.+$)[\w.-]+)?$/;

interface Route {
  readonly fits: (kid: string) => boolean;
  readonly baseUrl: string;
}

/** Where a key is. */
interface Place {
  readonly url: string;
  readonly server: string;
}

/** Keys of an ASAP key server: one PEM for each `kid`, fetched when it is first asked for. */
export class AsapKeySource implements KeyOrigin {
  readonly kind = "asap";
  readonly label: string;
  readonly algorithms = PUBLIC_KEY_ALGORITHMS;
  readonly #routes: readonly Route[];
  readonly #clock: Clock;
  readonly #disposal = new AbortController();
  /** By URL, which says server and key id exactly; the unknown ones too. */
  readonly #known = new BoundedMap<string, KeyDocument>(MAX_KNOWN);
  readonly #unknown: Readonly<Record<Channel, UnknownKeys<KeyDocument>>>;
  /** By server. */
  readonly #outages: ReadonlyMap<string, KeyServerOutage>;

  /** @throws {KeySettingError} a route's URL or kid is not one that is taken. */
  constructor(routes: readonly AsapRoute[], clock: Clock) {
    this.#routes = routes.map(readRoute);
    this.#clock = clock;
    this.#unknown = perChannel(() => new UnknownKeys(clock));
    const servers = [...new Set(this.#routes.map((route) => route.baseUrl))];
    this.label = `the ASAP key server ${servers.join(", ")}`;
    this.#outages = new Map(servers.map((server) => [
      server,
      new KeyServerOutage(`the ASAP key server ${server}`, clock),
    ]));
  }

  /**
   * Whoever may publish keys at such a server may do so under its own prefix, so a key speaks for
   * that prefix alone.
   */
  tenantOf({ kid }: TokenHeader): string | undefined {
    if (kid === undefined || !KID.test(kid) || !kid.includes("/")) return undefined;
    return kid.slice(0, kid.indexOf("/"));
  }

  async find(
    { kid }: TokenHeader,
    channel: Channel = "socket",
  ): Promise<readonly VerificationKey[]> {
    const place = this.#placeOf(kid);
    try {
      return [await this.#find(place, channel)];
    } catch (error) {
      this.#outages.get(place.server)?.refused(error);
      throw error;
    }
  }

  /** Whoever has a tenant may publish any public key here: what matters is what signed a token. */
  holds(): boolean {
    return false;
  }

  async #find(place: Place, channel: Channel): Promise<VerificationKey> {
    const { url } = place;
    const unknown = this.#unknown[channel];
    const document = this.#known.get(url) ??
      await unknown.ask(url, (waitedMs) => this.#fetch(place, waitedMs));
    if (!document.current()) await document.refresh();
    const key = document.current()?.get(KEY);
    if (key) return key;
    const error = document.failure ?? new AuthError("key_unavailable", `no answer from ${url}`);
    if (error.code === "unknown_key") {
      this.#known.delete(url);
      unknown.remember(url, error);
    }
    throw error;
  }

  async renew({ kid }: TokenHeader): Promise<void> {
    await this.#known.get(this.#placeOf(kid).url)?.refresh();
  }

  /** Without a key id it can only see that the servers answer. */
  async check(kid = "waiting-queue/check"): Promise<KeyCheck> {
    const urls = new Set(this.#routes.map((route) => keyUrl(route.baseUrl, kid)));
    const results = await Promise.all([...urls].map((url) => this.#checkUrl(url)));
    return {
      ok: results.every((result) => result.ok),
      text: results.map((result) => result.text).join("; "),
    };
  }

  [Symbol.dispose](): void {
    this.#disposal.abort();
  }

  async #checkUrl(url: string): Promise<KeyCheck> {
    const document = this.#open(url);
    await document.refresh();
    const { failure } = document;
    if (!failure) return { ok: true, text: `the key at ${url} is good` };
    if (failure.code !== "unknown_key") return { ok: false, text: failure.message };
    return { ok: true, text: `${new URL(url).origin} answers (${failure.message})` };
  }

  /** A document nobody has asked for before, once it is there. */
  async #fetch({ url, server }: Place, waitedMs: number): Promise<KeyDocument> {
    const document = this.#open(url, this.#outages.get(server));
    await document.refresh({ timeoutMs: FETCH_TIMEOUT_MS - waitedMs });
    if (document.failure) throw document.failure;
    this.#known.set(url, document);
    return document;
  }

  #open(url: string, outage?: KeyServerOutage): KeyDocument {
    return new KeyDocument(url, {
      clock: this.#clock,
      signal: this.#disposal.signal,
      read: (text) => new Map([[KEY, readPem(text)]]),
      absentMeansGone: true,
      onAnswer: () => outage?.ended(),
      // One key that is none says nothing of the server.
      onFailure: (error) => {
        if (error.cause instanceof KeyFetchError) outage?.goesOn(error);
      },
    });
  }

  /** @throws {AuthError} no key can have this id; nothing is fetched. */
  #placeOf(kid: string | undefined): Place {
    if (kid === undefined || !KID.test(kid)) {
      throw new AuthError("malformed", `no key has the kid ${quote(kid)}`);
    }
    const server = this.#routes.find((route) => route.fits(kid))?.baseUrl;
    if (server !== undefined) return { url: keyUrl(server, kid), server };
    throw new AuthError("unknown_key", `no key server is set for the kid ${quote(kid)}`);
  }
}

/** A document of one key. */
const KEY = "";

function keyUrl(baseUrl: string, kid: string): string {
  return `${baseUrl}/${createHash("sha256").update(kid).digest("hex")}.pem`;
}

function readRoute({ kid, baseUrl }: AsapRoute): Route {
  return {
    fits: kid === undefined ? () => true : kidMatcher(kid),
    baseUrl: keyServerBase(baseUrl),
  };
}
