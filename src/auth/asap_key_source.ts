/**
 * ASAP key servers: one PEM file a key, named for the SHA-256 of the key id, as Prosody's token
 * module fetches them. Several servers can be told apart by the key id.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { Clock } from "../time/clock.ts";
import { AuthError, type AuthErrorCode } from "./auth_error.ts";
import { quote } from "../base/quote.ts";
import { BoundedMap } from "../base/bounded_map.ts";
import { FetchPace } from "./fetch_pace.ts";
import { ERROR_COOLDOWN_MS, KeyDocument } from "./key_document.ts";
import { FETCH_TIMEOUT_MS, KeyFetchError } from "./key_fetch.ts";
import type { KeyCheck, KeyOrigin } from "./key_origin.ts";
import { KeyServerOutage } from "./key_server_outage.ts";
import { keyServerBase } from "./key_server_url.ts";
import { kidMatcher } from "./kid_pattern.ts";
import { PUBLIC_KEY_ALGORITHMS, readPem } from "./public_key.ts";
import type { TokenHeader } from "./token.ts";
import type { VerificationKey } from "./verification_key.ts";

/** Which server has which keys; of several routes the first that matches is used. */
export interface AsapRoute {
  /** A prefix, or a pattern that begins with `^` (see {@linkcode kidMatcher}); absent: every key id. */
  readonly kid?: string | undefined;
  readonly baseUrl: string;
}

/** How long a key that a server does not have is not asked for again. */
export const ABSENT_MS = 45_000;
/** Keys in use at once. */
const MAX_KNOWN = 4_096;
/** Key ids remembered as absent; apart from the known ones, so that a flood evicts none of those. */
const MAX_ABSENT = 10_000;

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

/** Without the error itself, whose stack and cause are large. */
interface Absence {
  readonly code: AuthErrorCode;
  readonly message: string;
  readonly until: number;
}

/** Keys of an ASAP key server: one PEM for each `kid`, fetched when it is first asked for. */
export class AsapKeySource implements KeyOrigin {
  readonly kind = "asap";
  readonly label: string;
  readonly algorithms = PUBLIC_KEY_ALGORITHMS;
  readonly #routes: readonly Route[];
  readonly #clock: Clock;
  readonly #pace: FetchPace;
  readonly #disposal = new AbortController();
  /** All three by URL, which says server and key id exactly. */
  readonly #known = new BoundedMap<string, KeyDocument>(MAX_KNOWN);
  readonly #absent = new BoundedMap<string, Absence>(MAX_ABSENT);
  /** Bounded by {@linkcode FetchPace}: nothing stays longer than a request may take. */
  readonly #arriving = new Map<string, Promise<KeyDocument>>();

  /** By server. */
  readonly #outages: ReadonlyMap<string, KeyServerOutage>;

  /** @throws {KeySettingError} a route's URL or kid is not one that is taken. */
  constructor(routes: readonly AsapRoute[], clock: Clock) {
    this.#routes = routes.map(readRoute);
    this.#clock = clock;
    this.#pace = new FetchPace(clock);
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

  async find({ kid }: TokenHeader): Promise<readonly VerificationKey[]> {
    const place = this.#placeOf(kid);
    try {
      return [await this.#find(place)];
    } catch (error) {
      this.#outages.get(place.server)?.refused(error);
      throw error;
    }
  }

  /** Whoever has a tenant may publish any public key here: what matters is what signed a token. */
  holds(): boolean {
    return false;
  }

  async #find(place: Place): Promise<VerificationKey> {
    const { url } = place;
    const document = this.#known.get(url) ?? await this.#arrive(place);
    if (!document.current()) await document.refresh();
    const key = document.current()?.get(KEY);
    if (key) return key;
    const error = document.failure ?? new AuthError("key_unavailable", `no answer from ${url}`);
    if (error.code === "unknown_key") {
      this.#known.delete(url);
      this.#remember(url, error);
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
  async #arrive(place: Place): Promise<KeyDocument> {
    const { url } = place;
    const absence = this.#absent.get(url);
    if (absence && absence.until > this.#clock.now()) {
      throw new AuthError(absence.code, absence.message);
    }
    return await (this.#arriving.get(url) ?? this.#start(place));
  }

  /** Whoever asks for the same key meanwhile waits for the same request. */
  #start(place: Place): Promise<KeyDocument> {
    const { url } = place;
    const arriving = this.#fetch(place).finally(() => this.#arriving.delete(url));
    this.#arriving.set(url, arriving);
    return arriving;
  }

  async #fetch({ url, server }: Place): Promise<KeyDocument> {
    const waitMs = this.#pace.reserve();
    if (waitMs === undefined) throw new AuthError("busy", "too many unknown keys are asked for");
    if (waitMs > 0) await this.#wait(waitMs);
    const document = this.#open(url, this.#outages.get(server));
    await document.refresh(FETCH_TIMEOUT_MS - waitMs);
    const { failure } = document;
    if (failure) {
      this.#remember(url, failure);
      throw failure;
    }
    this.#known.set(url, document);
    return document;
  }

  #remember(url: string, { code, message }: AuthError): void {
    const ms = code === "unknown_key" ? ABSENT_MS : ERROR_COOLDOWN_MS;
    this.#absent.set(url, { code, message, until: this.#clock.now() + ms });
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => this.#clock.after(ms, resolve));
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
