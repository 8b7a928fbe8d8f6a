import type { Timer } from "../../time/clock.ts";
import type { Place } from "../place.ts";
import type { Desk } from "./desk.ts";
import type { ConferenceStreamEvent, Guest, GuestChanged, GuestInvited } from "./events.ts";
import { GuestBook } from "./guest_book.ts";

/** How often an isolate with guests says that it lives. */
const LEASE_EVERY_MS = 5_000;
/** How often the guests of isolates that died are looked for, and up to how much later. */
const SWEEP_MS = 10_000;
const SPREAD_MS = 5_000;
/** How soon it is tried again when the store is away, and the most that waits for it. */
const AGAIN_MS = 1_000;
const MAX_CONFERENCES = 10_000;
/** How long a conference without a free seat is believed to have none. */
const FULL_MS = 1_000;
/** How many are seen off at a time, and how often. */
const MAX_A_PACE = 32;
const PACE_MS = 250;
const MAX_NAME_CHARS = 255;

/** A visitor who was announced, or is about to be. */
interface Announced {
  readonly guest: Guest;
  /** Resolves with what strikes it out of the book, once it is written there. */
  readonly written: Promise<string>;
}

/** The visitors of one conference in this isolate. */
interface Roll {
  /** Who came and has no seat yet. */
  pending: Place[];
  /** Seats to give back. */
  free: number;
  flushing: boolean;
  fullUntil: number;
}

/** Announces visitors who come, and what becomes of them: each of those is seen off exactly once. */
export class Guests implements Disposable {
  readonly #desk: Desk;
  readonly #book: GuestBook;
  readonly #randomDelayMs: number;
  readonly #rolls = new Map<string, Roll>();
  readonly #announced = new Map<Place, Announced>();
  readonly #timers: Timer[];
  /** Who is to be seen off; at most as many as were announced. */
  readonly #leaving: (() => Promise<void>)[] = [];
  #pace: Timer | undefined;
  #sweepTimer: Timer | undefined;
  #leased = false;
  #disposed = false;

  constructor(desk: Desk, options: { readonly most: number; readonly randomDelayMs: number }) {
    const { clock, isolate, store } = desk.options;
    this.#desk = desk;
    this.#book = new GuestBook(store, isolate, options.most);
    this.#randomDelayMs = options.randomDelayMs;
    this.#timers = [
      clock.every(LEASE_EVERY_MS, () => {
        if (this.#leased) desk.background("say that this isolate lives", this.#book.live());
        this.#tidy();
      }),
    ];
    this.#sweepLater();
  }

  arrived(key: string, place: Place): void {
    if (this.#book.most === 0) return;
    let roll = this.#rolls.get(key);
    if (!roll) {
      if (this.#rolls.size >= MAX_CONFERENCES) return;
      roll = { pending: [], free: 0, flushing: false, fullUntil: -Infinity };
      this.#rolls.set(key, roll);
    }
    // Of more than there are seats none would get one.
    if (roll.pending.length >= this.#book.most) return;
    if (this.#desk.options.clock.now() < roll.fullUntil) return;
    roll.pending.push(place);
    this.#flush(key, roll);
  }

  told(key: string, place: Place): void {
    this.#end(key, place, "guest-told");
  }

  left(key: string, place: Place): void {
    this.#end(key, place, "guest-left");
  }

  /** Hears what any isolate has published. */
  hear(event: ConferenceStreamEvent): void {
    if (event.type !== "guest-told" && event.type !== "guest-left") return;
    const roll = this.#rolls.get(event.conference);
    if (roll) roll.fullUntil = -Infinity;
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#sweepTimer?.[Symbol.dispose]();
    this.#pace?.[Symbol.dispose]();
    for (const timer of this.#timers) timer[Symbol.dispose]();
  }

  #flush(key: string, roll: Roll): void {
    if (roll.flushing) return;
    roll.flushing = true;
    this.#seat(key, roll).then(() => false, (error) => {
      this.#desk.background(`announce visitors of ${key}`, Promise.reject(error));
      // Who was not announced stays so; seats that are free are given back later.
      roll.pending = [];
      return true;
    }).then((failed) => this.#flushed(key, roll, failed));
  }

  #flushed(key: string, roll: Roll, failed: boolean): void {
    roll.flushing = false;
    if (this.#disposed) return;
    if (roll.pending.length === 0 && roll.free === 0) {
      this.#tidy(key);
    } else if (failed) {
      this.#desk.options.clock.after(AGAIN_MS, () => this.#flush(key, roll));
    } else {
      this.#flush(key, roll);
    }
  }

  #tidy(...keys: string[]): void {
    const now = this.#desk.options.clock.now();
    for (const key of keys.length > 0 ? keys : this.#rolls.keys()) {
      const { pending, free, flushing, fullUntil } = this.#rolls.get(key)!;
      const idle = pending.length === 0 && free === 0 && !flushing;
      if (idle && now >= fullUntil) this.#rolls.delete(key);
    }
  }

  /** Gives back what is free, and announces who is pending as far as there are seats. */
  async #seat(key: string, roll: Roll): Promise<void> {
    if (!this.#leased) {
      await this.#book.live();
      this.#leased = true;
    }
    const places = roll.pending.filter(({ state }) => state === "waiting");
    roll.pending = [];
    const reused = Math.min(roll.free, places.length);
    roll.free -= reused;
    if (roll.free > 0) {
      const { free } = roll;
      await this.#book.give(key, free);
      roll.free -= free;
    }
    let seats = reused;
    if (places.length > seats) seats += await this.#take(key, places.length - seats);
    if (seats < places.length) {
      roll.fullUntil = this.#desk.options.clock.now() + FULL_MS;
      roll.pending = [];
    }
    const seated = places.filter(({ state }) => state === "waiting").slice(0, seats);
    roll.free += seats - seated.length;
    for (const place of seated) this.#announce(key, place);
  }

  async #take(key: string, wanted: number): Promise<number> {
    const taken = await this.#book.take(key, wanted);
    if (taken === wanted) return taken;
    await this.#book.clear(key);
    return taken + await this.#book.take(key, wanted - taken);
  }

