import { SimNetwork } from "../sim/sim_bus.ts";
import { SimClock } from "../sim/sim_clock.ts";
import { busConformance } from "./conformance.ts";

busConformance("SimBus", () => {
  const clock = new SimClock();
  const network = new SimNetwork({ clock, latencyMs: 0.5, spreadMs: 2 });
  let ended = false;
  const running = (async () => {
    while (!ended) await clock.advance(1);
  })();
  return Promise.resolve({
    join: () => Promise.resolve(network.join()),
    async [Symbol.asyncDispose]() {
      ended = true;
      await running;
    },
  });
});
