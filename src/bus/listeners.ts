import { getLogger } from "../log/log.ts";
import type { Subscription, TopicHandler } from "./bus.ts";

const log = getLogger("bus");

/** Who listens in this isolate: the handlers of each topic, and those who want to hear of gaps. */
export class Listeners {
  /** Never changed in place: whoever walks over handlers meets those that were there. */
  readonly #topics = new Map<string, readonly Registration[]>();
  readonly #gaps = new Set<{ readonly handler: () => void }>();
  readonly #abandoned: (topic: string) => void;

  /** @param abandoned is told of a topic whose last handler has gone. */
  constructor(abandoned: (topic: string) => void = () => {}) {
    this.#abandoned = abandoned;
  }

  /** Takes `handler` in, then calls `join`, which resolves once the carrier has the topic. */
  subscribe(topic: string, handler: TopicHandler, join: () => Promise<void>): Subscription {
    const registration = new Registration(this, topic, handler);
    const handlers = this.#topics.get(topic);
    // There are many topics with one handler; the literal has no room to grow.
    this.#topics.set(topic, handlers ? [...handlers, registration] : [registration]);
    return registration.join(join);
  }

  has(topic: string): boolean {
    return this.#topics.has(topic);
  }

  /** The topics; one that comes or goes meanwhile is found, or is not. */
  topics(): Iterable<string> {
    return this.#topics.keys();
  }

  onGap(handler: () => void): Disposable {
    const entry = { handler };
    this.#gaps.add(entry);
    return { [Symbol.dispose]: () => void this.#gaps.delete(entry) };
  }

  /** The first answer of the topic's handlers; `undefined` when each is silent or throws. */
  hand(topic: string, payload: string, from: string): string | undefined {
    let answer: string | undefined;
    for (const registration of this.#topics.get(topic) ?? []) {
      if (registration.ended) continue;
      try {
        answer = first(answer, registration.handler(payload, from));
      } catch (error) {
        log.error("The handler of topic {topic} failed: {error}", { topic, error });
      }
    }
    return answer;
  }

  /** Tells everyone who asked that messages may have been lost. */
  gap(): void {
    for (const { handler } of [...this.#gaps]) {
      try {
        handler();
      } catch (error) {
        log.error("A gap handler failed: {error}", { error });
      }
    }
  }

  delete(registration: Registration): void {
    const { topic } = registration;
    const handlers = this.#topics.get(topic);
    if (!handlers?.includes(registration)) return;
    const left = handlers.filter((each) => each !== registration);
    if (left.length > 0) {
      this.#topics.set(topic, left);
    } else {
      this.#topics.delete(topic);
      this.#abandoned(topic);
    }
  }

  /** Forgets everybody. The carrier is not told. */
  clear(): void {
    for (const handlers of this.#topics.values()) for (const each of handlers) each.ended = true;
    this.#topics.clear();
    this.#gaps.clear();
  }
}

const READY = Promise.resolve();

/** One handler of a topic. */
class Registration implements Subscription {
  ready = READY;
  ended = false;

  constructor(
    readonly listeners: Listeners,
    readonly topic: string,
    readonly handler: TopicHandler,
  ) {}

  join(join: () => Promise<void>): this {
    this.ready = join();
    // A promise of its own is kept for an error alone, which is no fault if nobody waits for it.
    this.ready.then(() => this.ready = READY, () => {});
    return this;
  }

  [Symbol.dispose](): void {
    this.ended = true;
    this.listeners.delete(this);
  }
}

function first(known: string | undefined, next: string | void): string | undefined {
  return known ?? (next === undefined ? undefined : next);
}
