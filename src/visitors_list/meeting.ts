import type { Bus, Subscription } from "../bus/bus.ts";
import { Fresh } from "../base/fresh.ts";
import { getLogger } from "../log/log.ts";
import { type Store, StoreError } from "../store/store.ts";
import type { Clock } from "../time/clock.ts";
import { VisitorsListError } from "./error.ts";
import { Followers } from "./followers.ts";
import { Journal } from "./journal.ts";
import { MEETINGS, type Message } from "./messages.ts";
import { type Head, MAX_PART_OCTETS, pieces, readChange, type WrittenChange } from "./record.ts";
import { Roster } from "./roster.ts";
import type { Change } from "./visitor.ts";

/** The most changes of a meeting that wait in one isolate to be stored. */
const MAX_WAITING = 50_000;
/** How often a change is tried that somebody else was quicker than; each time somebody succeeds. */
const MAX_TRIES = 100;

export interface MeetingOptions {
  readonly bus: Bus;
  readonly store: Store;
  readonly clock: Clock;
  /** For how long changes are gathered before they are told, in milliseconds. */
  readonly groupMs: number;
  /** Asked before a list begins. @throws {VisitorsListError} there are too many. */
  begin(meeting: string): Promise<void>;
}

/** What a report came to. */
export interface Reported {
  /** Visitors who joined, left or were renamed by it. */
  readonly changed: number;
  /** Visitors who could not join: the list is full. */
  readonly full: number;
}

const logger = getLogger("visitors-list");

/**
 * The list of one meeting as one isolate has it: a copy that follows the journal. Changes are taken
 * from the bus where they fit behind what is known, and else from the store.
 */
export class Meeting implements Disposable {
  readonly #options: MeetingOptions;
  readonly #journal: Journal;
  readonly #subscription: Subscription;
  readonly #reads = new Fresh<"head", void>(() => this.#alone(() => this.#read()));
  readonly followers: Followers;
  #roster = new Roster();
  /** Which list it is a copy of, and how many of its changes it has. */
  #life: string | undefined;
  #position = 0;
  /** As it was read or written last; others may have written since. */
  #head: Head | undefined;
  /** Whether the store was read at all. */
  #known = false;
  /** Whether the head is known to be another one by now, or may be. */
  #stale = true;
  /** The end of what is done one after another. */
  #lane: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #usedAt: number;

  constructor(options: MeetingOptions, readonly id: string) {
    const { bus, store, clock, groupMs } = options;
    this.#options = options;
    this.#journal = new Journal(store, clock, id);
    this.followers = new Followers(clock, groupMs);
    this.#usedAt = clock.now();
    this.#subscription = MEETINGS.of(id).subscribe(bus, (message) => this.#hear(message));
    // Without the bus it still reads the store, as often as it is checked.
    this.#subscription.ready.catch(() => {});
  }

  /** The canonical name of the conference; `undefined` while there is no list. */
  get conference(): string | undefined {
    return this.#head?.conference;
  }

  get roster(): Roster {
    return this.#roster;
  }

  /** For how long nobody has had to do with it, in milliseconds. */
  get idleMs(): number {
    const idle = this.followers.size === 0 && this.#waiting === 0;
    return idle ? this.#options.clock.now() - this.#usedAt : 0;
  }

  /** Brings the copy up to what stands in the store now. @throws {VisitorsListError} `unavailable` */
  refresh(): Promise<void> {
    this.#usedAt = this.#options.clock.now();
    return this.#reads.ask("head");
  }

  /**
   * Stores what has happened, in this order. Resolves once it is durable.
   *
   * @throws {VisitorsListError} part of it may have been stored; it may be reported again.
   */
  async report(conference: string, changes: readonly Change[]): Promise<Reported> {
    if (this.#waiting + changes.length > MAX_WAITING) {
      throw new VisitorsListError("busy", "too many changes of the meeting wait to be stored");
    }
    this.#usedAt = this.#options.clock.now();
    this.#waiting += changes.length;
    try {
      return await this.#alone(() => this.#write(conference, changes));
    } finally {
      this.#waiting -= changes.length;
    }
  }

