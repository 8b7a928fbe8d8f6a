import type { House } from "../doors/door.ts";
import { Capacity } from "../gateway/capacity.ts";
import { SharedRate } from "../gateway/shared_rate.ts";
import { systemClock } from "../time/clock.ts";
import type { Shared } from "./shared.ts";

/** What the door `name` may have of what the isolates of the process share. */
export function boundsOf(
  name: string,
  { shared, index }: { readonly shared: Shared; readonly index: number },
): Pick<House, "capacity" | "rate"> {
  return {
    capacity: (most) => new Capacity({ counters: shared.doors[name]!, most }, index),
    rate: (perSecond, most) => {
      const capacity = new Capacity({ counters: shared.rates[name]!, most }, index);
      return new SharedRate(capacity, perSecond, systemClock);
    },
  };
}
