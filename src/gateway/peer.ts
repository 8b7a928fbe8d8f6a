import { getLogger } from "../log/log.ts";
import type { CloseReason } from "../metrics/close_reason.ts";
import type { Endpoint, Opener } from "./endpoint.ts";
import type { Closing, PeerHandle, Protocol } from "./protocol.ts";
import type { Place } from "./places.ts";
import type { GatewayServices, Member } from "./services.ts";
import type { Socket, SocketEvents } from "./socket.ts";
import { Unread, UNREAD_MS } from "./unread.ts";
import { SLOT_MS, WheelEntry } from "./wheel.ts";

/** How long a peer has to answer our Close, and to close by itself after it said goodbye. */
const CLOSE_MS = 5_000;
const LINGER_MS = 2_000;
/** How long a message of the protocol may stay incomplete. */
const PARTIAL_MS = 10_000;
/** The time that an endpoint's bounds of input are for. */
const INPUT_MS = 10_000;
/** How soon a peer that sent too much is cut after it was told; it would not stop by itself. */
const FLOOD_CUT_MS = 100;
/** Beats are sent after this part of what was promised, so that none is late under load... */
const BEAT_PART = 0.75;
/** ...and where that is short, by what the wheel may be late: a slot of rounding and one of firing. */
const BEAT_MARGIN_MS = 3 * SLOT_MS;
/** Where the server does not ping by itself; a peer that leaves one unanswered until the next is cut. */
const PING_MS = 25_000;

const logger = getLogger("gateway");

export interface PeerOptions {
  readonly endpoint: Endpoint;
  /** Given back when the socket is closed. */
  readonly place: Place;
  readonly socket: Socket;
  readonly opener: Opener;
}

/**
 * The life of one socket, whatever is spoken over it: its beats, its deadlines, its bounds and its
 * end. What is spoken is the {@linkcode Protocol} that it holds. Times are milliseconds of the
 * gateway's clock.
 */
export class Peer extends WheelEntry implements SocketEvents, PeerHandle, Member {
  readonly #services: GatewayServices;
  readonly #socket: Socket;
  readonly #protocol: Protocol;
  readonly endpoint: Endpoint;
  readonly place: Place;
  /**
   * `open`; `lingering`: it said goodbye and is given time to close; `closing`: our Close was sent;
   * `gone`: nothing is left but perhaps the socket.
   */
  #phase: "open" | "lingering" | "closing" | "gone" = "open";
  #established = false;
  /** Why it ended, for who counts; what came first. */
  #why: CloseReason | undefined;
  // Times are whole milliseconds, and 0 is never: the engine keeps such numbers in the object.
  #sentAt = 0;
  #receivedAt: number;
  /** Also tells when it was opened, until it is established. */
  #pingAt: number;
  #pongDue = false;
  /** When the protocol wants to be woken. */
  #wakeAt = 0;
  /** Since when a message is incomplete, and sent octets unread. */
  #partialSince = 0;
  readonly #unread = new Unread();
  #inputSince = 0;
  #inputMessages = 0;
  #inputOctets = 0;

  constructor(services: GatewayServices, { endpoint, place, socket, opener }: PeerOptions) {
    super();
    this.#services = services;
    this.endpoint = endpoint;
    this.place = place;
    this.#socket = socket;
    const now = this.#receivedAt = Math.floor(services.clock.now());
    this.#pingAt = now + PING_MS;
    services.wheel.schedule(this, now + endpoint.limits.establishMs);
    this.#protocol = opener(this);
  }

  get established(): boolean {
    return this.#established;
  }

  get open(): boolean {
    return this.#phase === "open";
  }

  get why(): CloseReason {
    return this.#why ?? "client";
  }

  get now(): number {
    return this.#services.wheel.now;
  }

  get bufferedAmount(): number {
    return this.#socket.bufferedAmount;
  }

  // The protocol speaks.

  send(text: string): void {
    this.#sentAt = this.#services.wheel.now;
    this.#unread.sent(text.length);
    this.#socket.send(text);
  }

