import type { Bus } from "../bus/bus.ts";
import type { Clock, Timer } from "../time/clock.ts";
import { getLogger } from "../log/log.ts";
import type { Conference } from "./conference.ts";
import type { Counts } from "./counts.ts";
import type { Directory } from "./directory.ts";
import type { Question } from "./line.ts";
import type { Known } from "./live_record.ts";
import { CONFERENCES, type Message, type Report } from "./messages.ts";
import type { Ages, Plan } from "./plan.ts";
import { Pulse } from "./pulse.ts";
import type { Retelling } from "./retelling.ts";
import { NO_ANSWERS, noteUnreachable } from "./unreachable.ts";

/** How long other isolates have to answer before a plan is made without them. */
const ANSWER_MS = 500;
/** Isolates that could ask at the same moment wait for a random part of this first. */
const SPREAD_MS = 500;
/** The pause after a plan: for what is on its way, and for each isolate that was asked. */
const REST_MS = 10;
const REST_PER_ISOLATE_MS = 1;
/** Where isolates are farther away than this, a plan waits until it is with all of them. */
const FAR_MS = 5;

const logger = getLogger("queue");

/** Whom the planner asks, and the pace of a release. */
export interface PlannerOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly directory: Directory;
  readonly counts: Counts;
  readonly retelling: Retelling;
  /** Between two visitors of a conference; 0 tells all at once, which needs no order and no plan. */
  readonly intervalMs: number;
  /** At least 0, less than 1. */
  readonly random: () => number;
}

/** What came of telling a go-live. */
export interface Told {
  /** How many waited, as far as the isolates answered. */
  readonly visitors: number;
  /** The newest version that somebody has heard of, the own one included. */
  readonly newest: number;
}

/**
 * Makes the plans of releases: asks every isolate who waits there, and publishes the answers. A
 * go-live does it, and afterwards whichever isolate has visitors that came too late for a plan.
 */
export class Planner implements Disposable {
  /** When a conference is looked at again. */
  readonly #timers = new Map<Conference, Timer & { readonly due: number }>();
  readonly #pulse: Pulse;
  #disposed = false;

