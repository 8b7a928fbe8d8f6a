import { sessionOptions } from "../../stomp_host/session_options.ts";
import { VisitorsLists } from "../../visitors_list/visitors_lists.ts";
import { door } from "../door.ts";
import { listEndpoint } from "./endpoint.ts";
import { ListTurns } from "./list_turns.ts";
import { ChangeBodies } from "./messages.ts";
import { listRoutes } from "./routes.ts";
import { VISITORS_LIST_DOOR } from "./settings.ts";

/** Participants who see which visitors are in their meeting, and who reports these. */
export const visitorsListDoor = door({
  ...VISITORS_LIST_DOOR,
  open(house, { HEARTBEAT_MS, DISCONNECT_ON_EXPIRY, VISITORS_LIST_INTERVAL_MS }) {
    const { bus, store, clock, meter } = house;
    const stack = new AsyncDisposableStack();
    const lists = stack.use(
      new VisitorsLists({ bus, store, clock, groupMs: VISITORS_LIST_INTERVAL_MS }),
    );
    const endpoint = listEndpoint({
      ...house,
      lists,
      turns: stack.use(new ListTurns(clock)),
      bodies: new ChangeBodies(),
      disconnectOnExpiry: DISCONNECT_ON_EXPIRY,
      connectTimeoutMs: house.settings.connections.connectTimeoutMs,
      session: sessionOptions(house.version, HEARTBEAT_MS),
    });
    const routes = listRoutes({
      ...house,
      lists,
      changes: meter.counter({
        name: "visitors_list_changes_total",
        help: "Visitors who joined, left or were renamed in a visitors list.",
      }),
      full: meter.counter({
        name: "visitors_list_full_total",
        help: "Visitors who are in no visitors list because theirs was full.",
      }),
    });
    return {
      endpoints: [endpoint],
      routes: [routes],
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  },
});
