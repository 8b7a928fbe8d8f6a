import { type ConferenceName, ConferenceNameError } from "../../access/conference_name.ts";
import type { Principal } from "../../auth/principal.ts";
import type { PeerHandle } from "../../gateway/protocol.ts";
import { StompError, type Subscription } from "../../stomp/mod.ts";
import { authorizationOf, type Refused, StompConnection } from "../../stomp_host/connection.ts";
import { VisitorsListError } from "../../visitors_list/error.ts";
import type { Change } from "../../visitors_list/visitor.ts";
import { parseListDestination } from "./destination.ts";
import { listBody } from "./messages.ts";
import type { ListServices } from "./services.ts";
import { Part, View, type Viewer } from "./view.ts";

/** The most meetings that one connection may look at; a participant is in one. */
const MAX_MEETINGS = 4;
/** The most whole lists that a connection gets within a time, in milliseconds. */
const MAX_LISTS = 5;
const LISTS_MS = 10_000;

/** One peer's STOMP session, and the lists that it looks at. */
export class Connection extends StompConnection<Part> implements Viewer {
  readonly #services: ListServices;
  readonly #views = new Map<string, View>();
  /** SUBSCRIBEs take effect in their order, whatever each of them has to wait for. */
  #turn: Promise<unknown> = Promise.resolve();
  #lists = 0;
  #listsSince = 0;

  constructor(services: ListServices, peer: PeerHandle) {
    super(services, peer);
    this.#services = services;
  }

  // The host asks.

  protected refusalOf(principal: Principal): Refused | undefined {
    return this.#services.access.mayList(principal);
  }

  protected enter(
    subscription: Subscription<Part>,
    headers: ReadonlyMap<string, string>,
  ): Promise<void> {
    const { kind, meeting } = parseListDestination(subscription.destination);
    const part = new Part(this.#view(meeting), kind, subscription);
    subscription.context = part;
    const authorization = authorizationOf(headers);
    const turn = this.#turn.then(() => this.#grant(part, authorization));
    this.#turn = turn.catch(() => {});
    return turn;
  }

  subscribed({ context }: Subscription<Part>): void {
    if (context?.kind === "queue" && !context.ended) this.#sendList(context);
  }

  unsubscribe(subscription: Subscription<Part>): void {
    subscription.context?.leave();
    subscription.context = undefined;
  }

  // The list speaks.

  tellChanges(changes: readonly Change[], subscription: Subscription<Part>): void {
    this.session.message(subscription, this.#services.bodies.encode(changes));
    this.peer.expectRead();
  }

  recheck(view: View): void {
    const refusal = this.#refusalFor(view);
    if (!refusal) return;
    this.#services.refusals.count(refusal.code);
    this.session.fail(new StompError("forbidden", "Access refused", { detail: refusal.detail }));
  }

  closed(view: View): void {
    this.#views.delete(view.meeting);
  }

  #view(meeting: string): View {
    const known = this.#views.get(meeting);
    if (known) return known;
    if (this.#views.size >= MAX_MEETINGS) {
      throw new StompError("limit-exceeded", "Too many meetings");
    }
    try {
      const view = new View(this, meeting, this.#services.lists);
      view.principals.add(this.principal);
      this.#views.set(meeting, view);
      return view;
    } catch (error) {
      throw this.#listProblem(error);
    }
  }

  /** Whether the subscription stands: who asks, whose meeting it is, and room for a list. */
  async #grant(part: Part, authorization: string | undefined): Promise<void> {
    const { view, subscription } = part;
    if (authorization?.trim()) {
      const principal = await this.identify(authorization);
      const refusal = this.refusalOf(principal);
      if (refusal) return await this.refuse(refusal, subscription.destination);
      view.principals.add(principal);
    }
    try {
      await view.following.ready;
    } catch (error) {
      throw this.#listProblem(error);
    }
    const refusal = this.#refusalFor(view);
    if (refusal) return await this.refuse(refusal, subscription.destination);
    if (part.ended) return;
    if (part.kind === "topic") return view.start(subscription);
    this.#spendList();
    await this.#services.turns.take(this.peer);
    try {
      await view.following.refresh();
    } catch (error) {
      throw this.#listProblem(error);
    }
  }

  #sendList(part: Part): void {
    this.session.message(part.subscription, listBody(part.takeList()));
    this.peer.expectRead();
  }

  /** Of a meeting without a list nothing is known, and nothing is told but that nobody is there. */
  #refusalFor({ following, principals }: View): Refused | undefined {
    if (following.conference === undefined) return undefined;
    const { access } = this.#services;
    const name = this.#nameOf(following.conference);
    if (!name) return { code: "room", detail: "the meeting is of a conference that is not here" };
    for (const principal of principals) {
      const refusal = access.mayList(principal, name);
      if (refusal) return refusal;
    }
    return undefined;
  }

  /** Undefined: it was stored while other domains were configured. */
  #nameOf(conference: string): ConferenceName | undefined {
    try {
      return this.#services.names.parse(conference);
    } catch (error) {
      if (error instanceof ConferenceNameError) return undefined;
      throw error;
    }
  }

  #spendList(): void {
    const { now } = this.peer;
    if (now - this.#listsSince >= LISTS_MS) {
      this.#listsSince = now;
      this.#lists = 0;
    }
    if (++this.#lists <= MAX_LISTS) return;
    throw new StompError("limit-exceeded", "Too many lists");
  }

  /** Not the client's fault: it comes back. */
  #listProblem(error: unknown): unknown {
    return error instanceof VisitorsListError ? this.busy("unavailable", "Try again later") : error;
  }
}