  expectRead(): void {
    // A protocol with a say in it is told in time, to the second.
    if (this.#protocol.slow) this.#unread.measure(this.#sentAt, this.#socket);
    this.#dueBy(this.#sentAt + UNREAD_MS);
  }

  establish(): void {
    if (this.#established || this.#phase === "gone") return;
    this.#established = true;
    this.#services.established(this);
    this.#services.wheel.schedule(this, this.#nextDue(this.#sentAt));
  }

  wakeAt(time: number): void {
    this.#wakeAt = Math.ceil(time);
    this.#dueBy(this.#wakeAt);
  }

  blame(why: CloseReason): void {
    this.#why ??= why;
  }

  close(code: number, reason: string, why: CloseReason): void {
    if (this.#phase === "closing" || this.#phase === "gone") return;
    this.#why ??= why;
    this.#protocol.letGo();
    this.#enter("closing", CLOSE_MS);
    this.#socket.close(code, reason);
  }

  closeWith({ code, reason, why }: Closing): void {
    this.close(code, reason, why);
  }

  lingering(): void {
    this.#enter("lingering", LINGER_MS);
  }

  // The socket speaks.

  get greets(): boolean {
    return this.#protocol.opened !== undefined;
  }

  opened(): void {
    try {
      if (this.#phase === "open") this.#protocol.opened?.();
    } catch (error) {
      this.#fail(error);
    }
  }

  message(data: string | Uint8Array, binary = false): void {
    try {
      if (!this.#mayHear(data.length)) return;
      this.#received(this.#protocol.message(data, binary));
    } catch (error) {
      this.#fail(error);
    }
  }

  pong(): void {
    this.#receivedAt = this.#services.wheel.now;
    this.#pongDue = false;
  }

  /** The front ended the connection because the peer broke RFC 6455 or a bound. */
  violated(): void {
    this.#why ??= "protocol";
  }

  closed(): void {
    if (this.#phase === "gone") this.#services.metrics.cutSocketClosed();
    this.#end();
    this.#services.socketClosed(this);
  }

  override turn(now: number): number {
    try {
      return this.#turn(now);
    } catch (error) {
      this.#fail(error);
      return 0;
    }
  }

  #turn(now: number): number {
    if (this.#phase !== "open") return this.#turnEnding();
    if (!this.#established) return this.#turnStranger(now);
    if (this.#partialSince > 0 && now - this.#partialSince >= PARTIAL_MS) {
      this.#why ??= "overdue";
      this.#protocol.overdue();
      return this.due;
    }
    if (this.#wakeAt > 0 && now >= this.#wakeAt) {
      this.#wakeAt = 0;
      this.#protocol.wake?.();
      if (this.#phase !== "open") return this.due;
    }
    if (this.#isDead(now)) return this.cut("silent");
    if (this.#isUnread(now)) return this.#tooSlow();
    if (now >= this.#beatDue()) this.#protocol.beat();
    return this.#nextDue(now);
  }

  /** Counts a message of this length. False when it is not to be heard. */
  #mayHear(length: number): boolean {
    if (this.#phase !== "open") return false;
    const { maxMessage, maxInputMessages, maxInputOctets } = this.endpoint.limits;
    const { now } = this.#services.wheel;
    if (now - this.#inputSince >= INPUT_MS) {
      this.#inputSince = now;
      this.#inputMessages = this.#inputOctets = 0;
    }
    this.#inputMessages++;
    this.#inputOctets += length;
    if (this.#inputMessages > maxInputMessages || this.#inputOctets > maxInputOctets) {
      this.#why ??= "flood";
      this.#protocol.flooded();
      this.#services.wheel.schedule(this, now + FLOOD_CUT_MS);
      return false;
    }
    if (length <= maxMessage) return true;
    this.#why ??= "too_big";
    this.#protocol.tooBig();
    return false;
  }

  /** Octets came in, and left a message incomplete or not. */
  #received(partial: boolean): void {
    this.pong();
    if (this.#phase !== "open") return;
    // It asks and does not read the answers.
    if (this.#socket.bufferedAmount > this.endpoint.limits.maxUnread) {
      this.#tooSlow();
    } else if (!partial) {
      this.#partialSince = 0;
    } else if (this.#partialSince === 0) {
      this.#partialSince = this.#receivedAt;
      this.#dueBy(this.#receivedAt + PARTIAL_MS);
    }
  }

  #turnEnding(): number {
    if (this.#phase === "lingering") {
      this.close(1000, "", "client");
      return this.due;
    }
    return this.cut("client");
  }

  #turnStranger(now: number): number {
    const deadline = this.#pingAt - PING_MS + this.endpoint.limits.establishMs;
    if (now < deadline) return deadline;
    this.closeWith(this.endpoint.closings.late);
    return this.due;
  }

  /** Whether the peer neither sends nor answers pings. */
  #isDead(now: number): boolean {
    const { incomingTimeoutMs } = this.#protocol;
    if (incomingTimeoutMs > 0 && now - this.#receivedAt >= incomingTimeoutMs) return true;
    if (this.#pingAt === 0 || now < this.#pingAt) return false;
    if (this.#pongDue) return true;
    this.#pongDue = this.#socket.ping();
    this.#pingAt = this.#pongDue ? now + PING_MS : 0;
    return false;
  }

  /** Whether the peer does not read. */
  #isUnread(now: number): boolean {
    const unread = this.#socket.bufferedAmount;
    const late = this.#unread.isLate(now, unread);
    return late || unread > this.endpoint.limits.maxUnread;
  }

  /** Returns when the next turn is due. */
  #tooSlow(): number {
    this.#services.metrics.slowPeerCut();
    if (!this.#protocol.slow) return this.cut("slow");
    this.#why ??= "slow";
    this.#protocol.slow();
    return this.due;
  }

  /** When the next beat must be sent, unless something else is sent before. */
  #beatDue(): number {
    const most = this.#protocol.outgoingBeatMs;
    return most > 0 ? this.#sentAt + Math.min(most * BEAT_PART, most - BEAT_MARGIN_MS) : Infinity;
  }

  #nextDue(now: number): number {
    const { incomingTimeoutMs } = this.#protocol;
    let due = this.#beatDue();
    if (this.#pingAt > 0) due = Math.min(due, this.#pingAt);
    if (this.#wakeAt > 0) due = Math.min(due, this.#wakeAt);
    if (incomingTimeoutMs > 0) due = Math.min(due, this.#receivedAt + incomingTimeoutMs);
    if (this.#partialSince > 0) due = Math.min(due, this.#partialSince + PARTIAL_MS);
    due = Math.min(due, this.#unread.lateAt);
    return due === Infinity ? 0 : Math.max(due, now);
  }

  /** Makes the next turn come no later than `time`. */
  #dueBy(time: number): void {
    if (this.#phase === "open" && (this.due === 0 || this.due > time)) {
      this.#services.wheel.schedule(this, time);
    }
  }

  #enter(phase: "lingering" | "closing", ms: number): void {
    this.#phase = phase;
    this.#services.wheel.schedule(this, Math.floor(this.#services.clock.now()) + ms);
  }

  #fail(error: unknown): void {
    logger.error("A connection failed: {error}", { error });
    this.cut("fault");
  }

  /** Ends the TCP connection without a handshake. Returns that no turn follows. */
  cut(why: CloseReason): 0 {
    this.#why ??= why;
    logger.debug("Cut a peer that was {phase}", { phase: this.#phase, why });
    // Until the front says that it is closed. One that cannot close it never does.
    if (this.#phase !== "gone") this.#services.metrics.socketCut();
    this.#end();
    this.#socket.terminate();
    return 0;
  }

  /** Leaves everything but the count of open sockets, which only the socket's own end lowers. */
  #end(): void {
    if (this.#phase === "gone") return;
    this.#phase = "gone";
    this.#services.wheel.schedule(this, 0);
    this.#protocol.letGo();
    this.#protocol.ended();
    this.#services.removed(this);
  }
}
