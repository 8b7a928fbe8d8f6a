import type { Principal } from "../../auth/principal.ts";
import type { Subscription } from "../../stomp/mod.ts";
import type { Held } from "../../stomp_host/connection.ts";
import type { Follower } from "../../visitors_list/followers.ts";
import type { Change, Visitor } from "../../visitors_list/visitor.ts";
import type { Following, VisitorsLists } from "../../visitors_list/visitors_lists.ts";

/** Who sends what a view hears: the connection. */
export interface Viewer {
  tellChanges(changes: readonly Change[], subscription: Subscription<Part>): void;
  /** It became known whose meeting it is. */
  recheck(view: View): void;
  /** Nothing is subscribed to of the meeting any more. */
  closed(view: View): void;
}

/** What one connection has of one meeting: all its subscriptions follow the list as one. */
export class View implements Follower {
  readonly following: Following;
  /** Who wants to see it: the connection's own identity, and those that came with a SUBSCRIBE. */
  readonly principals = new Set<Principal>();
  readonly #topics: Subscription<Part>[] = [];
  #parts = 0;

  /** @throws {VisitorsListError} */
  constructor(readonly viewer: Viewer, readonly meeting: string, lists: VisitorsLists) {
    this.following = lists.follow(meeting, this);
  }

  belongs(): void {
    this.viewer.recheck(this);
  }

  changed(changes: readonly Change[]): void {
    for (const topic of [...this.#topics]) this.viewer.tellChanges(changes, topic);
  }

  /** One more subscription; a `Part` is in nothing before. */
  opened(): void {
    this.#parts++;
  }

  /** The changes go to `topic` from now on. */
  start(topic: Subscription<Part>): void {
    this.#topics.push(topic);
    this.following.start();
  }

  end(subscription: Subscription<Part>): void {
    const at = this.#topics.indexOf(subscription);
    if (at >= 0) this.#topics.splice(at, 1);
    if (this.#topics.length === 0) this.following.stop();
    if (--this.#parts > 0) return;
    this.following[Symbol.dispose]();
    this.viewer.closed(this);
  }
}

/** What one subscription holds: the changes, or the whole list. */
export class Part implements Held {
  #ended = false;
  /** Whether it waits for the whole list. */
  #waits: boolean;

  constructor(
    readonly view: View,
    readonly kind: "topic" | "queue",
    readonly subscription: Subscription<Part>,
  ) {
    view.opened();
    this.#waits = kind === "queue";
    if (this.#waits) view.following.hold();
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** The whole list, for the one time that it is sent. */
  takeList(): Visitor[] {
    const visitors = this.view.following.list();
    this.#release();
    return visitors;
  }

  leave(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#release();
    this.view.end(this.subscription);
  }

  #release(): void {
    if (!this.#waits) return;
    this.#waits = false;
    this.view.following.release();
  }
}
