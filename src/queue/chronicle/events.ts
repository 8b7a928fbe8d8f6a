/**
 * What happens to conferences and their visitors, as it stands on the stream.
 *
 * @module
 */

import type { StreamEvent } from "../../stream/event.ts";

/** A visitor who waits, as the others see it. */
export interface Guest {
  /** A UUID of the wait. */
  readonly id: string;
  /** `null` where the token names none. */
  readonly user: string | null;
  /** Empty where the token names none. */
  readonly name: string;
  /** When it came, in milliseconds since the epoch. */
  readonly since: number;
}

/** A conference is live, or is not any more. */
export interface ConferenceTurned extends StreamEvent {
  readonly type: "conference-turned";
  readonly conference: string;
  readonly status: "live" | "ended";
  /** When it went live, in milliseconds since the epoch. */
  readonly liveSince: number;
  readonly visitorsWaiting: number;
  /** Why it ended: it was taken back, its time has run out, or its room has gone. */
  readonly reason?: EndReason | undefined;
  /** For how many milliseconds more it is live unless somebody says otherwise. */
  readonly forMs?: number | undefined;
}

export type EndReason = "endlive" | "expired" | "room";

/** The number of those who wait has changed. */
export interface WaitingChanged extends StreamEvent {
  readonly type: "waiting-changed";
  readonly conference: string;
  readonly visitorsWaiting: number;
}

/** A visitor came, was told that the conference is live, or left untold. */
export interface GuestChanged extends StreamEvent {
  readonly type: "guest-arrived" | "guest-told" | "guest-left";
  readonly conference: string;
  readonly guest: Guest;
}

/** To a visitor itself: it was told. */
export interface GuestInvited extends StreamEvent {
  readonly type: "guest-invited";
  readonly conference: string;
  readonly guest: Guest;
  /** It waits a random part of this many milliseconds before it joins. */
  readonly randomDelayMs: number;
}

export type ConferenceStreamEvent = ConferenceTurned | WaitingChanged | GuestChanged | GuestInvited;

/** The events of one type. */
export type EventOfType<T, E = ConferenceStreamEvent> = E extends { readonly type: infer U }
  ? T extends U ? E : never
  : never;
