import type { Clock } from "../time/clock.ts";
import type { Conference } from "./conference.ts";
import type { Place } from "./place.ts";

/** Who has waited for longer is not new. */
const NEW_MS = 1_000;

/** Who came to each conference of this isolate within the last second. */
export class Newcomers {
  readonly #places = new WeakMap<Conference, Place[]>();

  constructor(readonly clock: Clock) {}

  came(conference: Conference, place: Place): void {
    const places = this.#places.get(conference) ?? [];
    // Looked through once a second at most, however many come.
    const [first] = places;
    const old = first !== undefined && first.arrivedAt <= this.clock.now() - 2 * NEW_MS;
    const kept = old ? this.of(conference) : places;
    kept.push(place);
    this.#places.set(conference, kept);
  }

  /** In the order in which they came; only those who wait still. */
  of(conference: Conference): Place[] {
    const since = this.clock.now() - NEW_MS;
    const places = this.#places.get(conference) ?? [];
    return places.filter(({ arrivedAt, state }) => arrivedAt > since && state === "waiting");
  }
}
