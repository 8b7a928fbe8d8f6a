/**
 * Who is in which meeting as a visitor, over all workers and machines. Whoever sees them join and
 * leave reports it; whoever shows them follows a meeting.
 *
 * @module
 */

import { kept } from "../base/kept.ts";
import type { Bus } from "../bus/bus.ts";
import { getLogger } from "../log/log.ts";
import type { Store } from "../store/store.ts";
import type { Clock } from "../time/clock.ts";
import { VisitorsListError } from "./error.ts";
import type { Follower } from "./followers.ts";
import { Meeting, type Reported } from "./meeting.ts";
import type { Change, Visitor } from "./visitor.ts";

/** The most meetings with a list that begin within a day, and that one isolate has at a time. */
const MAX_MEETINGS = 10_000;
const MAX_OPEN_MEETINGS = 5_000;
/** How often the lists that somebody follows are compared with the store. */
const CHECK_MS = 15_000;
/** For how long a list is kept that nobody follows. */
const IDLE_MS = 60_000;

/** A list that began within a day; with a value of nothing, so that many can be counted. */
const BEGUN = "visitors-list/begun/";
const BEGUN_TTL_MS = 24 * 3_600_000;
const COUNT_MS = 60_000;

export interface VisitorsListsOptions {
  readonly bus: Bus;
  readonly store: Store;
  readonly clock: Clock;
  /** For how long changes are gathered before followers are told, in milliseconds. */
  readonly groupMs: number;
}

const logger = getLogger("visitors-list");

/** Every list that this isolate has to do with. */
export class VisitorsLists implements Disposable {
  readonly #options: VisitorsListsOptions;
  readonly #meetings = new Map<string, Meeting>();
  readonly #stack = new DisposableStack();
  readonly #begun: () => Promise<number>;
  #checking = false;

  constructor(options: VisitorsListsOptions) {
    const { bus, store, clock } = options;
    this.#options = options;
    this.#begun = kept(
      async () => (await store.keys(BEGUN, MAX_MEETINGS)).length,
      COUNT_MS,
      clock,
    );
    this.#stack.use(clock.every(CHECK_MS, () => void this.#check()));
    this.#stack.use(bus.onGap(() => void this.#check()));
  }

  /**
   * Takes what happened in a meeting, in this order. Resolves once it is durable.
   *
   * @param meeting at most `MAX_MEETING_CHARS` characters; `conference` is a canonical name.
   * @throws {VisitorsListError}
   */
  report(meeting: string, conference: string, changes: readonly Change[]): Promise<Reported> {
    return this.#open(meeting).report(conference, changes);
  }

  /** The canonical name of the conference of a meeting that has a list. @throws {VisitorsListError} */
  async conferenceOf(meeting: string): Promise<string | undefined> {
    const open = this.#open(meeting);
    await open.refresh();
    return open.conference;
  }

  /** Drops the list of a meeting. Those who follow it hear that all leave. @throws {VisitorsListError} */
  async drop(meeting: string): Promise<void> {
    await this.#open(meeting).drop();
    await this.#options.store.delete(BEGUN + meeting).catch(() => {});
  }

  /**
   * Follows the list of a meeting, which may have none yet.
   *
   * @throws {VisitorsListError} `busy`
   */
  follow(meeting: string, follower: Follower): Following {
    return new Following(this.#open(meeting), follower);
  }

  [Symbol.dispose](): void {
    this.#stack.dispose();
    for (const meeting of this.#meetings.values()) meeting[Symbol.dispose]();
    this.#meetings.clear();
  }

  #open(id: string): Meeting {
    const known = this.#meetings.get(id);
    if (known) return known;
    if (this.#meetings.size >= MAX_OPEN_MEETINGS) this.#close(0);
    if (this.#meetings.size >= MAX_OPEN_MEETINGS) {
      throw new VisitorsListError("busy", "there are too many meetings");
    }
    const begin = (meeting: string) => this.#begin(meeting);
    const meeting = new Meeting({ ...this.#options, begin }, id);
    this.#meetings.set(id, meeting);
    return meeting;
  }

  async #begin(meeting: string): Promise<void> {
    if (await this.#begun() >= MAX_MEETINGS) {
      throw new VisitorsListError("busy", "too many meetings have a list");
    }
    await this.#options.store.set(BEGUN + meeting, "", { ttlMs: BEGUN_TTL_MS });
  }

  /** Closes what nobody has had to do with for `idleMs`. */
  #close(idleMs: number): void {
    for (const [id, meeting] of this.#meetings) {
      if (meeting.idleMs <= idleMs) continue;
      this.#meetings.delete(id);
      meeting[Symbol.dispose]();
    }
  }

  /** Reads again what somebody follows: a message of the bus may have been lost. */
  async #check(): Promise<void> {
    this.#close(IDLE_MS);
    if (this.#checking) return;
    this.#checking = true;
    for (const meeting of [...this.#meetings.values()]) {
      if (meeting.followers.size === 0) continue;
      await meeting.refresh().catch((error) => {
        logger.debug("Cannot read a list: {error}", { error });
      });
    }
    this.#checking = false;
  }
}

/** One follower of one list. Disposing of it ends that. */
export class Following implements Disposable {
  readonly #meeting: Meeting;
  readonly #follower: Follower;
  /** Resolves when it is known whose meeting it is. Rejects with a {@linkcode VisitorsListError}. */
  readonly ready: Promise<void>;

  constructor(meeting: Meeting, follower: Follower) {
    this.#meeting = meeting;
    this.#follower = follower;
    meeting.followers.add(follower);
    this.ready = meeting.refresh();
    this.ready.catch(() => {});
  }

  /** The canonical name of the conference; `undefined` while the meeting has no list. */
  get conference(): string | undefined {
    return this.#meeting.conference;
  }

  /** From now on the follower hears of changes. */
  start(): void {
    this.#meeting.followers.start(this.#follower);
  }

  /** The follower hears of no more changes. */
  stop(): void {
    this.#meeting.followers.stop(this.#follower);
  }

  /** The follower waits for the {@linkcode list}, and is told of no changes until it has it. */
  hold(): void {
    this.#meeting.followers.hold(this.#follower);
  }

  /** Ends one {@linkcode hold}, whether the list was taken or not. */
  release(): void {
    this.#meeting.followers.release(this.#follower);
  }

  /** What was reported before the call is in {@linkcode list} when it resolves. @throws {VisitorsListError} */
  refresh(): Promise<void> {
    return this.#meeting.refresh();
  }

  /**
   * The whole list. No change that is in it is told after it, and every one that is not in it is, if
   * the follower hears of changes.
   */
  list(): Visitor[] {
    this.#meeting.followers.settle(this.#follower);
    return [...this.#meeting.roster.visitors()];
  }

  [Symbol.dispose](): void {
    this.#meeting.followers.delete(this.#follower);
  }
}
