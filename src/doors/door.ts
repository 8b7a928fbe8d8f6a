import type { AccessPolicy } from "../access/policy.ts";
import type { ConferenceNames } from "../access/conference_name.ts";
import type { Authenticate } from "../auth/authenticator.ts";
import type { Revocations } from "../access/revocations.ts";
import type { Bus } from "../bus/bus.ts";
import type { Declarations, DoorSettings, ValuesOf } from "../config/declaration.ts";
import type { Settings } from "../config/settings.ts";
import type { TlsOptions } from "../front/listener.ts";
import type { Capacity } from "../gateway/capacity.ts";
import type { Places } from "../gateway/places.ts";
import type { SharedRate } from "../gateway/shared_rate.ts";
import type { Endpoint } from "../gateway/endpoint.ts";
import type { RouteGroup } from "../http/route.ts";
import type { Meter } from "../metrics/meter.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { Queue } from "../queue/queue.ts";
import type { ReturningVisitors } from "../queue/returning_visitors.ts";
import type { Readiness } from "../metrics/readiness.ts";
import type { Refusals } from "../stomp_host/refusals.ts";
import type { Stream } from "../stream/stream.ts";
import type { Store } from "../store/store.ts";
import type { Clock } from "../time/clock.ts";

/** What an isolate has for its doors. */
export interface House {
  readonly settings: Settings;
  /** Version of the service. */
  readonly version: string;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Where a door declares the numbers of its own. */
  readonly meter: Meter;
  readonly bus: Bus;
  readonly store: Store;
  readonly names: ConferenceNames;
  readonly access: AccessPolicy;
  readonly queue: Queue;
  /** Who was told lately and may come back, over all isolates of the process. */
  readonly returning: ReturningVisitors;
  /** What becomes of those who may not have what they ask for by STOMP. */
  readonly refusals: Refusals;
  /** The value of an `Authorization` header -> who it is. @throws {AuthError} */
  readonly authenticate: Authenticate;
  /** Room for `most` connections of the door that asks, over all isolates of the process. */
  readonly capacity: (most: number) => Capacity;
  /** Places for connections of one token, over all isolates of the process; absent: no bound. */
  readonly tokenPlaces: Places | undefined;
  /** So many a second of the door that asks, and `atOnce` at once, over all isolates of the process. */
  readonly rate: (perSecond: number, atOnce: number) => SharedRate;
  /** The most connections of the process, of all doors. */
  readonly maxConnections: number;
  /** What happens, for doors that serve it. */
  readonly stream: Stream;
  /** The tokens that were taken back; kept up from the first call on, for all doors. */
  readonly revocations: () => Promise<Revocations>;
  /** How the isolate stands, for who asks whether it is well. */
  readonly status: HouseStatus;
}

/** What operators ask of an isolate. */
export interface HouseStatus {
  readonly readiness: Pick<Readiness, "snapshot">;
  /** The metrics of all isolates of the process as one text. */
  metricsText(): Promise<string>;
}

/** A door that serves. Closing it ends its timers and leaves its bus topics. */
export interface OpenDoor extends Partial<AsyncDisposable> {
  readonly routes?: readonly RouteGroup[];
  readonly endpoints?: readonly Endpoint[];
  /** Ports of its own, beside the one of all doors. */
  readonly ports?: readonly DoorPort[];
}

/** A port on which there is nothing but these endpoints. */
export interface DoorPort {
  readonly port: number;
  readonly endpoints: readonly Endpoint[];
  /** With it TLS is spoken there, and nothing else. */
  readonly tls?: TlsOptions | undefined;
}

/**
 * A front door of the house: what it declares, and how it is opened in an isolate. A closed door is
 * never opened: it has no path, no timer and no bus topic. No door knows another.
 */
export interface Door<D extends Declarations = Declarations> extends DoorSettings<D> {
  open(house: House, values: ValuesOf<D>): OpenDoor | Promise<OpenDoor>;
}

/** Makes a door that knows the types of its values one of a list of doors. */
export function door<const D extends Declarations>(door: Door<D>): Door {
  return door as unknown as Door;
}
