import { type ConferenceName, ConferenceNameError } from "../../access/conference_name.ts";
import type { Principal } from "../../auth/principal.ts";
import type { PeerHandle } from "../../gateway/protocol.ts";
import { getLogger } from "../../log/log.ts";
import type { ConferenceLive, VisitorsWaiting } from "../../queue/events.ts";
import type { Visitor } from "../../queue/place.ts";
import { QueueFullError } from "../../queue/queue.ts";
import { StompError, type Subscription } from "../../stomp/mod.ts";
import { type Refused, StompConnection } from "../../stomp_host/connection.ts";
import { parseDestination } from "./destination.ts";
import { type Holder, type Teller, Waiting, Watching } from "./holder.ts";
import { stateBody } from "./messages.ts";
import type { StompServices } from "./services.ts";

const logger = getLogger("queue");

/** One peer's STOMP session, and what it holds in the queue. */
export class Connection extends StompConnection<Holder> implements Teller {
  readonly #services: StompServices;

  constructor(services: StompServices, peer: PeerHandle) {
    super(services, peer);
    this.#services = services;
  }

  // The host asks.

  protected refusalOf(principal: Principal): Refused | undefined {
    return this.#services.access.mayHearAnything(principal);
  }

  protected enter(subscription: Subscription<Holder>): void | Promise<void> {
    const { audience, conference } = parseDestination(subscription.destination);
    const name = this.#nameOf(conference);
    const refusal = this.#services.access.mayHear(audience, this.principal, name);
    if (refusal) return this.refuse(refusal, subscription.destination);
    subscription.context = audience === "visitors"
      ? this.#wait(name, subscription)
      : this.#watch(name, subscription);
  }

  unsubscribe(subscription: Subscription<Holder>): void {
    subscription.context?.remove(subscription);
    subscription.context = undefined;
  }

  // The queue speaks.

  leavesLine(key: string): void {
    this.#services.returning.told(this.mark, key);
  }

  tellLive(event: ConferenceLive, subscription: Subscription<Holder>): void {
    this.peer.send(this.#services.liveMessages.encode(event, this.session, subscription));
    this.peer.expectRead();
  }

  tellCount(event: VisitorsWaiting, subscription: Subscription<Holder>): void {
    const { conference } = parseDestination(subscription.destination);
    this.session.message(subscription, stateBody(conference, event.visitorsWaiting));
    this.peer.expectRead();
  }

  sendAway(): void {
    this.session.fail(this.busy("full", "Conference full"));
  }

  #watch(name: ConferenceName, subscription: Subscription<Holder>): Watching {
    const watching = new Watching(this, subscription);
    watching.watch = this.#services.queue.watch(name, watching);
    return watching;
  }

  #wait(name: ConferenceName, subscription: Subscription<Holder>): Waiting {
    for (const { context } of this.session.subscriptions) {
      if (context instanceof Waiting && context.key === name.key && context.open) {
        context.subscriptions.push(subscription);
        return context;
      }
    }
    this.#noteReturn(name.key);
    const waiting = new Waiting(this, name.key, subscription);
    try {
      waiting.place = this.#services.queue.wait(name, waiting, this.#visitor);
    } catch (error) {
      if (!(error instanceof QueueFullError)) throw error;
      throw this.busy("full", "Conference full");
    }
    return waiting;
  }

  /** It was told a moment ago, so the meeting did not let it in. */
  #noteReturn(conference: string): void {
    const { returning, returned } = this.#services;
    if (!returning.comesBack(this.mark, conference)) return;
    returned.inc();
    if (!returning.first(conference)) return;
    logger.warn(
      "Visitors of {conference} were told that it is live and are back: `visitors.live` is probably " +
        "still false, or the nodes are full",
      { conference },
    );
  }

  get #visitor(): Visitor | undefined {
    const { principal } = this;
    return principal.kind === "client" ? principal.user : undefined;
  }

  #nameOf(conference: string): ConferenceName {
    try {
      return this.#services.names.parse(conference);
    } catch (error) {
      if (!(error instanceof ConferenceNameError)) throw error;
      throw new StompError("forbidden", "Unknown destination", { detail: error.message });
    }
  }
}
