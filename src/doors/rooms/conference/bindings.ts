/**
 * Which room a conference is bound to, and the live state that this room has set. A conference has
 * one room at most.
 *
 * @module
 */

import { z } from "zod";
import { changeEntry, type Next } from "../../../rooms/compare.ts";
import type { Store } from "../../../store/store.ts";
import type { Clock } from "../../../time/clock.ts";

/** When a bound conference is live because of its room. */
export const LIVE_MODES = ["owner", "occupied", "never"] as const;

export type LiveMode = typeof LIVE_MODES[number];

const bindingSchema = z.object({
  room: z.string(),
  mode: z.enum(LIVE_MODES),
  /** When it was bound, in milliseconds since the epoch. */
  at: z.number(),
  /** The live state that the room has set; 0: it was set, and is another's word by now. */
  version: z.number().optional(),
  /** Until when it lasts at least, in milliseconds since the epoch. */
  until: z.number().optional(),
});

export type Binding = z.infer<typeof bindingSchema>;

/** How long a room that is being bound may not stand yet. */
const BINDING_MS = 10_000;

export interface BindingOptions {
  readonly store: Store;
  readonly clock: Clock;
}

export class Bindings {
  constructor(readonly options: BindingOptions) {}

  /** @throws {StoreError} */
  async read(conference: string): Promise<Binding | undefined> {
    const [entry] = await this.options.store.get([keyOf(conference)]);
    return decode(entry?.value);
  }

  /**
   * Binds a conference to `room`; false where it is bound to another one, and `stands` says that this
   * one is there.
   *
   * @throws {StoreError}
   */
  async bind(
    conference: string,
    { room, mode }: Pick<Binding, "room" | "mode">,
    stands: (room: string) => Promise<boolean>,
  ): Promise<boolean> {
    return await changeEntry(
      keyOf(conference),
      this.options,
      async (entry): Promise<Next<boolean>> => {
        const known = decode(entry?.value);
        const at = this.options.clock.wall();
        if (known && known.room !== room) {
          const taken = known.at > at - BINDING_MS || await stands(known.room);
          if (taken) return { value: false };
        }
        const kept = known?.room === room ? known : undefined;
        return { write: JSON.stringify({ ...kept, room, mode, at }), value: true };
      },
    );
  }

  /**
   * Changes what `room` has set; undefined removes the binding. Of another room's nothing is changed.
   *
   * @throws {StoreError}
   */
  async change(
    conference: string,
    room: string,
    change: (binding: Binding) => Binding | undefined,
  ): Promise<void> {
    await changeEntry(keyOf(conference), this.options, (entry): Next<void> => {
      const known = decode(entry?.value);
      if (known?.room !== room) return { value: undefined };
      const changed = change(known);
      return changed
        ? { write: JSON.stringify(changed), value: undefined }
        : { remove: true, value: undefined };
    });
  }
}

function keyOf(conference: string): string {
  return `rooms/loop/conference/${conference}`;
}

function decode(text: string | undefined): Binding | undefined {
  if (text === undefined) return undefined;
  try {
    return bindingSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
