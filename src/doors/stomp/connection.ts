import type { Audience } from "../../access/audience.ts";
import { type ConferenceName, ConferenceNameError } from "../../access/conference_name.ts";
import { AuthError } from "../../auth/auth_error.ts";
import { standsUntil } from "../../auth/claims.ts";
import type { Principal } from "../../auth/principal.ts";
import type { PeerHandle, Protocol } from "../../gateway/protocol.ts";
import { getLogger } from "../../log/log.ts";
import type { CloseReason } from "../../metrics/close_reason.ts";
import type { ConferenceLive, VisitorsWaiting } from "../../queue/events.ts";
import { QueueFullError } from "../../queue/queue.ts";
import {
  Session,
  SessionCloseError,
  type SessionHost,
  StompError,
  type Subscription,
} from "../../stomp/mod.ts";
import { parseDestination } from "./destination.ts";
import { type Holder, type Teller, Waiting, Watching } from "./holder.ts";
import { stateBody } from "./messages.ts";
import { closeReasonOf } from "./refusal.ts";
import type { StompServices } from "./services.ts";

/** The most SUBSCRIBE frames of one connection within a time, in milliseconds. */
const SUBSCRIBES = 60;
const SUBSCRIBES_MS = 10_000;

/** How often it is looked whether a token has expired, where that ends the connection. */
const EXPIRY_MS = 1_000;
/** A beat in either direction is one line end. */
const BEAT = "\n";

const logger = getLogger("stomp");

/** One peer's STOMP session, and what the session holds in the queue. */
export class Connection implements Protocol, SessionHost<Holder>, Teller {
  readonly #services: StompServices;
  readonly #peer: PeerHandle;
  readonly #session: Session<Holder>;
  #principal: Principal | undefined;
  /** Why the session is being refused, until it is closed. */
  #why: CloseReason = "client";
  /** When the token ends the connection, in seconds since the epoch; where it does. */
  #endsAt = Infinity;
  #subscribes = 0;
  #subscribesSince = 0;

  constructor(services: StompServices, peer: PeerHandle) {
    this.#services = services;
    this.#peer = peer;
    this.#session = new Session(this, services.session);
  }

  // The peer speaks.

  get outgoingBeatMs(): number {
    return this.#session.outgoingBeatMs;
  }

  get incomingTimeoutMs(): number {
    return this.#session.incomingTimeoutMs;
  }

  message(data: string | Uint8Array): boolean {
    this.#session.receive(data);
    return this.#session.hasPartialFrame;
  }

  beat(): void {
    this.#peer.send(BEAT);
  }

