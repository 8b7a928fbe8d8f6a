import type { StreamEvent } from "../../stream/event.ts";
import type { QueueObserver } from "../observer.ts";
import type { EndCause } from "../view.ts";
import type { Place } from "../place.ts";
import { Desk, type DeskOptions } from "./desk.ts";
import type { ConferenceStreamEvent } from "./events.ts";
import { Guests } from "./guests.ts";
import { Turns } from "./turns.ts";
import { WaitingNews } from "./waiting_news.ts";

export interface ChronicleOptions extends DeskOptions {
  /** The least time between two counts of a conference. */
  readonly stateIntervalMs: number;
  /** Visitors of a conference that are announced at a time; 0: none. */
  readonly mostGuests: number;
  /** What visitors who are told are given. */
  readonly randomDelayMs: number;
}

/** Of the stream's events, those of the queue. */
const TYPES: ReadonlySet<string> = new Set<ConferenceStreamEvent["type"]>([
  "conference-turned",
  "waiting-changed",
  "guest-arrived",
  "guest-told",
  "guest-left",
  "guest-invited",
]);

/** Puts what happens in the queue on the stream. The queue never waits for it. */
export class Chronicle implements QueueObserver, Disposable {
  readonly #turns: Turns;
  readonly #waiting: WaitingNews;
  readonly #guests: Guests;

  constructor(options: ChronicleOptions) {
    const desk = new Desk(options);
    this.#turns = new Turns(desk);
    this.#waiting = new WaitingNews(desk, options.stateIntervalMs);
    const { mostGuests: most, randomDelayMs } = options;
    this.#guests = new Guests(desk, { most, randomDelayMs });
  }

  turned(key: string, to: "live" | "ended", cause: EndCause = "endlive"): void {
    this.#turns.changed(key, to === "ended" ? cause : undefined);
  }

  arrived(key: string, place: Place): void {
    this.#waiting.changed(key);
    this.#guests.arrived(key, place);
  }

  told(key: string, place: Place): void {
    this.#waiting.changed(key);
    this.#guests.told(key, place);
  }

  left(key: string, place: Place): void {
    this.#waiting.changed(key);
    this.#guests.left(key, place);
  }

  /** Hears the stream. */
  event(event: StreamEvent): void {
    if (!isOfQueue(event)) return;
    this.#turns.hear(event);
    this.#waiting.hear(event);
    this.#guests.hear(event);
  }

  /** Something may have been missed: the store tells what is live. */
  gap(): void {
    void this.#turns.sweep().catch(() => {});
  }

  [Symbol.dispose](): void {
    this.#turns[Symbol.dispose]();
    this.#waiting[Symbol.dispose]();
    this.#guests[Symbol.dispose]();
  }
}

/** Whether an event of the stream is one of the queue's. */
export function isOfQueue(event: StreamEvent): event is ConferenceStreamEvent {
  return TYPES.has(event.type);
}
