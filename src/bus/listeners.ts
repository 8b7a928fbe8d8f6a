import { getLogger } from "../log/log.ts";
import type { TopicHandler } from "./bus.ts";

const log = getLogger("bus");

/** Who listens in this isolate: one handler a topic, and those who want to hear of gaps. */
export class Listeners {
  readonly #topics = new Map<string, TopicHandler>();
  readonly #gaps: (() => void)[] = [];

  set(topic: string, handler: TopicHandler): void {
    this.#topics.set(topic, handler);
  }

  delete(topic: string): boolean {
    return this.#topics.delete(topic);
  }

  has(topic: string): boolean {
    return this.#topics.has(topic);
  }

  /** The topics; one that comes or goes meanwhile is found, or is not. */
  topics(): Iterable<string> {
    return this.#topics.keys();
  }

  onGap(handler: () => void): void {
    this.#gaps.push(handler);
  }

  /** What the topic's handler answers; `undefined` when there is none, or it throws or is silent. */
  hand(topic: string, payload: string, from: string): string | undefined {
    try {
      return this.#topics.get(topic)?.(payload, from) ?? undefined;
    } catch (error) {
      log.error("The handler of topic {topic} failed: {error}", { topic, error });
      return undefined;
    }
  }

  /** Tells everyone who asked that messages may have been lost. */
  gap(): void {
    for (const handler of this.#gaps) {
      try {
        handler();
      } catch (error) {
        log.error("A gap handler failed: {error}", { error });
      }
    }
  }

  clear(): void {
    this.#topics.clear();
    this.#gaps.length = 0;
  }
}
