/**
 * The bus carries opaque strings between the isolates of one service: workers of a process,
 * instances on Deno Deploy, machines over Redis. It knows nothing of what they mean; who uses it
 * says that with a {@linkcode Topic}.
 *
 * @module
 */

/** What {@linkcode Bus.ask} gathered. */
export interface Answers<Answer = string> {
  /** The answer of each isolate that gave one, by isolate id. */
  readonly answers: ReadonlyMap<string, Answer>;
  /** False when an isolate that has the topic did not answer in time: its answer is unknown. */
  readonly complete: boolean;
}

/**
 * Receives what others send on a topic. What it returns is the answer to an {@linkcode Bus.ask};
 * for {@linkcode Bus.publish} and {@linkcode Bus.tell} it is ignored. A throw is logged and answers
 * nothing.
 */
export type TopicHandler = (payload: string, from: string) => string | void;

/** A handler on a topic, from {@linkcode Bus.subscribe} until it is disposed of. */
export interface Subscription extends Disposable {
  /**
   * Resolves once everything that is published *from now on* will arrive, so that a caller who reads
   * a store afterwards has missed nothing. Rejects with a {@linkcode BusError} when the carrier
   * cannot be reached; the subscription stands all the same, and holds from the next gap on.
   * Nobody has to wait for it.
   */
  readonly ready: Promise<void>;
}

/** The port. Implementations: `BroadcastChannelBus`, `RedisBus`. */
export interface Bus extends AsyncDisposable {
  /** The id under which this isolate sends; no other isolate of the service has it. */
  readonly id: string;

  /**
   * Hands `payload` to every *other* isolate subscribed to `topic`, at most once each, in the order
   * in which this isolate sent it. Resolves when the carrier has it.
   *
   * @throws {BusError} the carrier cannot be reached.
   */
  publish(topic: string, payload: string): Promise<void>;

  /**
   * Like {@linkcode publish}, and gathers what the handlers of the other isolates return. Resolves
   * as soon as every one has answered, or after `timeoutMs` with what there is; at once when nobody
   * else has the topic. An isolate gives one answer: of its handlers of the topic all are called,
   * in the order in which they subscribed, and the first that does not return `undefined` answers.
   *
   * @throws {BusError} the carrier cannot be reached.
   */
  ask(topic: string, payload: string, timeoutMs: number): Promise<Answers>;

  /**
   * Hands `payload` to the handlers of `topic` in the isolate with the id `isolate` alone (which may
   * be this one), at most once, in order with what this isolate publishes and asks. Where that
   * isolate does not have the topic it is ignored.
   *
   * Resolves when the carrier has it: false when it knows no such isolate, so that the message is as
   * good as lost. True is no promise: an isolate that died without a word is known for a while (over
   * Redis until its connection ends, on a channel up to 20 s unless its supervisor says so). Who has
   * to know lets the isolate tell something back.
   *
   * @throws {BusError} the carrier cannot be reached.
   */
  tell(isolate: string, topic: string, payload: string): Promise<boolean>;

  /**
   * Calls `handler` for what others send on `topic` until the subscription is disposed of, also
   * beside other handlers of this isolate, which do not know of each other. The carrier is left with
   * the last of them.
   */
  subscribe(topic: string, handler: TopicHandler): Subscription;

  /**
   * Calls `handler` each time messages may have been lost and the connection stands again (all
   * topics subscribed again): the moment to read the store anew. Until it is disposed of.
   */
  onGap(handler: () => void): Disposable;

  /** Resolves when the carrier answers within `timeoutMs`. @throws {BusError} it does not. */
  check(timeoutMs: number): Promise<void>;
}

/** The carrier cannot be reached. `cause` is the driver's own error. */
export class BusError extends Error {
  override readonly name = "BusError";
}
