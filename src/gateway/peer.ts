import { getLogger } from "../log/log.ts";
import type { GatewayServices, Member } from "./services.ts";
import type { Socket } from "./socket.ts";
import { SLOT_MS, WheelEntry } from "./wheel.ts";

/** How long a peer has to answer our Close, and to close by itself after its DISCONNECT. */
const CLOSE_MS = 5_000;
const LINGER_MS = 2_000;
/** How long a frame may stay incomplete. */
const FRAME_MS = 10_000;
/** How long a peer may leave sent octets unread, and how many, before it is cut. */
const UNREAD_MS = 10_000;
const UNREAD_OCTETS = 64 * 1024;
/**
 * How much a peer may send within a time: many times what a client needs whose frames come an octet a
 * message, and little enough that nobody else waits for it.
 */
const INPUT_MS = 10_000;
const INPUT_MESSAGES = 2_000;
const INPUT_OCTETS = 512 * 1024;
/** How soon a peer that sent too much is cut after its ERROR; it would not stop by itself. */
const FLOOD_CUT_MS = 100;
/** Beats are sent after this part of what was promised, so that none is late under load... */
const BEAT_PART = 0.75;
/** ...and where that is short, by what the wheel may be late: a slot of rounding and one of firing. */
const BEAT_MARGIN_MS = 3 * SLOT_MS;
/** Where the server does not ping by itself; a peer that leaves one unanswered until the next is cut. */
const PING_MS = 25_000;
/** How often it is looked whether a token has expired, where that ends the connection. */
const EXPIRY_MS = 1_000;

const logger = getLogger("gateway");

/** A beat in either direction is one line end. */
const BEAT = "\n";

/**
 * The life of one socket: its beats, its deadlines and its end. Nothing here knows STOMP but for the
 * intervals that the session agreed on. Times are milliseconds of the gateway's clock.
 */
export abstract class Peer extends WheelEntry implements Member {
  protected readonly services: GatewayServices;
  readonly #socket: Socket;
  /**
   * `open`; `lingering`: it said goodbye and shall close; `closing`: our Close was sent; `gone`:
   * nothing is left but perhaps the socket.
   */
  #phase: "open" | "lingering" | "closing" | "gone" = "open";
  #established = false;
  readonly #openedAt: number;
  #sentAt = 0;
  #receivedAt: number;
  #pingAt: number;
  #pongDue = false;
  /** Since when a frame is incomplete, and sent octets unread; 0 while they are not. */
  #partialSince = 0;
  #unreadSince = 0;
  #inputSince = 0;
  #inputMessages = 0;
  #inputOctets = 0;

