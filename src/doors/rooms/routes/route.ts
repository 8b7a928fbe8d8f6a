import type { Call } from "../../../http/call.ts";
import type { Method } from "../../../http/method.ts";
import type { Operation, Route } from "../../../http/route.ts";
import { roomsErrorOf } from "../errors.ts";
import { errorReply, type Reply, writeReply } from "../reply.ts";
import type { Services } from "../services.ts";
import { type Entrance, Visit } from "../visit.ts";

/** One method of one path, before it is served. */
export interface Endpoint {
  readonly method: Method;
  readonly path: string;
  /** For the metrics. */
  readonly action: string;
  readonly operation: Operation;
  readonly entrance: Entrance;
  /** @throws {RoomsError} and whatever the domain and the store throw. */
  readonly handle: (visit: Visit) => Promise<Reply>;
}

/** The routes of an endpoint: as it is, and below `/v0` as the shipped clients call it. */
export function routesOf(endpoint: Endpoint, services: Services): Route[] {
  const { method, path, operation } = endpoint;
  const handle = (call: Call) => serve(endpoint, services, call);
  return [
    { method, path, operation, handle },
    { method, path: `/v0${path}`, handle },
  ];
}

async function serve(endpoint: Endpoint, services: Services, call: Call): Promise<Response> {
  const visit = new Visit(services, call);
  const reply = await replyTo(endpoint, visit);
  services.metrics.answered(visit.action ?? endpoint.action, reply.status);
  return writeReply(reply, services.clock.wall(), visit.signed);
}

async function replyTo({ entrance, handle }: Endpoint, visit: Visit): Promise<Reply> {
  try {
    await visit.enter(entrance);
    return await visit.soon(handle(visit));
  } catch (error) {
    return errorReply(roomsErrorOf(error, visit.call.request));
  }
}
