import type { Clock, Timer } from "../time/clock.ts";

/** How exact a deadline is, in milliseconds. */
export const SLOT_MS = 50;
/** Slots of a turn: deadlines further away than a turn (51 s) pass by once a turn. */
const SLOTS = 1_024;
/** An advance that is so late comes after a stall of this process... */
const STALL_MS = 500;
/** ...and for so long nothing turns: what came meanwhile is read and answered first... */
const CATCH_UP_MS = 250;
/** ...also when it stalls again, so many times in a row. */
const MAX_STALLS = 3;

/** Something with one next deadline. The fields belong to the wheel. */
export abstract class WheelEntry {
  /** When it is due, by the wheel's clock; 0 while it is not on the wheel. */
  due = 0;
  previous: WheelEntry | undefined;
  next: WheelEntry | undefined;

  /** It is due. Returns when it is due again, or 0 for never. Must not throw. */
  abstract turn(now: number): number;
}

/** The head of a slot's ring. */
class Slot extends WheelEntry {
  constructor() {
    super();
    this.previous = this.next = this;
  }

  override turn(): number {
    return 0;
  }
}

/**
 * One timer for the beats and deadlines of all connections (a hashed timing wheel). Entries are
 * linked into their slot, so moving and removing one costs the same however many there are.
 */
export class Wheel implements Disposable {
  readonly #slots = Array.from({ length: SLOTS }, () => new Slot());
  readonly #timer: Timer;
  /** The number of the slot that is looked at next, counted without end. */
  #position: number;
  #now: number;
  /** Until when nothing turns after a stall, and how many stalls that were. */
  #catchUpUntil = 0;
  #stalls = 0;

  constructor(readonly clock: Clock) {
    this.#now = Math.floor(clock.now());
    this.#position = Math.floor(this.#now / SLOT_MS);
    this.#timer = clock.every(SLOT_MS, () => this.#advance());
  }

  /**
   * The time in whole milliseconds, as of the last advance: up to a slot behind, or up to a stall. For what is noted at
   * every message, where asking the clock would be a good part of the cost.
   */
  get now(): number {
    return this.#now;
  }

  /** Puts `entry` on the wheel, or moves it. `due` is a time of the clock; 0 takes it off. */
  schedule(entry: WheelEntry, due: number): void {
    // Whole milliseconds, never too soon: the engine keeps them in the object.
    entry.due = Math.ceil(due);
    if (due <= 0) return this.#unlink(entry);
    // A moment that has passed is due at the next advance.
    const position = Math.max(Math.ceil(due / SLOT_MS), this.#position);
    this.#link(this.#slots[position % SLOTS]!, entry);
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]();
  }

  #advance(): void {
    const before = this.#now;
    const now = this.#now = Math.floor(this.clock.now());
    if (this.#catchesUp(before, now)) return;
    const end = Math.floor(now / SLOT_MS);
    // After a stall longer than a turn every slot is looked at once, not more often.
    if (end - this.#position >= SLOTS) this.#position = end - SLOTS + 1;
    while (this.#position <= end) this.#fire(this.#slots[this.#position++ % SLOTS]!, now);
  }

  /** Whether it is too soon after a stall to say that somebody was silent. */
  #catchesUp(before: number, now: number): boolean {
    if (now - before > STALL_MS && this.#stalls++ < MAX_STALLS) {
      this.#catchUpUntil = now + CATCH_UP_MS;
    }
    if (now < this.#catchUpUntil) return true;
    this.#stalls = 0;
    return false;
  }

  #fire(slot: Slot, now: number): void {
    // Taken out whole: what is put on the wheel meanwhile must not be looked at in this advance.
    const taken = new Slot();
    for (let entry = slot.next!; entry !== slot; entry = slot.next!) this.#link(taken, entry);
    for (let entry = taken.next!; entry !== taken; entry = taken.next!) {
      if (entry.due <= now) this.schedule(entry, entry.turn(now));
      else this.#link(slot, entry);
    }
  }

  /** Moves `entry` to the end of the ring of `slot`. */
  #link(slot: Slot, entry: WheelEntry): void {
    this.#unlink(entry);
    entry.previous = slot.previous;
    entry.next = slot;
    slot.previous!.next = entry;
    slot.previous = entry;
  }

  #unlink(entry: WheelEntry): void {
    if (!entry.next) return;
    entry.previous!.next = entry.next;
    entry.next.previous = entry.previous;
    entry.previous = entry.next = undefined;
  }
}
