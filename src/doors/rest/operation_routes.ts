import type { RouteGroup } from "../../http/route.ts";
import type { Readiness } from "../../metrics/readiness.ts";
import { type Health, health } from "./health.ts";
import { metrics } from "./metrics.ts";
import { ready } from "./ready.ts";

/** How the service stands, for its operators. */
export interface OperationOptions {
  readonly health: () => Health;
  readonly readiness: Pick<Readiness, "snapshot">;
  /** Absent: `/metrics` is served elsewhere, and unknown here. */
  readonly metrics?: () => Promise<string>;
}

/** What an orchestrator and a monitor ask. */
export function operationRoutes(options: OperationOptions): RouteGroup {
  return {
    name: "operation",
    routes: [
      health(options),
      ready(options.readiness),
      ...(options.metrics ? [metrics(options.metrics)] : []),
    ],
  };
}

/** `/metrics` alone, for a port of its own. */
export function metricsRoutes(render: () => Promise<string>): RouteGroup {
  return { name: "operation", routes: [metrics(render)] };
}