  #announce(conference: string, place: Place): void {
    const { clock } = this.#desk.options;
    const { id, name = "" } = place.visitor ?? {};
    const guest: Guest = {
      id: crypto.randomUUID(),
      user: id ?? null,
      name: name.slice(0, MAX_NAME_CHARS),
      since: Math.round(clock.wall() - (clock.now() - place.arrivedAt)),
    };
    const written = this.#book.write(conference, guest).then((version) => {
      const event = { type: "guest-arrived", conference, guest } as const;
      this.#desk.publish(this.#desk.stamp<GuestChanged>(event));
      return version;
    });
    written.catch(() => {
      this.#announced.delete(place);
      this.#giveBack(conference, 1);
    });
    this.#announced.set(place, { guest, written });
  }

  #end(key: string, place: Place, type: "guest-told" | "guest-left"): void {
    const announced = this.#announced.get(place);
    if (!announced) return;
    this.#announced.delete(place);
    this.#leaving.push(() =>
      announced.written.then(
        (version) => this.#seeOff(key, announced.guest, version, type),
        () => {},
      )
    );
    this.#pace ??= this.#desk.options.clock.every(PACE_MS, () => this.#seeSomeOff());
  }

  /** A few at a time: in a release at full speed the visitors come first. */
  #seeSomeOff(): void {
    for (const seeOff of this.#leaving.splice(0, MAX_A_PACE)) void seeOff();
    if (this.#leaving.length > 0) return;
    this.#pace?.[Symbol.dispose]();
    this.#pace = undefined;
  }

  /** Until the store is there: whoever was announced is seen off. */
  async #seeOff(
    key: string,
    guest: Guest,
    version: string,
    type: "guest-told" | "guest-left",
  ): Promise<void> {
    try {
      if (await this.#book.strike(guest, version)) this.#publishEnd(key, guest, type);
      this.#giveBack(key, 1);
    } catch (error) {
      if (this.#disposed) return;
      this.#desk.background("see a visitor off", Promise.reject(error));
      this.#desk.options.clock.after(AGAIN_MS, () => {
        void this.#seeOff(key, guest, version, type);
      });
    }
  }

  #publishEnd(conference: string, guest: Guest, type: "guest-told" | "guest-left"): void {
    this.#desk.publish(this.#desk.stamp<GuestChanged>({ type, conference, guest }));
    if (type === "guest-left" || guest.user === null) return;
    const randomDelayMs = this.#randomDelayMs;
    const event = { type: "guest-invited", conference, guest, randomDelayMs } as const;
    this.#desk.publish(this.#desk.stamp<GuestInvited>(event, guest.user));
  }

  #giveBack(key: string, count: number): void {
    let roll = this.#rolls.get(key);
    if (!roll) {
      roll = { pending: [], free: 0, flushing: false, fullUntil: -Infinity };
      this.#rolls.set(key, roll);
    }
    roll.free += count;
    this.#flush(key, roll);
  }

  #sweepLater(): void {
    if (this.#disposed) return;
    const { clock } = this.#desk.options;
    this.#sweepTimer = clock.after(SWEEP_MS + Math.random() * SPREAD_MS, () => {
      this.#desk.background("look for visitors of dead isolates", this.#sweep());
      this.#sweepLater();
    });
  }

  async #sweep(): Promise<void> {
    for (const { conference, guest } of await this.#book.sweep()) {
      this.#publishEnd(conference, guest, "guest-left");
    }
  }
}
