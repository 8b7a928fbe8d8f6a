import { mintToken } from "../../auth/mint.ts";
import { type Door, door } from "../door.ts";
import { demoRoutes } from "./demo.ts";

/** Long enough for whoever leaves the page open over a day. */
const TOKEN_SEC = 12 * 3_600;

/** A page on which one person plays visitors, moderator and backend. */
export const demoDoor: Door = door({
  name: "demo",
  demoOnly: true,
  settings: {},
  open({ settings }) {
    const { basePath, queue, clientKeys, systemKeys } = settings;
    const routes = demoRoutes({
      basePath,
      releaseRate: queue.releaseRate,
      stateIntervalMs: queue.stateIntervalMs,
      mint: (kind, room) => {
        // The keys were made for this run and are nowhere else.
        const keys = kind === "system" ? systemKeys : clientKeys;
        const [issuer, audience] = kind === "system" ? ["jitsi", "jitsi"] : ["demo", "demo"];
        const token = { kind, room, tenant: "*", ttlSec: TOKEN_SEC, issuer, audience };
        return mintToken(token, keys.secret!);
      },
    });
    return { routes: [routes] };
  },
});