  wake(): void {
    if (this.#endsAt * 1_000 > this.#services.clock.wall()) return this.#watchExpiry();
    this.#why = "expired";
    this.#session.fail(new StompError("unauthorized", "Token expired"));
  }

  overdue(): void {
    this.#session.fail(new StompError("malformed-frame", "Frame not completed in time"));
  }

  flooded(): void {
    this.#session.fail(new StompError("limit-exceeded", "Too much input"));
  }

  tooBig(): void {
    this.#session.fail(new StompError("too-large", "Message too large"));
  }

  letGo(): void {
    for (const subscription of this.#session.subscriptions) subscription.context?.leave();
  }

  ended(): void {
    this.#session.closed();
  }

  // The session speaks.

  send(text: string): void {
    this.#peer.send(text);
  }

  close(code: number, reason: string): void {
    this.#peer.close(code, reason, this.#why);
  }

  lingering(): void {
    this.#peer.lingering();
  }

  authenticate(headers: ReadonlyMap<string, string>): void | Promise<void> {
    try {
      const found = this.#services.authenticate(authorizationOf(headers));
      if (found instanceof Promise) return this.#await(found);
      this.#principal = found;
    } catch (error) {
      throw this.#refusal(error);
    }
  }

  connected(session: Session<Holder>): void {
    this.#peer.establish();
    this.#services.metrics.connected(session.version);
    if (!this.#services.disconnectOnExpiry) return;
    const principal = this.#principal!;
    this.#endsAt = standsUntil(principal, this.#services.clock.wall() / 1_000);
    if (this.#endsAt < Infinity) this.#watchExpiry();
  }

  subscribe(subscription: Subscription<Holder>): void {
    this.#spendSubscribe();
    const { audience, conference } = parseDestination(subscription.destination);
    const name = this.#nameOf(conference);
    this.#authorize(audience, name);
    subscription.context = audience === "visitors"
      ? this.#wait(name, subscription)
      : this.#watch(name, subscription);
  }

  unsubscribe(subscription: Subscription<Holder>): void {
    subscription.context?.remove(subscription);
    subscription.context = undefined;
  }

  refused(error: StompError): void {
    if (this.#why === "client") this.#why = closeReasonOf(error);
    this.#services.metrics.protocolError(error.code);
  }

  fault(error: unknown): void {
    this.#why = "fault";
    logger.error("A connection failed: {error}", { error });
  }

  // The queue speaks.

  tellLive(event: ConferenceLive, subscription: Subscription<Holder>): void {
    this.#peer.send(this.#services.liveMessages.encode(event, this.#session, subscription));
    this.#peer.expectRead();
  }

  tellCount(event: VisitorsWaiting, subscription: Subscription<Holder>): void {
    const { conference } = parseDestination(subscription.destination);
    this.#session.message(subscription, stateBody(conference, event.visitorsWaiting));
    this.#peer.expectRead();
  }

  refuse(): void {
    this.#why = "full";
    this.#session.fail(new SessionCloseError(1013, "Conference full"));
  }

  #authorize(audience: Audience, name: ConferenceName): void {
    const { access, metrics } = this.#services;
    const refusal = access.mayHear(audience, this.#principal!, name);
    if (!refusal) return;
    metrics.authRefused(refusal.code);
    throw new StompError("forbidden", "Access refused", { detail: refusal.detail });
  }

  #watch(name: ConferenceName, subscription: Subscription<Holder>): Watching {
    const watching = new Watching(this, subscription);
    watching.watch = this.#services.queue.watch(name, watching);
    return watching;
  }

  #wait(name: ConferenceName, subscription: Subscription<Holder>): Waiting {
    for (const { context } of this.#session.subscriptions) {
      if (context instanceof Waiting && context.key === name.key && context.open) {
        context.subscriptions.push(subscription);
        return context;
      }
    }
    const waiting = new Waiting(this, name.key, subscription);
    try {
      waiting.place = this.#services.queue.wait(name, waiting);
    } catch (error) {
      if (!(error instanceof QueueFullError)) throw error;
      this.#why = "full";
      throw new SessionCloseError(1013, "Conference full");
    }
    return waiting;
  }

  #nameOf(conference: string): ConferenceName {
    try {
      return this.#services.names.parse(conference);
    } catch (error) {
      if (!(error instanceof ConferenceNameError)) throw error;
      throw new StompError("forbidden", "Unknown destination", { detail: error.message });
    }
  }

  #spendSubscribe(): void {
    const { now } = this.#peer;
    if (now - this.#subscribesSince >= SUBSCRIBES_MS) {
      this.#subscribesSince = now;
      this.#subscribes = 0;
    }
    if (++this.#subscribes <= SUBSCRIBES) return;
    throw new StompError("limit-exceeded", "Too many SUBSCRIBE frames");
  }

  #watchExpiry(): void {
    this.#peer.wakeAt(this.#peer.now + EXPIRY_MS);
  }

  async #await(found: Promise<Principal>): Promise<void> {
    try {
      this.#principal = await found;
    } catch (error) {
      throw this.#refusal(error);
    }
  }

  /** What the peer hears of a token that was not accepted: the fact, and never why. */
  #refusal(error: unknown): unknown {
    if (!(error instanceof AuthError)) return error;
    this.#services.metrics.authRefused(error.code);
    logger.debug("Refused a token: {reason}", { reason: error.message, code: error.code });
    // Not the client's fault: it shall come back, and shipped clients give up after five errors.
    if (error.code === "key_unavailable" || error.code === "busy") {
      this.#why = "unavailable";
      return new SessionCloseError(1013, "Try again later");
    }
    return new StompError("unauthorized", "Authentication failed");
  }
}

/** Exact or lower case, the first one counts (J36). */
function authorizationOf(headers: ReadonlyMap<string, string>): string | undefined {
  for (const [name, value] of headers) {
    if (name === "Authorization" || name === "authorization") return value;
  }
  return undefined;
}
