import { getLogger } from "../../log/log.ts";
import type { Store } from "../../store/store.ts";
import type { Step } from "../../stream/event.ts";
import type { Stream } from "../../stream/stream.ts";
import type { Clock } from "../../time/clock.ts";
import type { Count } from "../counts.ts";
import type { Known } from "../live_record.ts";
import type { ConferenceStreamEvent } from "./events.ts";

/** What may be asked of the queue. */
export interface QueueFacts {
  live(keys: readonly string[]): Promise<(Known | undefined)[]>;
  count(key: string): Promise<Count>;
}

export interface DeskOptions {
  readonly queue: QueueFacts;
  readonly store: Store;
  readonly stream: Stream;
  readonly clock: Clock;
  /** This isolate; no other one has the id. */
  readonly isolate: string;
}

type Stamped = "id" | "at" | "audience";
type Unstamped<E> = E extends unknown ? Omit<E, Stamped> : never;

const logger = getLogger("queue");

/** What the parts of the chronicle share. */
export class Desk {
  constructor(readonly options: DeskOptions) {}

  /** An event of a conference, for everybody in its scope unless `user` is named. */
  stamp<E extends ConferenceStreamEvent>(event: Unstamped<E>, user?: string): E {
    return {
      ...event,
      id: crypto.randomUUID(),
      at: this.options.clock.wall(),
      audience: { conference: event.conference, users: [user ?? "*"] },
    } as unknown as E;
  }

  publish(event: ConferenceStreamEvent, step?: Step): void {
    this.options.stream.publish(event, step);
  }

  /** Does `work` in the background. That it fails is logged: nobody waits for it. */
  background(what: string, work: Promise<unknown>): void {
    work.catch((error) => logger.warn(`Cannot ${what}: {error}`, { error }));
  }
}
