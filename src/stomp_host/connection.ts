import { AuthError } from "../auth/auth_error.ts";
import { standsUntil } from "../auth/claims.ts";
import type { ClientPrincipal, Principal, SystemPrincipal } from "../auth/principal.ts";
import { signedPart } from "../auth/token.ts";
import { type Place, UNCOUNTED } from "../gateway/places.ts";
import type { PeerHandle, Protocol } from "../gateway/protocol.ts";
import { getLogger } from "../log/log.ts";
import type { CloseReason } from "../metrics/close_reason.ts";
import {
  Session,
  SessionCloseError,
  type SessionHost,
  StompError,
  type Subscription,
} from "../stomp/mod.ts";
import { closeReasonOf } from "./close_reason.ts";
import type { HostServices } from "./services.ts";
import { tokenMark } from "./token_mark.ts";

/** The most SUBSCRIBE frames of one connection within a time, in milliseconds. */
const SUBSCRIBES = 60;
const SUBSCRIBES_MS = 10_000;

/** How often it is looked whether a token has expired, where that ends the connection. */
const EXPIRY_MS = 1_000;
/** A beat in either direction is one line end. */
const BEAT = "\n";

const logger = getLogger("stomp");

/** What a subscription holds in a domain. */
export interface Held {
  /** Gives it up. Called once or more. */
  leave(): void;
}

/** Why something is refused. */
export interface Refused {
  /** Stable, for who counts. */
  readonly code: string;
  /** A sentence for whoever holds the token. */
  readonly detail: string;
}

/**
 * One peer's STOMP session, whatever it is about: its life, its identity and its bounds. A door says
 * who may come in and what a subscription is.
 */
export abstract class StompConnection<H extends Held> implements Protocol, SessionHost<H> {
  readonly #services: HostServices;
  protected readonly peer: PeerHandle;
  protected readonly session: Session<H>;
  #principal: Principal | undefined;
  /** Of the token, see {@linkcode tokenMark}. */
  protected mark = 0;
  #tokenPlace: Place = UNCOUNTED;
  /** When it is to be looked whether the token has expired; 0: never. */
  #expiryDue = 0;
  /** Refusals that are held back, and until when. */
  #held: { readonly until: number; release(): void }[] | undefined;
  #subscribes = 0;
  #subscribesSince = 0;

  constructor(services: HostServices, peer: PeerHandle) {
    this.#services = services;
    this.peer = peer;
    this.session = new Session(this, services.session);
  }

  // The door says.

  /** Why somebody cannot get anything here; `undefined` where there is something. */
  protected abstract refusalOf(principal: Principal): Refused | undefined;

  /** As {@linkcode SessionHost} says; the frame has been counted against its bound. */
  protected abstract enter(
    subscription: Subscription<H>,
    headers: ReadonlyMap<string, string>,
  ): void | Promise<void>;

  abstract unsubscribe(subscription: Subscription<H>): void;

  /** Who connected. */
  protected get principal(): Principal {
    return this.#principal!;
  }

  /** Ends the session for a reason that the peer is not told by an ERROR. */
  protected busy(why: CloseReason, reason: string): SessionCloseError {
    this.peer.blame(why);
    return new SessionCloseError(1013, reason);
  }

  /** Refuses a subscription: at once, or with a peer that was refused it before, after a while. */
  protected refuse({ code, detail }: Refused, destination: string): Promise<never> {
    const { refusals } = this.#services;
    refusals.count(code);
    const error = new StompError("forbidden", "Access refused", { detail });
    const delayMs = refusals.delayMs(this.mark, destination);
    if (delayMs === 0) throw error;
    const { promise, reject } = Promise.withResolvers<never>();
    const held = this.#held ??= [];
    held.push({ until: this.peer.now + delayMs, release: () => reject(error) });
    this.#wakeInTime();
    return promise;
  }

  /** Who a header of any frame speaks for. @throws {StompError} @throws {SessionCloseError} */
  protected async identify(authorization: string): Promise<Principal> {
    try {
      return await this.#services.authenticate(authorization);
    } catch (error) {
      throw this.#refusal(error);
    }
  }

  // The peer speaks.

  get outgoingBeatMs(): number {
    return this.session.outgoingBeatMs;
  }

  get incomingTimeoutMs(): number {
    return this.session.incomingTimeoutMs;
  }

  message(data: string | Uint8Array): boolean {
    this.session.receive(data);
    return this.session.hasPartialFrame;
  }

  beat(): void {
    this.peer.send(BEAT);
  }