  constructor(services: GatewayServices, socket: Socket) {
    super();
    this.services = services;
    this.#socket = socket;
    this.#openedAt = this.#receivedAt = services.clock.now();
    this.#pingAt = this.#openedAt + PING_MS;
    services.wheel.schedule(this, this.#openedAt + services.connectTimeoutMs);
  }

  /** What the session agreed on; 0 is never. */
  protected abstract beats(): { outgoingBeatMs: number; incomingTimeoutMs: number };
  /** The peer sends too much: it is refused, and cut soon after. */
  protected abstract flooded(): void;
  /** A frame stayed incomplete for too long. */
  protected abstract frameOverdue(): void;
  /** Whether the token has expired; ends the connection if it has. */
  protected abstract endIfExpired(): boolean;
  /** Gives up whatever the connection holds. Called once or more, before the end. */
  protected abstract letGo(): void;
  /** The socket is gone, or as good as. Called once. */
  protected abstract ended(): void;

  /** True once CONNECTED was sent. */
  get established(): boolean {
    return this.#established;
  }

  /** True until somebody has begun to end it. */
  get open(): boolean {
    return this.#phase === "open";
  }

  /** Sends one text message. */
  send(text: string): void {
    this.#sentAt = this.services.wheel.now;
    this.#socket.send(text);
  }

  /** Starts the close handshake, which is bounded. */
  close(code: number, reason: string): void {
    if (this.#phase === "closing" || this.#phase === "gone") return;
    this.letGo();
    this.#enter("closing", CLOSE_MS);
    this.#socket.close(code, reason);
  }

  /** The peer has said goodbye and is given the time to close by itself. */
  lingering(): void {
    this.#enter("lingering", LINGER_MS);
  }

  pong(): void {
    this.#receivedAt = this.services.wheel.now;
    this.#pongDue = false;
  }

  closed(): void {
    this.#end();
    this.services.socketClosed();
  }

  override turn(now: number): number {
    try {
      return this.#turn(now);
    } catch (error) {
      logger.error("A connection failed: {error}", { error });
      return this.#cut();
    }
  }

  #turn(now: number): number {
    if (this.#phase !== "open") return this.#turnEnding();
    if (!this.#established) return this.#turnUnauthenticated(now);
    if (this.#partialSince > 0 && now - this.#partialSince >= FRAME_MS) {
      this.frameOverdue();
      return this.due;
    }
    if (this.services.disconnectOnExpiry && this.endIfExpired()) return this.due;
    if (this.#isDead(now) || this.#isUnread(now)) return this.#cut();
    if (now >= this.#beatDue()) this.send(BEAT);
    return this.#nextDue(now);
  }

  /** Counts a message of this length. False when the peer sends too much, or shall not be heard. */
  protected hears(length: number): boolean {
    if (this.#phase !== "open") return false;
    const { now } = this.services.wheel;
    if (now - this.#inputSince >= INPUT_MS) {
      this.#inputSince = now;
      this.#inputMessages = this.#inputOctets = 0;
    }
    this.#inputMessages++;
    this.#inputOctets += length;
    if (this.#inputMessages <= INPUT_MESSAGES && this.#inputOctets <= INPUT_OCTETS) return true;
    this.flooded();
    this.services.wheel.schedule(this, now + FLOOD_CUT_MS);
    return false;
  }

  /** The session is agreed: beats begin. */
  protected establish(): void {
    this.#established = true;
    this.services.wheel.schedule(this, this.#nextDue(this.#sentAt));
  }

  /** Octets came in, and left a frame incomplete or not. */
  protected received(partial: boolean): void {
    this.pong();
    // It asks and does not read the answers.
    if (this.#phase === "open" && this.#socket.bufferedAmount > UNREAD_OCTETS) {
      this.services.metrics.slowPeerCut();
      this.#cut();
      return;
    }
    if (!partial) this.#partialSince = 0;
    else if (this.#partialSince === 0) {
      this.#partialSince = this.#receivedAt;
      this.#dueBy(this.#receivedAt + FRAME_MS);
    }
  }

  /** Something was sent that must be read in time. */
  protected expectRead(): void {
    this.#dueBy(this.#sentAt + UNREAD_MS);
  }

  #turnEnding(): number {
    if (this.#phase === "lingering") {
      this.close(1000, "");
      return this.due;
    }
    return this.#cut();
  }

  #turnUnauthenticated(now: number): number {
    const deadline = this.#openedAt + this.services.connectTimeoutMs;
    if (now < deadline) return deadline;
    // Without an ERROR: a slow key server must not cost the client one of its few lives.
    this.close(1008, "No CONNECT in time");
    return this.due;
  }

  /** Whether the peer neither sends nor answers pings. */
  #isDead(now: number): boolean {
    const { incomingTimeoutMs } = this.beats();
    if (incomingTimeoutMs > 0 && now - this.#receivedAt >= incomingTimeoutMs) return true;
    if (now < this.#pingAt) return false;
    if (this.#pongDue) return true;
    this.#pongDue = this.#socket.ping();
    this.#pingAt = this.#pongDue ? now + PING_MS : Infinity;
    return false;
  }

  /** Whether the peer does not read. */
  #isUnread(now: number): boolean {
    const unread = this.#socket.bufferedAmount;
    if (unread === 0) this.#unreadSince = 0;
    else if (this.#unreadSince === 0) this.#unreadSince = now;
    const late = this.#unreadSince > 0 && now - this.#unreadSince >= UNREAD_MS;
    if (!late && unread <= UNREAD_OCTETS) return false;
    this.services.metrics.slowPeerCut();
    return true;
  }

  /** When the next beat must be sent, unless something else is sent before. */
  #beatDue(): number {
    const { outgoingBeatMs: most } = this.beats();
    return most > 0 ? this.#sentAt + Math.min(most * BEAT_PART, most - BEAT_MARGIN_MS) : Infinity;
  }

  #nextDue(now: number): number {
    const { incomingTimeoutMs } = this.beats();
    let due = Math.min(this.#pingAt, this.#beatDue());
    if (incomingTimeoutMs > 0) due = Math.min(due, this.#receivedAt + incomingTimeoutMs);
    if (this.#partialSince > 0) due = Math.min(due, this.#partialSince + FRAME_MS);
    if (this.#unreadSince > 0) due = Math.min(due, this.#unreadSince + UNREAD_MS);
    if (this.services.disconnectOnExpiry) due = Math.min(due, now + EXPIRY_MS);
    return due === Infinity ? 0 : Math.max(due, now);
  }

  /** Makes the next turn come no later than `time`. */
  #dueBy(time: number): void {
    if (this.#phase === "open" && (this.due === 0 || this.due > time)) {
      this.services.wheel.schedule(this, time);
    }
  }

  #enter(phase: "lingering" | "closing", ms: number): void {
    this.#phase = phase;
    this.services.wheel.schedule(this, this.services.clock.now() + ms);
  }

  /** Ends the TCP connection without a handshake. Returns that no turn follows. */
  #cut(): 0 {
    logger.debug("Cut a peer that was {phase}", { phase: this.#phase });
    this.#socket.terminate();
    this.#end();
    return 0;
  }

  /** Leaves everything but the count of open sockets, which only the socket's own end lowers. */
  #end(): void {
    if (this.#phase === "gone") return;
    this.#phase = "gone";
    this.services.wheel.schedule(this, 0);
    this.letGo();
    this.ended();
  }
}
