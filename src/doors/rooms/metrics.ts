import type { Counter, Gauge, Meter } from "../../metrics/meter.ts";
import type { RoomEvent } from "../../rooms/events.ts";
import type { MediaState } from "../../rooms/media.ts";

/** What the rooms door counts. */
export class RoomsMetrics {
  readonly #events: Counter<"event" | "reason">;
  readonly #participants: Gauge<"computed_state">;
  readonly #reports: Counter<"computed_state">;
  readonly #disagreements: Counter<"kind">;
  readonly #domains: Counter;
  readonly #requests: Counter<"action" | "status">;
  readonly #pushes: Counter<"outcome">;

  constructor(meter: Meter) {
    this.#events = meter.counter({
      name: "rooms_events_total",
      help: "What happened to rooms and in them, by what and why.",
      labels: ["event", "reason"],
    });
    this.#participants = meter.gauge({
      name: "rooms_participants",
      help: "Participations by the state of their last report; none: there was none. An isolate " +
        "counts what it sees begin and end, so only the sum of all machines means something.",
      labels: ["computed_state"],
    });
    this.#reports = meter.counter({
      name: "rooms_media_reports_total",
      help: "Reports of participants on their media, by the state that their counters tell.",
      labels: ["computed_state"],
    });
    this.#disagreements = meter.counter({
      name: "rooms_media_disagreements_total",
      help: "Reports whose state is not what their counters tell, or that do not follow the last.",
      labels: ["kind"],
    });
    this.#domains = meter.counter({
      name: "rooms_logged_domains_total",
      help: "The sum of what participants logged of domains; the domains themselves are not kept.",
    });
    this.#requests = meter.counter({
      name: "rooms_requests_total",
      help: "Requests of the rooms door, by what was asked and the status of the answer.",
      labels: ["action", "status"],
    });
    this.#pushes = meter.counter({
      name: "rooms_pushes_total",
      help: "Notifications of owners, by how they went.",
      labels: ["outcome"],
    });
  }

  happened(event: RoomEvent): void {
    this.#events.inc({ event: event.kind, reason: "reason" in event ? event.reason : "none" });
    if (event.kind === "joined") this.#participants.inc({ computed_state: "none" });
    else if (event.kind === "left") this.#participants.dec(stateOf(event.media));
    else if (event.kind === "media") this.#reported(event.media, event.before);
  }

  loggedDomains(count: number): void {
    this.#domains.add(count);
  }

  answered(action: string, status: number): void {
    this.#requests.inc({ action, status: String(status) });
  }

  pushed(outcome: "done" | "failed" | "dropped"): void {
    this.#pushes.inc({ outcome });
  }

  #reported(media: MediaState, before: MediaState | undefined): void {
    this.#participants.dec(stateOf(before));
    this.#participants.inc(stateOf(media));
    this.#reports.inc(stateOf(media));
    if (!media.stateAgrees) this.#disagreements.inc({ kind: "state" });
    if (!media.countersFollow) this.#disagreements.inc({ kind: "counters" });
  }
}

function stateOf(media: MediaState | undefined): { computed_state: string } {
  return { computed_state: media?.computedState ?? "none" };
}