  wake(): void {
    const { now } = this.peer;
    for (const { until, release } of this.#held ?? []) if (until <= now) release();
    this.#held = this.#held?.filter(({ until }) => until > now);
    if (this.#expiryDue > 0 && this.#expiryDue <= now) this.#checkExpiry();
    this.#wakeInTime();
  }

  overdue(): void {
    this.session.fail(new StompError("malformed-frame", "Frame not completed in time"));
  }

  flooded(): void {
    this.session.fail(new StompError("limit-exceeded", "Too much input"));
  }

  tooBig(): void {
    this.session.fail(new StompError("too-large", "Message too large"));
  }

  letGo(): void {
    for (const subscription of this.session.subscriptions) subscription.context?.leave();
  }

  ended(): void {
    this.session.closed();
    this.#services.tokenPlaces?.release(this.#tokenPlace);
  }

  // The session speaks.

  send(text: string): void {
    this.peer.send(text);
  }

  close(code: number, reason: string): void {
    this.peer.close(code, reason, "client");
  }

  lingering(): void {
    this.peer.lingering();
  }

  authenticate(headers: ReadonlyMap<string, string>): void | Promise<void> {
    const authorization = authorizationOf(headers);
    try {
      const found = this.#services.authenticate(authorization);
      if (found instanceof Promise) return this.#await(found, authorization);
      this.#admit(found, authorization);
    } catch (error) {
      throw this.#refusal(error);
    }
  }

  connected(session: { readonly version: string }): void {
    this.peer.establish();
    this.#services.metrics.connected(session.version);
    if (!this.#services.disconnectOnExpiry) return;
    this.#watchExpiry();
    this.#wakeInTime();
  }

  subscribe(
    subscription: Subscription<H>,
    headers: ReadonlyMap<string, string>,
  ): void | Promise<void> {
    this.#spendSubscribe();
    return this.enter(subscription, headers);
  }

  refused(error: StompError): void {
    this.peer.blame(closeReasonOf(error));
    this.#services.metrics.protocolError(error.code);
  }

  fault(error: unknown): void {
    this.peer.blame("fault");
    logger.error("A connection failed: {error}", { error });
  }

  #spendSubscribe(): void {
    const { now } = this.peer;
    if (now - this.#subscribesSince >= SUBSCRIBES_MS) {
      this.#subscribesSince = now;
      this.#subscribes = 0;
    }
    if (++this.#subscribes <= SUBSCRIBES) return;
    throw new StompError("limit-exceeded", "Too many SUBSCRIBE frames");
  }

  #checkExpiry(): void {
    const principal = this.#principal as ClientPrincipal | SystemPrincipal;
    if (principal.expiresAt * 1_000 > this.#services.clock.wall()) return this.#watchExpiry();
    this.peer.blame("expired");
    this.session.fail(new StompError("unauthorized", "Token expired"));
  }

  /**
   * Comes back when the token may have expired. One that was accepted within the leeway, after its
   * expiry, stands until that ends.
   */
  #watchExpiry(): void {
    const { principal } = this;
    if (principal.kind === "anonymous") return;
    const wall = this.#services.clock.wall();
    const expiresInMs = principal.expiresAt * 1_000 - wall;
    const ms = expiresInMs > 0
      ? Math.min(expiresInMs, EXPIRY_MS)
      : standsUntil(principal, wall / 1_000) * 1_000 - wall;
    this.#expiryDue = Math.ceil(this.peer.now + ms);
  }

  /** Sees to it that {@linkcode wake} comes for what is next. */
  #wakeInTime(): void {
    const times = (this.#held ?? []).map(({ until }) => until);
    if (this.#expiryDue > 0) times.push(this.#expiryDue);
    if (times.length > 0) this.peer.wakeAt(Math.min(...times));
  }

  async #await(found: Promise<Principal>, authorization: string | undefined): Promise<void> {
    try {
      this.#admit(await found, authorization);
    } catch (error) {
      throw this.#refusal(error);
    }
  }

  #admit(principal: Principal, authorization: string | undefined): void {
    const refusal = this.refusalOf(principal);
    if (refusal) {
      this.#services.refusals.count(refusal.code);
      throw new StompError("forbidden", "Access refused", { detail: refusal.detail });
    }
    this.#principal = principal;
    if (principal.kind === "anonymous" || authorization === undefined) return;
    this.mark = tokenMark(authorization);
    if (principal.kind === "client") this.#takePlace(authorization);
  }

  /** Takes a place of the token's, where these are bounded; a backend's token has no such bound. */
  #takePlace(authorization: string): void {
    const { tokenPlaces } = this.#services;
    if (!tokenPlaces || !this.peer.open) return;
    const place = tokenPlaces.take(signedPart(authorization));
    if (place === undefined) throw this.busy("token_full", "Too many connections with this token");
    this.#tokenPlace = place;
  }

  /** What the peer hears of a token that was not accepted: the fact, and never why. */
  #refusal(error: unknown): unknown {
    if (!(error instanceof AuthError)) return error;
    this.#services.refusals.count(error.code);
    logger.debug("Refused a token: {reason}", { reason: error.message, code: error.code });
    // Not the client's fault: it shall come back, and shipped clients give up after five errors.
    if (error.code === "key_unavailable" || error.code === "busy") {
      return this.busy("unavailable", "Try again later");
    }
    return new StompError("unauthorized", "Authentication failed");
  }
}

/** Exact or lower case, the first one counts (J36). */
export function authorizationOf(headers: ReadonlyMap<string, string>): string | undefined {
  for (const [name, value] of headers) {
    if (name === "Authorization" || name === "authorization") return value;
  }
  return undefined;
}
