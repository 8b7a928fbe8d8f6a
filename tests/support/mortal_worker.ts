/**
 * A worker of the service that fails when it is told to.
 *
 * @module
 */

const deaths = new BroadcastChannel("mortal-worker");
deaths.onmessage = ({ data }) => {
  // Each worker is asked by name; the others live on.
  if (data === id) self.postMessage({ type: "failed", reason: "told to" });
};

let id = "";
self.addEventListener("message", (event) => {
  const { data } = event as MessageEvent<{ type: string; id: string; index: number }>;
  if (data.type === "start") {
    id = data.id;
    deaths.postMessage({ started: data.index, id });
  }
});

await import("../../src/process/worker_main.ts");
