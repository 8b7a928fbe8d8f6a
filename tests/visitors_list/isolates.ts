import assert from "node:assert/strict";
import type { Follower } from "../../src/visitors_list/followers.ts";
import type { Change, Visitor } from "../../src/visitors_list/visitor.ts";
import { type Following, VisitorsLists } from "../../src/visitors_list/visitors_lists.ts";
import { MemoryStore } from "../queue/memory_store.ts";
import { FakeClock, settle } from "../support/fake_clock.ts";
import { type MemoryBus, MemoryNetwork } from "../support/memory_bus.ts";
import { MemoryEntries } from "../support/memory_entries.ts";

export const MEETING = "0b1f7a64-5f0a-4c0c-9a0e-2d8f2b0f4e11";
export const CONFERENCE = "room@conference.meet.example";
export const GROUP_MS = 3_000;

export function join(id: string, name = id.toUpperCase()): Change {
  return { type: "join", id, name };
}

export function leave(id: string): Change {
  return { type: "leave", id, name: "" };
}

/** One isolate of a service. */
export interface Isolate {
  readonly lists: VisitorsLists;
  readonly store: MemoryStore;
  readonly bus: MemoryBus;
}

/** Isolates that share a network and what is stored. */
export class Isolates implements Disposable {
  readonly clock = new FakeClock();
  readonly network = new MemoryNetwork({ clock: this.clock });
  readonly entries = new MemoryEntries(this.clock);
  readonly all: Isolate[];

  constructor(count: number) {
    this.all = Array.from({ length: count }, (_, i) => {
      const bus = this.network.join(`i${i}`);
      const store = new MemoryStore(this.clock, this.entries);
      const { clock } = this;
      return { bus, store, lists: new VisitorsLists({ bus, store, clock, groupMs: GROUP_MS }) };
    });
  }

  get lists(): VisitorsLists {
    return this.all[0]!.lists;
  }

  /** What `promise` gives, with time going on until it does. */
  async during<T>(promise: Promise<T>): Promise<T> {
    let done = false;
    const end = () => void (done = true);
    promise.then(end, end);
    for (let i = 0; i < 10_000 && !done; i++) await this.clock.advance(i === 0 ? 0 : 1);
    return await promise;
  }

  async report(isolate: number, ...changes: Change[]): Promise<void> {
    await this.during(this.all[isolate]!.lists.report(MEETING, CONFERENCE, changes));
  }

  [Symbol.dispose](): void {
    for (const { lists } of this.all) lists[Symbol.dispose]();
  }
}

/** Follows a list as jitsi-meet does, and fails when something comes twice or is missing. */
export class Viewer implements Follower {
  readonly following: Following;
  /** Each message of changes. */
  readonly told: (readonly Change[])[] = [];
  readonly conferences: string[] = [];
  readonly #names = new Map<string, string>();
  #listed = false;

  constructor(lists: VisitorsLists, meeting = MEETING) {
    this.following = lists.follow(meeting, this);
    this.following.start();
  }

  belongs(conference: string): void {
    this.conferences.push(conference);
  }

  changed(changes: readonly Change[]): void {
    this.told.push([...changes]);
    if (!this.#listed) return;
    for (const { type, id, name } of changes) {
      const before = this.#names.get(id);
      if (type === "join") {
        assert.notEqual(before, name, `${id} joined already`);
        this.#names.set(id, name);
      } else {
        assert.equal(before, name, `${id} is not there`);
        this.#names.delete(id);
      }
    }
  }

  list(visitors: readonly Visitor[]): this {
    this.#names.clear();
    for (const { id, name } of visitors) this.#names.set(id, name);
    this.#listed = true;
    return this;
  }

  get ids(): string[] {
    return [...this.#names.keys()].sort();
  }

  /** A viewer that has the list. */
  static async open(isolates: Isolates, isolate = 0): Promise<Viewer> {
    const viewer = new Viewer(isolates.all[isolate]!.lists);
    await isolates.during(viewer.following.refresh());
    return viewer.list(viewer.following.list());
  }
}

export { settle };
