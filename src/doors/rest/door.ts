import { type Door, door, type House } from "../door.ts";
import { commandRoutes } from "./command_routes.ts";
import { operationRoutes } from "./operation_routes.ts";

/** Backends and operators: go-live, end-live, conferences, and how the service stands. */
export const restDoor: Door = door({
  name: "rest",
  always: true,
  settings: {},
  open(house: House) {
    const { queue, settings, status } = house;
    return {
      routes: [
        commandRoutes({
          ...house,
          conferences: queue,
          countRefused: (code) => house.metrics.authRefused(code),
        }),
        operationRoutes({
          health: () => ({ status: "ok" }),
          readiness: status.readiness,
          ...(settings.metricsPort === undefined && { metrics: () => status.metricsText() }),
        }),
      ],
    };
  },
});