  constructor(readonly options: PlannerOptions) {
    this.#pulse = new Pulse({
      ...options,
      missed: (conference) => void this.#line(conference, true),
      deaf: (conference) => void options.directory.refresh(conference),
    });
  }

  /**
   * Tells all isolates that `key` is live and starts the release; the live state is stored by then.
   * The release goes on by itself. Never fails: an isolate that was not reached is told again, and
   * finds the live state in the store.
   */
  async goLive(key: string, live: Known): Promise<Told> {
    const { clock, counts, directory } = this.options;
    const conference = directory.get(key);
    const now = clock.now();
    if (conference && !conference.hear(live, now) && !conference.live(now)) {
      // An end that is newer was quicker, and whoever made it tells of it.
      void directory.refresh(conference);
      return { visitors: (await counts.count(key)).visitors, newest: conference.version! };
    }
    const { since, until, version } = live;
    const message = { type: "live", since, ttlMs: until - now, version, at: clock.wall() } as const;
    return await this.#lead(key, conference, message, live);
  }

  /** Somebody waits in `conference` without a moment, and it is live. */
  consider(conference: Conference): void {
    const { clock, random } = this.options;
    const now = clock.now();
    const due = conference.planDue(now);
    if (due === undefined) return;
    const wait = Math.max(0, due - now);
    const timer = this.#timers.get(conference);
    // What was to come later comes sooner; what comes as soon stays, or it would never come.
    if (timer && timer.due <= now + wait + SPREAD_MS) return;
    const spread = Math.max(Math.min(wait, SPREAD_MS), conference.line.restMs);
    this.#wakeAfter(conference, wait + random() * spread);
  }

  /** The answer to an isolate that makes a plan. */
  report(conference: Conference, question: Question = {}): Report {
    const { clock, counts, directory, intervalMs } = this.options;
    const { line, version, right } = conference;
    const now = clock.now();
    const tally = counts.own(conference);
    if (intervalMs === 0) {
      this.#wakeAfter(conference, 0);
      return { ...tally, version };
    }
    const { n, ages, anew } = line.report(now, { ...question, right });
    this.#reconsider(conference);
    const delayMs = Math.round(directory.distance.ms);
    const busyMs = line.release.busyMs(now);
    return { ...tally, n, ages, ...(anew && { anew }), delayMs, busyMs, version };
  }

  /** A plan that another isolate made, or this one. */
  follow(conference: Conference, plan: Plan): void {
    if (this.#disposed) return;
    const { bus, clock, directory } = this.options;
    conference.plan(bus.id, plan, clock.now(), directory.distance.ms);
    this.#pulse.watch(conference);
    this.#reconsider(conference);
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#pulse[Symbol.dispose]();
    for (const timer of this.#timers.values()) timer[Symbol.dispose]();
    this.#timers.clear();
  }

  #reconsider(conference: Conference): void {
    this.#timers.get(conference)?.[Symbol.dispose]();
    this.#timers.delete(conference);
    this.consider(conference);
  }

  #wakeAfter(conference: Conference, ms: number): void {
    if (this.#disposed) return;
    const { clock } = this.options;
    this.#timers.get(conference)?.[Symbol.dispose]();
    const timer = clock.after(ms, () => this.#wake(conference));
    this.#timers.set(conference, {
      due: clock.now() + ms,
      [Symbol.dispose]: () => timer[Symbol.dispose](),
    });
  }

  #wake(conference: Conference): void {
    const { clock, intervalMs } = this.options;
    this.#timers.delete(conference);
    const now = clock.now();
    const due = conference.planDue(now);
    if (due === undefined) return;
    if (intervalMs === 0) conference.planAlone(now);
    else if (due > now) this.consider(conference);
    else void this.#line(conference, false);
  }

  async #line(conference: Conference, anew: boolean): Promise<void> {
    if (!conference.released) return;
    const { key, version, line } = conference;
    const now = this.options.clock.now();
    const message = {
      type: "line",
      oldestMs: line.oldestMs(now),
      version,
      anew: anew || line.overtaken(now),
    } as const;
    await this.#lead(key, conference, message);
  }

  /** Asks, and publishes the plan. */
  async #lead(
    key: string,
    conference: Conference | undefined,
    message: Message & { type: "live" | "line" },
    live?: Known,
  ): Promise<Told> {
    const { bus, clock, directory, intervalMs } = this.options;
    const askedAt = clock.now();
    const question = message.type === "line"
      ? { from: bus.id, oldest: askedAt - message.oldestMs, anew: message.anew }
      : { from: bus.id };
    const own = conference && this.report(conference, question);
    const { reports, complete } = await this.#ask(key, message, live);
    const alone = complete && reports.size === 0;
    if (own) reports.set(bus.id, own);
    const told = toldOf(reports, message.version);
    if (this.#disposed || intervalMs === 0) return told;
    if (conference && isOverElsewhere(conference, reports)) {
      // Whoever was reported waits: for the store's word, or for the next plan.
      void directory.refresh(conference);
      return told;
    }
    const plan = planOf(reports, {
      from: bus.id,
      agoMs: clock.now() - askedAt,
      restMs: alone ? 0 : restAfter(reports.size),
      delayMs: Math.round(directory.distance.ms),
    });
    if (!alone) this.#publish(key, plan);
    // After the caller has had the chance to answer its request.
    if (conference) clock.after(0, () => this.follow(conference, plan));
    return told;
  }

  async #ask(key: string, message: Message, live: Known | undefined): Promise<Reports> {
    const { bus, retelling } = this.options;
    const { answers, complete } = await CONFERENCES.of(key).ask(bus, message, ANSWER_MS)
      .catch((error) => {
        noteUnreachable(`ask who waits for ${key}`, error);
        return NO_ANSWERS;
      });
    if (live && !complete) retelling.add(key, live);
    // Of a release that goes on without the bus one word is enough.
    const level = message.type === "live" ? "warn" : "debug";
    if (!complete) logger[level]("Not every isolate answered who waits for {key}", { key });
    return { reports: new Map(answers), complete };
  }

  #publish(key: string, { ages, numbers, from: _, ...rest }: Plan): void {
    const message = {
      ...rest,
      type: "plan",
      ages: Object.fromEntries(ages),
      ...(numbers && { numbers: [...numbers.values()] }),
    } as const;
    CONFERENCES.of(key).publish(this.options.bus, message)
      .catch((error) => noteUnreachable(`tell others the plan of ${key}`, error));
  }
}

/** What other isolates answered, by their id. */
interface Reports {
  readonly reports: Map<string, Report>;
  /** False when one that has the conference did not answer. */
  readonly complete: boolean;
}

function toldOf(reports: ReadonlyMap<string, Report>, version = 0): Told {
  let [visitors, newest] = [0, version];
  for (const report of reports.values()) {
    visitors += report.visitors;
    newest = Math.max(newest, report.version ?? 0);
  }
  return { visitors, newest };
}

/** True when somebody has heard of an end of which this isolate has not. */
function isOverElsewhere({ version }: Conference, reports: ReadonlyMap<string, Report>): boolean {
  if (version === undefined) return false;
  return reports.values().some((report) => {
    return report.ages === undefined && (report.version ?? version) > version;
  });
}

function restAfter(isolates: number): number {
  return REST_MS + REST_PER_ISOLATE_MS * isolates;
}

function planOf(
  reports: ReadonlyMap<string, Report>,
  made: Required<Pick<Plan, "from" | "agoMs" | "restMs" | "delayMs">>,
): Plan {
  const ages = new Map<string, Ages>();
  const numbers = new Map<string, number>();
  const { from, agoMs, delayMs = 0 } = made;
  let [busyMs, farthestMs] = [0, 0];
  for (const [id, report] of reports) {
    if (report.ages?.length) {
      ages.set(id, report.ages);
      numbers.set(id, report.n ?? -1);
    }
    // What an isolate says it says of the moment at which the question was there.
    const wayMs = id === from ? 0 : delayMs + (report.delayMs ?? 0);
    if (report.busyMs) busyMs = Math.max(busyMs, wayMs + report.busyMs);
    farthestMs = Math.max(farthestMs, wayMs);
  }
  const leadMs = farthestMs > FAR_MS ? farthestMs : 0;
  const anew = reports.values().some((report) => report.anew);
  const startMs = Math.max(leadMs, busyMs - agoMs);
  return { ...made, ages, numbers, startMs, ...(anew && { anew }) };
}
