import type { Counter, Meter } from "../../metrics/meter.ts";
import type { RoomEvent } from "../../rooms/events.ts";

/** What the rooms door counts. */
export class RoomsMetrics {
  readonly #events: Counter<"event" | "reason">;
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
    this.#events.inc({ event: event.kind, reason: "reason" in event ? event.reason : "" });
    if (event.kind !== "media") return;
    const { computedState, stateAgrees, countersFollow } = event.media;
    this.#reports.inc({ computed_state: computedState });
    if (!stateAgrees) this.#disagreements.inc({ kind: "state" });
    if (!countersFollow) this.#disagreements.inc({ kind: "counters" });
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
}
