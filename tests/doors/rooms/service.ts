/**
 * The rooms door of real processes.
 *
 * @module
 */

import { Service } from "../../support/service.ts";
import { Target } from "./client.ts";

const SETTINGS = {
  DOORS: "queue,rooms",
  ROOMS_SECRET: "a-secret-of-the-rooms-tests-0123456789",
  ROOMS_REGISTRATION: "open",
};

/** Starts a machine with the door open. */
export function startRooms(env: Readonly<Record<string, string>> = {}): Promise<Service> {
  return Service.start({ ...SETTINGS, ...env });
}

/** Requests to `service`, each on a connection of its own, so that its workers share them. */
export function targetOf(service: Service): Target {
  return new Target(service.http, async (request) => {
    const client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
    try {
      const response = await fetch(request, { client });
      const body = response.status === 204 ? null : await response.arrayBuffer();
      return new Response(body, response);
    } finally {
      client.close();
    }
  });
}
