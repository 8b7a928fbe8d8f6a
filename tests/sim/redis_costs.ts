import type { ServerCosts } from "./sim_server.ts";

/**
 * Redis 7.0 on one 2.5 GHz core, as `measure_redis.ts` found it: one with so little to do that each
 * command and each message is a system call of its own.
 */
export const IDLE: ServerCosts = {
  command: 12,
  delivery: 5,
  octet: 0.0012,
  key: 0.3,
  channel: 3,
};

/** The same when it is so busy that it finds sixteen commands whenever it looks at a connection. */
export const BUSY: ServerCosts = { ...IDLE, command: 2.5, delivery: 1.2 };

/** A Redis that is `times` as slow: for a part of the conferences, it is as busy as with all. */
export function slower(costs: ServerCosts, times: number): ServerCosts {
  const { command, delivery, octet, key, channel } = costs;
  return {
    command: command * times,
    delivery: delivery * times,
    octet: octet * times,
    key: key * times,
    channel: channel * times,
  };
}
