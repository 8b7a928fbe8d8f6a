/**
 * Plays a schedule on real queues, and notes what happens for the invariants.
 *
 * @module
 */

import type { ConferenceName } from "../../src/access/conference_name.ts";
import type { Place, Watch } from "../../src/queue/place.ts";
import { Queue } from "../../src/queue/queue.ts";
import { Random } from "../queue/random.ts";
import { noMetrics } from "../support/no_metrics.ts";
import { FaultyBus, FaultyCarrier } from "./faulty_bus.ts";
import { FaultyEntries, FaultyStore } from "./faulty_store.ts";
import { IsolateClock } from "./isolate_clock.ts";
import type { Schedule, Step } from "./schedule.ts";
import { SimClock } from "./sim_clock.ts";

const STATE_INTERVAL_MS = 5_000;
/** Longer than anything that is late needs, without the release itself. */
const PEACE_MS = 50_000;

const ROOM: ConferenceName = {
  key: "townhall@conference.meet.example",
  room: "townhall",
  tenant: undefined,
  domain: "conference.meet.example",
};

/** Times are milliseconds from the beginning of the schedule. */
export interface VisitorRecord {
  readonly visitor: number;
  readonly isolate: number;
  readonly cameAt: number;
  readonly told: number[];
  leftAt: number | undefined;
}

export interface CommandRecord {
  readonly what: "live" | "end";
  readonly isolate: number;
  readonly from: number;
  /** When it was answered. */
  to: number;
  result: "done" | "failed" | "never";
}

/** Something was wrong here, from when to when; of all isolates where `isolate` is left out. */
export interface FaultRecord {
  readonly what: Step["do"];
  readonly isolate: number | undefined;
  readonly from: number;
  readonly to: number;
}

export interface History {
  readonly schedule: Schedule;
  readonly visitors: readonly VisitorRecord[];
  readonly commands: readonly CommandRecord[];
  readonly faults: readonly FaultRecord[];
  readonly end: number;
  /** What each isolate that lives says of the conference at the end. */
  readonly views: readonly { readonly status: string; readonly visitorsWaiting: number }[];
  /** The last number of each moderator whose isolate lives. */
  readonly counts: readonly (number | undefined)[];
  /** Waiting at the end. */
  readonly waiting: number;
  /** Timers that an isolate has more at the end than at its beginning, once everybody has left. */
  readonly leaks: readonly number[];
}

interface Isolate {
  readonly index: number;
  readonly clock: IsolateClock;
  readonly bus: FaultyBus;
  readonly store: FaultyStore;
  readonly queue: Queue;
  readonly timers: number;
  alive: boolean;
}

/** Plays `schedule` to its end. The same schedule always gives the same history. */
export async function play(schedule: Schedule): Promise<History> {
  const world = new World(schedule);
  await world.open();
  return await world.run();
}

class World {
  readonly #clock = new SimClock();
  readonly #carrier = new FaultyCarrier(this.#clock);
  readonly #entries = new FaultyEntries(this.#clock);
  readonly #random: Random;
  readonly #isolates: Isolate[] = [];
  readonly #visitors: VisitorRecord[] = [];
  readonly #places: Place[] = [];
  readonly #watches: { isolate: Isolate; watch: Watch; count: number | undefined }[] = [];
  readonly #commands: CommandRecord[] = [];
  readonly #faults: FaultRecord[] = [];
  #began = 0;

  constructor(readonly schedule: Schedule) {
    this.#random = new Random(schedule.seed ^ 0x5eed);
  }

  async open(): Promise<void> {
    for (let i = 0; i < this.schedule.distances.length; i++) await this.#start();
    this.#began = this.#clock.now();
  }

  async run(): Promise<History> {
    const { schedule } = this;
    for (const step of schedule.steps) {
      await this.#clock.advance(Math.max(0, step.at - this.#now));
      await this.#do(step);
    }
    const rest = Math.max(0, ...this.#faults.map(({ to }) => to - this.#now));
    await this.#clock.advance(rest + PEACE_MS + this.#releaseMs());
    const views = await this.#views();
    const end = this.#now;
    const counts = this.#watches.filter(({ isolate }) => isolate.alive).map(({ count }) => count);
    const waiting = this.#places.filter((place, i) => {
      return place.state === "waiting" && this.#isolates[this.#visitors[i]!.isolate]!.alive;
    }).length;
    const leaks = await this.#leave();
    for (const { queue } of this.#isolates) await queue[Symbol.asyncDispose]();
    const [visitors, commands, faults] = [this.#visitors, this.#commands, this.#faults];
    return { schedule, visitors, commands, faults, end, views, counts, waiting, leaks };
  }

  get #now(): number {
    return this.#clock.now() - this.#began;
  }

