import { type Door, door, type House } from "../door.ts";
import { describeConference } from "./conference.ts";
import { listConferences } from "./conferences.ts";
import { endLive } from "./endlive.ts";
import { goLive } from "./golive.ts";
import { health } from "./health.ts";
import { metrics } from "./metrics.ts";
import { ready } from "./ready.ts";

/** Backends and operators: go-live, end-live, conferences, and how the service stands. */
export const restDoor: Door = door({
  name: "rest",
  always: true,
  settings: {},
  open(house: House) {
    const commands = { ...house, conferences: house.queue };
    const { status, settings } = house;
    return {
      routes: [
        goLive(commands),
        endLive(commands),
        listConferences(commands),
        describeConference(commands),
        health({ health: () => ({ status: "ok" }) }),
        ready({ readiness: () => status.readiness() }),
        ...(settings.metricsPort === undefined
          ? [metrics({ metrics: () => status.metricsText() })]
          : []),
      ],
    };
  },
});
