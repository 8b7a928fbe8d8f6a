/**
 * The stores of other tests keep the rules of the port, so that what is tested on them holds.
 *
 * @module
 */
import { type Clock, systemClock } from "../../src/time/clock.ts";
import { MemoryStore } from "../queue/memory_store.ts";
import { SimStore } from "../sim/sim_store.ts";
import { MemoryEntries } from "../support/memory_entries.ts";
import { storeConformance, type StoreHarness } from "./conformance.ts";

/** Two views of the same entries, with time that a test moves on beside that of the machine. */
function harness(view: (clock: Clock, entries: MemoryEntries) => StoreHarness["store"]) {
  return (): Promise<StoreHarness> => {
    let passed = 0;
    const clock: Clock = { ...systemClock, now: () => systemClock.now() + passed };
    const entries = new MemoryEntries(clock);
    return Promise.resolve({
      store: view(clock, entries),
      other: view(clock, entries),
      elapse: (ms) => Promise.resolve(void (passed += ms)),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    });
  };
}

storeConformance("MemoryStore", harness((clock, entries) => new MemoryStore(clock, entries)));
storeConformance(
  "SimStore",
  harness((clock, entries) => new SimStore({ clock, latencyMs: 0 }, entries)),
);
