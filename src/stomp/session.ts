/**
 * The server's side of one STOMP session: a state machine between a peer's octets and a host. It
 * knows nothing of WebSocket or tokens and has neither timers nor closures of its own, because most
 * sessions do nothing for hours and there are very many of them.
 *
 * @module
 */

import { SessionCloseError, StompError } from "./error.ts";
import type { Frame } from "./frame.ts";
import { incomingTimeoutMs, isHeartBeat, outgoingBeatMs } from "./heart_beat.ts";
import type { SessionHost, SessionInfo, SessionOptions } from "./host.ts";
import { defaultLimits, type SessionLimits } from "./limits.ts";
import { Parser, type ParserRules } from "./parser.ts";
import { PendingFrames } from "./pending.ts";
import {
  checkAcknowledgment,
  type ConnectRequest,
  forbidBody,
  readConnect,
  readSubscribe,
  readUnsubscribe,
} from "./requests.ts";
import { encodeConnected, encodeError, encodeMessage, encodeReceipt } from "./serializer.ts";
import { type Action, actionOf, type SessionState } from "./states.ts";
import { type Subscription, Subscriptions } from "./subscription.ts";
import { encodeUtf8 } from "./utf8.ts";
import type { Version } from "./version.ts";

/** Close codes (RFC 6455, 7.4.1). */
const NORMAL = 1000;
const INTERNAL_ERROR = 1011;

/** No method throws: what goes wrong ends the session, and the host is told. */
export class Session<C = unknown> implements SessionInfo {
  readonly #host: SessionHost<C>;
  readonly #options: SessionOptions;
  #state: SessionState = "connecting";
  #version: Version = "1.0";
  #outgoingBeatMs = 0;
  #incomingTimeoutMs = 0;
  #messages = 0;
  /** Only while a frame is unfinished. */
  #parser: Parser | undefined;
  /** Only while a verdict on CONNECT is awaited. */
  #pending: PendingFrames | undefined;
  /** From the first SUBSCRIBE on. */
  #subscriptions: Subscriptions<C> | undefined;

  /** @param options Shared by all sessions of the host. */
  constructor(host: SessionHost<C>, options: SessionOptions) {
    this.#host = host;
    this.#options = options;
  }

  get state(): SessionState {
    return this.#state;
  }

  get version(): Version {
    return this.#version;
  }

  get outgoingBeatMs(): number {
    return this.#outgoingBeatMs;
  }

  get incomingTimeoutMs(): number {
    return this.#incomingTimeoutMs;
  }

  /** Whether a frame has begun and not ended: the host bounds how long that may last. */
  get hasPartialFrame(): boolean {
    return (this.#parser?.buffered ?? 0) > 0;
  }

  /** What the peer is subscribed to. It stays when the socket is gone, for the host to clean up. */
  get subscriptions(): readonly Subscription<C>[] {
    return this.#subscriptions?.active ?? [];
  }

  /** Takes one WebSocket message, which may hold any part of a frame or of many. */
  receive(data: string | Uint8Array): void {
    if (!this.#listens || (this.#parser === undefined && isHeartBeat(data))) return;
    const parser = this.#parser ??= new Parser();
    try {
      parser.push(typeof data === "string" ? encodeUtf8(data) : data);
      this.#readFrames(parser);
    } catch (error) {
      this.#fail(error, parser.receipt);
    }
  }

  /** Sends `body`, which is JSON, to `subscription`; nothing if that or the session has ended. */
  message(subscription: Subscription<C>, body: string): void {
    if (this.#state !== "connected" || !this.subscriptions.includes(subscription)) return;
    const messageId = this.nextMessageId();
    const text = encodeMessage({ version: this.#version, subscription, messageId, body });
    try {
      this.#host.send(text);
    } catch (error) {
      this.#fail(error);
    }
  }

  /**
   * A `message-id` that this session has not used: for a host that encodes equal messages once and
   * sends them by itself, which it may do only while the session is `connected`.
   */
  nextMessageId(): string {
    return String(++this.#messages);
  }

  /**
   * Ends the session as if the host had thrown `error` out of one of its methods; nothing once the
   * peer has said DISCONNECT, for then it awaits its Close alone.
   */
  fail(error: unknown): void {
    if (this.#state !== "disconnecting") this.#fail(error);
  }

  /** The socket is gone: the host hears nothing more, and a verdict under way is dropped. */
  closed(): void {
    this.#stop("closed");
  }

  /** A DISCONNECT is the last frame that counts, even while it waits to be executed. */
  get #listens(): boolean {
    if (this.#state === "authenticating") return !this.#pending?.ended;
    return this.#state === "connecting" || this.#state === "connected";
  }

  get #limits(): SessionLimits {
    return this.#options.limits ?? defaultLimits;
  }

  #readFrames(parser: Parser): void {
    while (this.#listens) {
      const frame = parser.next(this.#parserRules());
      if (frame === undefined) break;
      this.#handle(frame);
    }
    if (!this.#listens || parser.buffered === 0) this.#parser = undefined;
    else this.#pending?.check(parser.buffered);
  }

  /** The version is known as soon as CONNECT is read, so what was sent behind it is read right. */
  #parserRules(): ParserRules {
    const { connected, beforeConnected } = this.#limits;
    const limits = this.#state === "connected" ? connected : beforeConnected;
    return { version: this.#version, limits };
  }

  #handle(frame: Frame): void {
    try {
      this.#act(actionOf(this.#state, frame.command), frame);
    } catch (error) {
      this.#fail(error, frame.headers.get("receipt"));
    }
  }

  #act(action: Action, frame: Frame): void {
    switch (action) {
      case "connect":
        return this.#connect(frame);
      case "hold":
        return this.#hold(frame);
      case "subscribe":
        return this.#subscribe(frame);
      case "unsubscribe":
        return this.#unsubscribe(frame);
      case "acknowledge":
        return this.#acknowledge(frame);
      case "disconnect":
        return this.#disconnect(frame);
      case "ignore":
    }
  }

  #connect(frame: Frame): void {
    const request = readConnect(frame);
    this.#version = request.version;
    this.#state = "authenticating";
    const verdict = this.#host.authenticate(frame.headers);
    if (verdict === undefined) return this.#accept(request);
    this.#pending ??= new PendingFrames(this.#limits);
    this.#awaitVerdict(verdict, request);
  }

  async #awaitVerdict(verdict: Promise<void>, request: ConnectRequest): Promise<void> {
    try {
      await verdict;
      this.#accept(request);
    } catch (error) {
      this.#fail(error, request.receipt);
    }
  }

  #accept(request: ConnectRequest): void {
    // Meanwhile the peer may have gone or been refused for what it sent behind its CONNECT.
    if (this.#state !== "authenticating") return;
    const { server, heartBeatMs, desiredBeatMs } = this.#options;
    const ours = { sends: heartBeatMs, wants: desiredBeatMs };
    this.#outgoingBeatMs = outgoingBeatMs(ours, request.heartBeat);
    this.#incomingTimeoutMs = incomingTimeoutMs(ours, request.heartBeat);
    this.#state = "connected";
    const session = crypto.randomUUID();
    const heartBeat = request.hasHeartBeat ? `${heartBeatMs},${desiredBeatMs}` : "0,0";
    this.#send(encodeConnected({ version: this.#version, session, server, heartBeat }));
    this.#host.connected(this);
    this.#replay();
  }

  #hold(frame: Frame): void {
    this.#pending ??= new PendingFrames(this.#limits);
    this.#pending.add(frame);
  }

  #replay(): void {
    const frames = this.#pending?.frames ?? [];
    this.#pending = undefined;
    for (const frame of frames) this.#handle(frame);
  }

  #subscribe(frame: Frame): void {
    const { id, destination, ack } = readSubscribe(frame, {
      version: this.#version,
      limits: this.#limits,
    });
    const subscription: Subscription<C> = { id, destination, ack, context: undefined };
    const subscriptions = this.#ownSubscriptions();
    subscriptions.add(subscription);
    try {
      const verdict = this.#host.subscribe(subscription, frame.headers);
      if (verdict) return void this.#awaitSubscribed(verdict, subscription, frame);
    } catch (error) {
      subscriptions.drop(subscription);
      throw error;
    }
    this.#confirm(frame);
    this.#host.subscribed?.(subscription);
  }

