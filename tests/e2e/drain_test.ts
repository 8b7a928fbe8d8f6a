import assert from "node:assert/strict";
import { closeCode, OP } from "../support/raw_websocket.ts";
import { Service } from "../support/service.ts";
import { StompSocket } from "../support/stomp_socket.ts";
import { visitorToken } from "../support/tokens.ts";
import { waitAt } from "./line.ts";
import { eachSetup } from "./setups.ts";

const CONFERENCE = "room@conference.meet.example";

eachSetup(
  "F23: who comes during a drain is closed with 1001 and nothing before it",
  async (env) => {
    await using service = await Service.start({ ...env, DRAIN_MS: "60000" });
    using stack = new DisposableStack();
    for (const visitor of await waitAt(service, CONFERENCE, 20)) stack.use(visitor);
    const drains = service.logged(({ message }) => message.startsWith("Closing"));
    service.kill("SIGTERM");
    await drains;
    const token = await visitorToken("room");
    let early = 0;
    for (let i = 0; i < 8; i++) {
      using late = await StompSocket.open(service.port, token);
      const first = await late.socket.read();
      // Another worker may not have heard of it for a moment.
      if (first?.op === OP.text && early++ < 2) continue;
      assert.equal(first?.op, OP.close);
      assert.equal(closeCode(first!), 1001);
    }
  },
);
