/** The other isolate of broadcast_channel_test.ts: joins the bus `name` and answers on topic `t`. */
import { BroadcastChannelBus } from "../../src/bus/broadcast_channel.ts";

/** What the test orders first: as whom to join which bus. */
interface Order {
  name: string;
  id: string;
}

const parent = self as unknown as Pick<MessagePort, "onmessage" | "postMessage">;

/** Holds the isolate for `ms` as a long computation would; nothing is read meanwhile. */
function stall(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

parent.onmessage = async ({ data }: MessageEvent<Order>) => {
  const bus = await BroadcastChannelBus.open(data);
  bus.onGap(() => parent.postMessage("gap"));
  await bus.subscribe("t", (payload) => `${bus.id}:${payload}`).ready;
  bus.subscribe("stall", (ms) => {
    parent.postMessage("stalling");
    stall(Number(ms));
  });
  bus.subscribe("leave", () => {
    bus[Symbol.asyncDispose]().then(() => parent.postMessage("left"));
  });
  parent.postMessage("joined");
};
