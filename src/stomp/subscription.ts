/**
 * The subscriptions of one session.
 *
 * @module
 */

import { StompError } from "./error.ts";

/** How a client wants to acknowledge (STOMP 1.2, SUBSCRIBE ack Header). */
export type AckMode = "auto" | "client" | "client-individual";

/** How a frame names a subscription. */
export interface SubscriptionName {
  /** Absent in 1.0 where the SUBSCRIBE had none: there the destination names it. */
  readonly id: string | undefined;
  readonly destination: string | undefined;
}

/** One subscription of a session, with what its host keeps of it. */
export interface Subscription<C = unknown> extends SubscriptionName {
  /** Exactly as subscribed. */
  readonly destination: string;
  readonly ack: AckMode;
  /** The host's own; the session never looks at it. */
  context: C | undefined;
}

/** Made only for a session that subscribes. Most have one subscription and never remove it. */
export class Subscriptions<C = unknown> {
  readonly #max: number;
  #active: readonly Subscription<C>[] = [];
  /** The last `max` names that UNSUBSCRIBE freed. */
  #freed: readonly SubscriptionName[] = [];

  constructor(max: number) {
    this.#max = max;
  }

  get active(): readonly Subscription<C>[] {
    return this.#active;
  }

  /** @throws {StompError} `duplicate-subscription`, `limit-exceeded` */
  add(subscription: Subscription<C>): void {
    if (this.#find(subscription) !== undefined) {
      throw new StompError("duplicate-subscription", "Duplicate subscription id");
    }
    if (this.#active.length >= this.#max) {
      throw new StompError("limit-exceeded", "Too many subscriptions");
    }
    this.#active = [...this.#active, subscription];
  }

  /**
   * Removes the subscription that `name` names and returns it; `undefined` when it was removed
   * before. To unsubscribe twice is harmless, and an ERROR would cost the client the RECEIPT of the
   * DISCONNECT that often follows at once.
   *
   * @throws {StompError} `unknown-subscription`: there never was one, as far as is remembered.
   */
  remove(name: SubscriptionName): Subscription<C> | undefined {
    const found = this.#find(name);
    if (found !== undefined) {
      this.drop(found);
      const freed = { id: found.id, destination: found.destination };
      this.#freed = [...this.#freed, freed].slice(-this.#max);
    } else if (!this.#freed.some((freed) => isNamed(freed, name))) {
      throw new StompError("unknown-subscription", "Unknown subscription");
    }
    return found;
  }

  /** Removes `subscription` without a trace. */
  drop(subscription: Subscription<C>): void {
    this.#active = this.#active.filter((other) => other !== subscription);
  }

  /** Removes all, and returns them. */
  drain(): readonly Subscription<C>[] {
    const drained = this.#active;
    this.#active = [];
    return drained;
  }

  #find(name: SubscriptionName): Subscription<C> | undefined {
    return this.#active.find((subscription) => isNamed(subscription, name));
  }
}

/** An id names one subscription of the connection; without any, as 1.0 allows, the destination does. */
function isNamed(candidate: SubscriptionName, name: SubscriptionName): boolean {
  if (candidate.id !== name.id) return false;
  return name.id !== undefined || candidate.destination === name.destination;
}
