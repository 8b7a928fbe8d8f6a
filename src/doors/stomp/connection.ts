import { AuthError } from "../../auth/auth_error.ts";
import type { Principal } from "../../auth/principal.ts";
import { getLogger } from "../../log/log.ts";
import { type ConferenceName, ConferenceNameError } from "../../access/conference_name.ts";
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
import type { GatewayServices } from "../../gateway/services.ts";
import { type Holder, type Teller, Waiting, Watching } from "./holder.ts";
import { stateBody } from "./messages.ts";
import { Peer } from "../../gateway/peer.ts";
import type { Socket, SocketEvents } from "../../gateway/socket.ts";

/** The most SUBSCRIBE frames of one connection within a time, in milliseconds. */
const SUBSCRIBES = 60;
const SUBSCRIBES_MS = 10_000;

const logger = getLogger("gateway");

/** One socket, its STOMP session, and what the session holds in the queue. */
export class Connection extends Peer implements SessionHost<Holder>, SocketEvents, Teller {
  readonly #session: Session<Holder>;
  #principal: Principal | undefined;
  #subscribes = 0;
  #subscribesSince = 0;

  constructor(services: GatewayServices, socket: Socket) {
    super(services, socket);
    this.#session = new Session(this, services.session);
  }

  // The socket speaks.

  message(data: string | Uint8Array): void {
    if (!this.hears(data.length)) return;
    this.#session.receive(data);
    this.received(this.#session.hasPartialFrame);
  }

  // The session speaks.

  authenticate(headers: ReadonlyMap<string, string>): void | Promise<void> {
    try {
      const found = this.services.authenticate(authorizationOf(headers));
      if (found instanceof Promise) return this.#await(found);
      this.#principal = found;
    } catch (error) {
      throw this.#refusal(error);
    }
  }

  connected(session: Session<Holder>): void {
    this.establish();
    this.services.established(session.version);
  }

  subscribe(subscription: Subscription<Holder>): void {
    this.#spendSubscribe();
    const { topic, conference } = parseDestination(subscription.destination);
    const name = this.#nameOf(conference);
    this.#authorize(topic, name);
    subscription.context = topic === "visitor"
      ? this.#wait(name, subscription)
      : this.#watch(name, subscription);
  }

  unsubscribe(subscription: Subscription<Holder>): void {
    subscription.context?.remove(subscription);
    subscription.context = undefined;
  }

  fault(error: unknown): void {
    logger.error("A connection failed: {error}", { error });
  }

  // The queue speaks.

  tellLive(event: ConferenceLive, subscription: Subscription<Holder>): void {
    this.send(this.services.liveMessages.encode(event, this.#session, subscription));
    this.expectRead();
  }

  tellCount(event: VisitorsWaiting, subscription: Subscription<Holder>): void {
    const { conference } = parseDestination(subscription.destination);
    this.#session.message(subscription, stateBody(conference, event.visitorsWaiting));
    this.expectRead();
  }

  // The peer's life.

  protected override beats(): Session<Holder> {
    return this.#session;
  }

  protected override flooded(): void {
    this.#session.fail(new StompError("limit-exceeded", "Too much input"));
  }

  protected override frameOverdue(): void {
    this.#session.fail(new StompError("malformed-frame", "Frame not completed in time"));
  }

  protected override endIfExpired(): boolean {
    const principal = this.#principal!;
    if (principal.kind === "anonymous") return false;
    if (principal.expiresAt * 1_000 > this.services.clock.wall()) return false;
    this.#session.fail(new StompError("unauthorized", "Token expired"));
    return true;
  }

  protected override letGo(): void {
    for (const subscription of this.#session.subscriptions) subscription.context?.leave();
  }

  protected override ended(): void {
    this.#session.closed();
    this.services.removed(this);
  }

  #authorize(topic: "visitor" | "state", name: ConferenceName): void {
    const { access, metrics } = this.services;
    const principal = this.#principal!;
    const refusal = topic === "visitor"
      ? access.mayWait(principal, name)
      : access.mayCount(principal, name);
    if (!refusal) return;
    metrics.authRefused(refusal.code);
    throw new StompError("forbidden", "Access refused", { detail: refusal.detail });
  }

  #watch(name: ConferenceName, subscription: Subscription<Holder>): Watching {
    const watching = new Watching(this, subscription);
    watching.watch = this.services.queue.watch(name, watching);
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
      waiting.place = this.services.queue.wait(name, waiting);
    } catch (error) {
      if (error instanceof QueueFullError) throw new SessionCloseError(1013, "Conference full");
      throw error;
    }
    return waiting;
  }

  #nameOf(conference: string): ConferenceName {
    try {
      return this.services.names.parse(conference);
    } catch (error) {
      if (!(error instanceof ConferenceNameError)) throw error;
      throw new StompError("forbidden", "Unknown destination", { detail: error.message });
    }
  }

  #spendSubscribe(): void {
    const { now } = this.services.wheel;
    if (now - this.#subscribesSince >= SUBSCRIBES_MS) {
      this.#subscribesSince = now;
      this.#subscribes = 0;
    }
    if (++this.#subscribes <= SUBSCRIBES) return;
    throw new StompError("limit-exceeded", "Too many SUBSCRIBE frames");
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
    this.services.metrics.authRefused(error.code);
    logger.debug("Refused a token: {reason}", { reason: error.message, code: error.code });
    // Not the client's fault: it shall come back, and shipped clients give up after five errors.
    if (error.code === "key_unavailable" || error.code === "busy") {
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
