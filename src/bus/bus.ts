/**
 * The bus carries opaque strings between the isolates of one service: workers of a process,
 * instances on Deno Deploy, machines over Redis. It knows nothing of what they mean.
 *
 * @module
 */

/** What {@linkcode Bus.ask} gathered. */
export interface Answers {
  /** The answer of each isolate that gave one, by isolate id. */
  readonly answers: ReadonlyMap<string, string>;
  /** False when an isolate that has the topic did not answer in time: its answer is unknown. */
  readonly complete: boolean;
}

/**
 * Receives what others send on a topic. What it returns is the answer to an {@linkcode Bus.ask};
 * for a {@linkcode Bus.publish} it is ignored. A throw is logged and answers nothing.
 */
export type TopicHandler = (payload: string, from: string) => string | void;

/** The port. Implementations: `BroadcastChannelBus`, `RedisBus`. */
export interface Bus extends AsyncDisposable {
  /** The id under which this isolate sends; no other isolate of the service has it. */
  readonly id: string;

  /**
   * Hands `payload` to every *other* isolate subscribed to `topic`, at most once each, in the order
   * in which this isolate published it. Resolves when the carrier has it.
   *
   * @throws {BusError} the carrier cannot be reached.
   */
  publish(topic: string, payload: string): Promise<void>;

  /**
   * Like {@linkcode publish}, and gathers what the handlers of the other isolates return. Resolves
   * as soon as every one has answered, or after `timeoutMs` with what there is; at once when nobody
   * else has the topic.
   *
   * @throws {BusError} the carrier cannot be reached.
   */
  ask(topic: string, payload: string, timeoutMs: number): Promise<Answers>;

  /**
   * Calls `handler` for what others send on `topic` until {@linkcode unsubscribe}. One handler a
   * topic; a second call replaces the first. Resolves once everything that is published *from now
   * on* will arrive, so that a caller who reads a store afterwards has missed nothing.
   *
   * @throws {BusError} the carrier cannot be reached; the topic is subscribed when it returns.
   */
  subscribe(topic: string, handler: TopicHandler): Promise<void>;

  /** Ends {@linkcode subscribe}. Never fails; unknown topics are ignored. */
  unsubscribe(topic: string): void;

  /**
   * Calls `handler` each time messages may have been lost and the connection stands again (all
   * topics subscribed again): the moment to read the store anew.
   */
  onGap(handler: () => void): void;

  /** Resolves when the carrier answers within `timeoutMs`. @throws {BusError} it does not. */
  check(timeoutMs: number): Promise<void>;
}

/** The carrier cannot be reached. `cause` is the driver's own error. */
export class BusError extends Error {
  override readonly name = "BusError";
}
