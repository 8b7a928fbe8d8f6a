import { AuthError } from "../../auth/auth_error.ts";
import { DEFAULT_TOLERANCE_SEC } from "../../auth/authenticator.ts";
import type { Principal } from "../../auth/principal.ts";
import type { Closing, PeerHandle, Protocol } from "../../gateway/protocol.ts";
import { getLogger } from "../../log/log.ts";
import type { Broadcast } from "./broadcast.ts";
import * as closings from "./closings.ts";
import type { Receiver } from "./hub.ts";
import { Identity } from "./identity.ts";
import { MessageRate } from "./message_rate.ts";
import { answerTo, initText, type Op, OpError, parseOp, type Version } from "./ops.ts";
import type { EventsServices } from "./services.ts";

/** Names that one connection may subscribe to. */
const MAX_NAMES = 1_000;
/** The longest token. */
const MAX_TOKEN_OCTETS = 8 * 1_024;
/** What waits while a token is being checked: messages, and their characters. */
const MAX_WAITING = 16;
const MAX_WAITING_CHARS = 16 * 1_024;
/** How often it is looked whether a token has expired, though that seems to be far away. */
const LOOK_MS = 60_000;
/** Of what may be unsent a part is sent before it is looked at: to ask costs as much as to send. */
const CHECKS = 8;
/** Subscribed to this name it gets events of every name. */
const EVERY_NAME = "*";

const logger = getLogger("events");

interface Waiting {
  readonly data: string | Uint8Array;
  readonly binary: boolean;
}

/** One client of the events socket. */
export class Connection implements Protocol, Receiver {
  readonly outgoingBeatMs = 0;
  readonly incomingTimeoutMs = 0;
  readonly #services: EventsServices;
  readonly #peer: PeerHandle;
  readonly #version: Version;
  /** Until it is checked. */
  #token: string | undefined;
  #identity: Identity | undefined;
  #endsAt = 0;
  /** By name, whose token was current when it subscribed. */
  readonly #names = new Map<string, Identity>();
  readonly #rate = new MessageRate();
  #started = false;
  /** Characters that were sent since it was looked at what of it is unsent. */
  #unchecked = 0;
  /** Nothing is sent any more: it is about to be closed. */
  #silent = false;
  /** What came while a token is being checked; undefined while none is. */
  #waiting: Waiting[] | undefined = [];

  constructor(services: EventsServices, peer: PeerHandle, version: Version, token: string) {
    this.#services = services;
    this.#peer = peer;
    this.#version = version;
    this.#token = token;
  }

  get names(): Iterable<string> {
    return this.#names.keys();
  }

  get tokenId(): string | undefined {
    return this.#identity?.principal.tokenId;
  }