  #releaseMs(): number {
    const { releaseRate } = this.schedule;
    return releaseRate > 0 ? this.#visitors.length / releaseRate * 1_000 : 0;
  }

  async #views(): Promise<{ status: string; visitorsWaiting: number }[]> {
    const views = this.#alive.map(({ queue }) => queue.describe(ROOM));
    await this.#clock.advance(3_000);
    return await Promise.all(views);
  }

  /** Everybody leaves; gives the timers that each isolate keeps too many, where memory must end. */
  async #leave(): Promise<number[]> {
    for (const place of this.#places) place.leave();
    for (const { watch } of this.#watches) watch.leave();
    const { liveTtlMs } = this.schedule;
    if (liveTtlMs > 60_000) return [];
    await this.#clock.advance(2 * liveTtlMs + 180_000);
    return this.#alive.map(({ clock, timers }) => clock.timers - timers);
  }

  get #alive(): Isolate[] {
    return this.#isolates.filter(({ alive }) => alive);
  }

  /** The isolate with that number, or where it is dead another. */
  #of(n: number): Isolate | undefined {
    const isolate = this.#isolates[n % this.#isolates.length]!;
    return isolate.alive ? isolate : this.#alive[n % Math.max(1, this.#alive.length)];
  }

  async #start(): Promise<void> {
    const { schedule } = this;
    const index = this.#isolates.length;
    const first = index % schedule.distances.length;
    const clock = new IsolateClock(this.#clock, schedule.clocks[first] ?? 0);
    const distanceMs = schedule.distances[first] ?? 1;
    // In no order that the isolates know of.
    const id = `${(index * 7 + schedule.seed) % 10}-${index}`;
    const bus = new FaultyBus({ carrier: this.#carrier, id, clock, distanceMs });
    const store = new FaultyStore(this.#entries, clock, distanceMs);
    const opened = Queue.open({
      bus,
      store,
      clock,
      metrics: noMetrics,
      releaseRate: schedule.releaseRate,
      randomDelayMs: 0,
      liveTtlMs: schedule.liveTtlMs,
      stateIntervalMs: STATE_INTERVAL_MS,
      random: () => this.#random.next(),
    });
    // A carrier that is away just now does not keep it from starting.
    await this.#clock.advance(2 * distanceMs + 2_001);
    const queue = await opened;
    this.#isolates.push({ index, clock, bus, store, queue, timers: clock.timers, alive: true });
  }

  async #do(step: Step): Promise<void> {
    switch (step.do) {
      case "visit":
        return this.#visit(step.isolate, step.visitors);
      case "leave":
        return this.#leaves(step.visitor);
      case "watch":
        return this.#watch(step.isolate);
      case "live":
      case "end":
        return this.#command(step.do, step.isolate);
      case "start":
        return await this.#start();
      case "restart":
      case "failover":
        return this.#away(step);
      case "flush":
        this.#fault("flush", undefined, 0);
        return this.#entries.flush();
      default:
        return this.#harm(step);
    }
  }

  #visit(n: number, visitors: number): void {
    const isolate = this.#of(n);
    // A connection to a process that stands still waits in its kernel.
    if (!isolate) return;
    isolate.clock.whenAwake(() => {
      for (let i = 0; i < visitors; i++) {
        const record: VisitorRecord = {
          visitor: this.#visitors.length,
          isolate: isolate.index,
          cameAt: this.#now,
          told: [],
          leftAt: undefined,
        };
        this.#visitors.push(record);
        const notify = () => {
          if (isolate.alive) record.told.push(this.#now);
        };
        this.#places.push(isolate.queue.wait(ROOM, { notify }));
      }
    });
  }

  #leaves(n: number): void {
    if (this.#visitors.length === 0) return;
    const visitor = n % this.#visitors.length;
    const record = this.#visitors[visitor]!;
    const isolate = this.#isolates[record.isolate]!;
    record.leftAt ??= this.#now;
    isolate.clock.whenAwake(() => this.#places[visitor]!.leave());
  }

  #watch(n: number): void {
    const isolate = this.#of(n);
    isolate?.clock.whenAwake(() => {
      const entry: { isolate: Isolate; watch: Watch; count: number | undefined } = {
        isolate,
        count: undefined,
        watch: isolate.queue.watch(ROOM, {
          notify: ({ visitorsWaiting }) => entry.count = visitorsWaiting,
        }),
      };
      this.#watches.push(entry);
    });
  }

  #command(what: "live" | "end", n: number): void {
    const isolate = this.#of(n);
    if (!isolate) return;
    const record: CommandRecord = {
      what,
      isolate: isolate.index,
      from: this.#now,
      to: Infinity,
      result: "never",
    };
    this.#commands.push(record);
    isolate.clock.whenAwake(() => {
      const done = what === "live" ? isolate.queue.goLive(ROOM) : isolate.queue.endLive(ROOM);
      const answered = (result: "done" | "failed") => () => {
        if (!isolate.alive) return;
        record.to = this.#now;
        record.result = result;
      };
      done.then(answered("done"), answered("failed"));
    });
  }

  #away(step: Step & { do: "restart" | "failover" }): void {
    for (const { bus, store } of this.#alive) {
      bus.cut("ended");
      store.refusing = "at once";
    }
    this.#fault(step.do, undefined, step.ms);
    this.#clock.after(step.ms, () => {
      if (step.do === "failover") this.#entries.failover(step.lagMs);
      else if (step.lost) this.#entries.flush();
      for (const { bus, store } of this.#alive) {
        store.refusing = undefined;
        // Of two outages at once the second is one of its own.
        bus.cut("ended");
        bus.restore();
      }
    });
  }

  #harm(step: Step & { isolate: number }): void {
    const isolate = this.#of(step.isolate);
    if (!isolate) return;
    const { clock, bus, store } = isolate;
    const ms = "ms" in step ? step.ms : 0;
    this.#fault(step.do, isolate.index, step.do === "jump" ? 0 : ms);
    const later = (fn: () => void) => void this.#clock.after(ms, () => isolate.alive && fn());
    switch (step.do) {
      case "kill":
        isolate.alive = false;
        clock.kill();
        bus.kill();
        break;
      case "pause":
        clock.pause();
        later(() => clock.resume());
        break;
      case "cut":
        bus.cut(step.silent ? "silent" : "ended");
        later(() => bus.restore());
        break;
      case "delay":
        bus.hold(ms);
        break;
      case "refuse":
        store.refusing = step.after ? "after" : "at once";
        later(() => store.refusing = undefined);
        break;
      case "jump":
        clock.wallOffsetMs += ms;
    }
  }

  #fault(what: Step["do"], isolate: number | undefined, ms: number): void {
    this.#faults.push({ what, isolate, from: this.#now, to: this.#now + ms });
  }
}
