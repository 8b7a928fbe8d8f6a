/**
 * The store and the bus that the service would have with these settings.
 *
 * @module
 */

import { BroadcastChannelBus } from "../../bus/broadcast_channel.ts";
import type { Bus } from "../../bus/bus.ts";
import { type Clock, systemClock } from "../../time/clock.ts";
import type { Settings } from "../../config/config.ts";
import { KvStore } from "../../store/kv.ts";
import type { Store } from "../../store/store.ts";

/**
 * The embedded store clears what is over by the time of day, which a running service knows better.
 * With this clock nothing of anybody else's is ever over.
 */
const NEVER_OVER: Clock = { ...systemClock, wall: () => 0 };

/** @throws {StoreError} the file cannot be opened. */
export async function openStore(settings: Settings, path = settings.kvPath): Promise<Store> {
  if (settings.redisUrl === undefined) {
    return await KvStore.open({ path, clock: NEVER_OVER, beside: true });
  }
  const { RedisStore } = await import("../../store/redis.ts");
  return await RedisStore.open({ url: settings.redisUrl });
}

/** @param name Who opens the same one shares the bus; over Redis everybody does. */
export async function openBus({ redisUrl }: Settings, name: string): Promise<Bus> {
  if (redisUrl === undefined) return await BroadcastChannelBus.open({ name });
  const { RedisBus } = await import("../../bus/redis.ts");
  return await RedisBus.open({ url: redisUrl });
}