  offer(broadcast: Broadcast): boolean {
    if (this.#silent || !this.#peer.open) return false;
    const names = this.#names;
    const byName = names.get(broadcast.message.name);
    if (!broadcast.isFor(this.#identity!, byName, names.get(EVERY_NAME))) return false;
    const text = broadcast.text(this.#version);
    this.#peer.send(text);
    this.#peer.expectRead();
    this.#unchecked += text.length;
    if (this.#unchecked > this.#services.maxBuffer / CHECKS) this.#checkBuffer();
    return true;
  }

  silence(): void {
    this.#silent = true;
  }

  close(closing: Closing): void {
    if (!this.#peer.open) return;
    this.silence();
    this.#services.closed(closing.code);
    this.#peer.closeWith(closing);
  }

  // The peer speaks.

  opened(): void {
    const token = this.#token!;
    this.#token = undefined;
    this.#services.hub.add(this);
    this.#verify(token, (identity) => this.#init(identity));
  }

  message(data: string | Uint8Array, binary: boolean): boolean {
    if (!this.#rate.take(this.#peer.now)) this.close(closings.TOO_MANY_MESSAGES);
    else if (this.#waiting) this.#wait(this.#waiting, { data, binary });
    else this.#take(data, binary);
    return false;
  }

  beat(): void {}

  wake(): void {
    if (this.#services.clock.wall() >= this.#endsAt) this.close(closings.EXPIRED);
    else this.#watchExpiry();
  }

  slow(): void {
    this.close(closings.SLOW);
  }

  overdue(): void {}

  flooded(): void {
    this.close(closings.TOO_MANY_MESSAGES);
  }

  tooBig(): void {
    this.close(closings.TOO_BIG);
  }

  letGo(): void {
    this.silence();
    this.#services.hub.remove(this);
  }

  ended(): void {
    if (this.#identity) this.#services.disconnected();
  }

  #init(identity: Identity): void {
    if (!this.#services.busUp()) return this.close(closings.NO_BUS);
    this.#become(identity);
    this.#services.connected();
    this.#peer.establish();
    this.#peer.send(initText(this.#version));
    this.#watchExpiry();
  }

  /** In the order in which they came, whatever has to be waited for. */
  #wait(waiting: Waiting[], message: Waiting): void {
    waiting.push(message);
    const chars = waiting.reduce((sum, { data }) => sum + data.length, 0);
    if (waiting.length > MAX_WAITING || chars > MAX_WAITING_CHARS) {
      this.close(closings.TOO_MANY_MESSAGES);
    }
  }

  #take(data: string | Uint8Array, binary: boolean): void {
    try {
      this.#carryOut(parseOp(data, binary));
    } catch (error) {
      if (error instanceof OpError) return this.close(closings.unreadable(error.message));
      this.#fail(error);
    }
  }

  #carryOut(op: Op): void {
    const answer = answerTo(op, this.#version, this.#started);
    switch (op.op) {
      case "subscribe":
        if (!this.#subscribe(op.name)) return this.close(closings.TOO_MANY_SUBSCRIPTIONS);
        return this.#answer(answer);
      case "start":
        this.#answer(answer);
        return this.#start();
      case "token":
        return this.#verify(op.token, (identity) => {
          if (identity.tenant !== this.#identity!.tenant) return this.close(closings.REFUSED);
          this.#become(identity);
          this.#answer(answer);
          this.#watchExpiry();
        });
      case "ping":
        return this.#answer(answer);
    }
  }

  #subscribe(name: string): boolean {
    if (!this.#names.has(name) && this.#names.size >= MAX_NAMES) return false;
    this.#names.set(name, this.#identity!);
    if (this.#started) this.#services.hub.subscribe(this, name);
    return true;
  }

  #start(): void {
    if (this.#started) return;
    this.#started = true;
    for (const name of this.#names.keys()) this.#services.hub.subscribe(this, name);
  }

  #checkBuffer(): void {
    this.#unchecked = 0;
    if (this.#peer.bufferedAmount > this.#services.maxBuffer) this.slow();
  }

  #answer(text: string | undefined): void {
    if (text === undefined || this.#silent) return;
    this.#peer.send(text);
    this.#peer.expectRead();
  }

  #become(identity: Identity): void {
    this.#identity = identity;
    this.#endsAt = identity.endsAt(DEFAULT_TOLERANCE_SEC, this.#services.clock.wall());
  }

  #watchExpiry(): void {
    const left = this.#endsAt - this.#services.clock.wall();
    this.#peer.wakeAt(this.#peer.now + Math.min(left, LOOK_MS));
  }

  /** Finds out who has `token`, and then goes on with what came meanwhile. */
  #verify(token: string, accept: (identity: Identity) => void): void {
    try {
      if (token.length > MAX_TOKEN_OCTETS) return this.#refuse("malformed");
      const found = this.#services.authenticate(`Bearer ${token}`);
      if (!(found instanceof Promise)) return this.#verified(found, accept);
      this.#waiting ??= [];
      found.then((principal) => this.#verified(principal, accept))
        .catch((error) => this.#notVerified(error));
    } catch (error) {
      this.#notVerified(error);
    }
  }

  #verified(principal: Principal, accept: (identity: Identity) => void): void {
    if (!this.#peer.open) return;
    const identity = Identity.of(principal);
    if (!identity) return this.#refuse("claims");
    accept(identity);
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const { data, binary } of waiting) {
      // One of them may be another token.
      if (this.#waiting) this.#wait(this.#waiting, { data, binary });
      else if (this.#peer.open) this.#take(data, binary);
    }
  }

  #notVerified(error: unknown): void {
    if (!(error instanceof AuthError)) return this.#fail(error);
    logger.debug("Refused a token: {reason}", { reason: error.message, code: error.code });
    // Not the client's fault: with 4002 it would drop a good token.
    if (error.code === "key_unavailable" || error.code === "busy") {
      return this.close(closings.NO_AUTHENTICATION);
    }
    this.#refuse(error.code);
  }

  #refuse(code: string): void {
    this.#services.refused(code);
    this.close(closings.REFUSED);
  }

  #fail(error: unknown): void {
    logger.error("An events connection failed: {error}", { error });
    this.close(closings.FAULT);
  }
}
