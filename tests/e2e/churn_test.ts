import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import { metric } from "../support/operator.ts";
import { StompSocket } from "../support/stomp_socket.ts";
import { visitorToken } from "../support/tokens.ts";
import { eachFront } from "./setups.ts";

const CONFERENCE = "room@conference.meet.example";
const CYCLES = 1_000;
const AT_ONCE = 25;

eachFront("Churn", {}, {
  "C85: many who come and go leave no socket, no place and no conference behind": async (
    service,
  ) => {
    const token = await visitorToken("room");
    let left = CYCLES;
    const comeAndGo = async () => {
      while (left-- > 0) {
        using visitor = await StompSocket.visitor(service.port, token, CONFERENCE);
        // Some say goodbye, some just go.
        if (left % 2 === 0) continue;
        await visitor.send("DISCONNECT", { receipt: "bye" });
        await visitor.expect("RECEIPT");
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, comeAndGo));
    await eventually("all gone", async () => {
      const gauges = ["waiting_queue_connections", "waiting_queue_visitors_waiting"];
      const numbers = await Promise.all(gauges.map((gauge) => metric(service, gauge)));
      return numbers.every((number) => number === 0);
    });
    assert.deepEqual(service.log.filter(({ level }) => level === "error"), []);
  },
});