  /** Drops the list; nothing where there is none. @throws {VisitorsListError} */
  drop(): Promise<void> {
    return this.#alone(async () => {
      for (let tries = 0; tries < MAX_TRIES; tries++) {
        await this.#read();
        if (!this.#head) return;
        const { life } = this.#head;
        if (!await this.#journal.drop(this.#head)) continue;
        this.#adopt(undefined, new Roster());
        return this.#publish({ type: "dropped", life });
      }
      throw new VisitorsListError("busy", "the list changes too fast to be dropped");
    });
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]();
    this.followers[Symbol.dispose]();
  }

  /** One thing at a time, so that what was read is still so when it is taken in. */
  async #alone<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.#lane.then(act, act);
    this.#lane = turn.catch(() => {});
    try {
      return await turn;
    } catch (cause) {
      if (!(cause instanceof StoreError)) throw cause;
      // Whether it was written is unknown until it is read.
      this.#stale = true;
      throw new VisitorsListError("unavailable", "Cannot reach the store of the list", { cause });
    }
  }

  async #read(): Promise<void> {
    await this.#subscription.ready.catch(() => {});
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const head = await this.#journal.head();
      if (!head) return this.#adopt(undefined, new Roster());
      const start = head.end - head.tail.length;
      const tail = head.tail.map(readChange);
      if (this.#known && head.life === this.#life && this.#position >= start) {
        this.#advance(start, tail);
        return this.#keep(head);
      }
      const parts = await this.#journal.parts(head);
      if (parts) return this.#adopt(head, new Roster().apply(parts).apply(tail));
    }
    throw new VisitorsListError("busy", "the list changes too fast to be read");
  }

  async #write(conference: string, reported: readonly Change[]): Promise<Reported> {
    const { changes: wanted, full } = await this.#decide(conference, reported);
    let left = wanted;
    let changed = 0;
    for (let tries = 0; left.length > 0; tries++) {
      if (tries > MAX_TRIES) {
        throw new VisitorsListError("busy", "too many report on the meeting at once");
      }
      for (const piece of pieces(left, MAX_PART_OCTETS / 2)) {
        if (!await this.#append(conference, piece)) break;
        left = left.slice(piece.length);
        changed += piece.length;
        tries = 0;
      }
      // Somebody else was quicker, and what is left may have become something else by that.
      if (left.length > 0) left = (await this.#decide(conference, left)).changes;
    }
    return { changed, full };
  }

  /** What `reported` comes to, by what stands in the store. */
  async #decide(conference: string, reported: readonly Change[]) {
    if (this.#stale || this.#position !== (this.#head?.end ?? 0)) await this.#read();
    const owner = this.conference;
    if (owner !== undefined && owner !== conference) {
      throw new VisitorsListError("conference", "the meeting is one of another conference");
    }
    const decided = this.#roster.decide(reported);
    if (decided.changes.length > 0 && !this.#head) await this.#options.begin(this.id);
    return decided;
  }

  /** False: somebody else was quicker. */
  async #append(conference: string, piece: readonly WrittenChange[]): Promise<boolean> {
    const roster = this.#roster;
    const head = await this.#journal.append(this.#head, { conference, roster, piece });
    if (!head) {
      this.#stale = true;
      return false;
    }
    const from = head.end - piece.length;
    if (this.#life !== head.life) this.#begin(head.life);
    this.#advance(from, piece.map(readChange));
    this.#keep(head);
    this.#publish({ type: "changed", life: head.life, from, changes: piece });
    return true;
  }

  #publish(message: Message): void {
    MEETINGS.of(this.id).publish(this.#options.bus, message).catch((error) => {
      logger.debug("Cannot tell other isolates of a list: {error}", { error });
    });
  }

  #hear(message: Message): void {
    const fits = message.type === "changed" && this.#known && message.life === this.#life &&
      message.from <= this.#position;
    if (fits) return this.#advance(message.from, message.changes.map(readChange));
    // Nobody waits for it here; whoever changes the list or wants it whole reads it first.
    if (this.followers.size === 0) return;
    this.refresh().catch((error) => logger.debug("Cannot read a list: {error}", { error }));
  }

  /** Takes in `changes`, which stand behind the first `from` ones, as far as they are new. */
  #advance(from: number, changes: readonly Change[]): void {
    const fresh = changes.slice(this.#position - from);
    this.#roster.apply(fresh);
    this.#position += fresh.length;
    this.followers.record(fresh);
  }

  /** Takes another copy in the place of this one. */
  #adopt(head: Head | undefined, roster: Roster): void {
    const newer = head && this.#known && head.life === this.#life && this.#position >= head.end;
    if (!newer) {
      if (this.#known) this.followers.record(this.#roster.differences(roster));
      this.#roster = roster;
      this.#life = head?.life;
      this.#position = head?.end ?? 0;
    }
    this.#known = true;
    this.#keep(head);
  }

  #begin(life: string): void {
    this.#life = life;
    this.#position = 0;
  }

  #keep(head: Head | undefined): void {
    const before = this.conference;
    this.#head = head;
    this.#stale = false;
    const { conference } = this;
    if (conference !== undefined && conference !== before) this.followers.belongs(conference);
  }
}