  async #awaitSubscribed(
    verdict: Promise<void>,
    subscription: Subscription<C>,
    frame: Frame,
  ): Promise<void> {
    try {
      await verdict;
      if (this.#state !== "connected") return;
      this.#confirm(frame);
      if (this.subscriptions.includes(subscription)) this.#host.subscribed?.(subscription);
    } catch (error) {
      if (this.#state === "connected") this.#fail(error, frame.headers.get("receipt"));
    }
  }

  #unsubscribe(frame: Frame): void {
    const name = readUnsubscribe(frame, this.#version);
    const subscription = this.#ownSubscriptions().remove(name);
    if (subscription !== undefined) this.#host.unsubscribe(subscription);
    this.#confirm(frame);
  }

  #ownSubscriptions(): Subscriptions<C> {
    return this.#subscriptions ??= new Subscriptions(this.#limits.subscriptions);
  }

  /** No message is ever sent again, so an acknowledgment changes nothing. */
  #acknowledge(frame: Frame): void {
    checkAcknowledgment(frame, this.#version);
    this.#confirm(frame);
  }

  /** The peer waits for nothing any more, and must not be counted while its socket lingers. */
  #disconnect(frame: Frame): void {
    forbidBody(frame, this.#version);
    this.#stop("disconnecting");
    this.#release();
    this.#confirm(frame);
    if (frame.headers.has("receipt")) return this.#host.lingering();
    this.#stop("closed");
    this.#host.close(NORMAL, "");
  }

  /** Receipts follow the effect of their frame, and so come in the order of the frames. */
  #confirm(frame: Frame): void {
    const receipt = frame.headers.get("receipt");
    if (receipt !== undefined) this.#send(encodeReceipt(receipt, this.#version));
  }

  /** The one way to the peer but for an ERROR, behind which nothing may go out. */
  #send(text: string): void {
    if (this.#state !== "closed") this.#host.send(text);
  }

  /** The one place where an error becomes a frame or a close code. */
  #fail(error: unknown, receiptId?: string): void {
    if (this.#state === "closed") return;
    this.#stop("closed");
    this.#release();
    if (error instanceof StompError) {
      this.#host.refused?.(error);
      const text = encodeError(error, { version: this.#version, receiptId });
      this.#attempt(() => this.#host.send(text));
      this.#attempt(() => this.#host.close(error.closeCode, error.code));
    } else if (error instanceof SessionCloseError) {
      this.#attempt(() => this.#host.close(error.closeCode, error.reason));
    } else {
      this.#host.fault?.(error);
      this.#attempt(() => this.#host.close(INTERNAL_ERROR, ""));
    }
  }

  #stop(state: "disconnecting" | "closed"): void {
    this.#state = state;
    this.#parser = undefined;
    this.#pending = undefined;
  }

  #release(): void {
    for (const subscription of this.#subscriptions?.drain() ?? []) {
      this.#attempt(() => this.#host.unsubscribe(subscription));
    }
  }

  /** For what must be followed by the rest whether the host is able to do it or not. */
  #attempt(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#host.fault?.(error);
    }
  }
}
