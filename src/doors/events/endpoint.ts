import { defaultLimits, type Endpoint, type Opener } from "../../gateway/endpoint.ts";
import type { Capacity } from "../../gateway/capacity.ts";
import type { Closing, PeerHandle, Protocol } from "../../gateway/protocol.ts";
import { EVENTS_CLOSINGS, NO_TOKEN, unreadable } from "./closings.ts";
import { Connection } from "./connection.ts";
import { versionOf } from "./ops.ts";
import type { EventsServices } from "./services.ts";

/** Where `@wazo/sdk` opens it. */
const PATHS = ["/api/websocketd/", "/api/websocketd"];
/** Where it was first, on a port of its own. */
const ROOT = "/";

/** A message, all its fragments together. */
const MAX_MESSAGE = 16 * 1_024;
/** Within ten seconds; as many octets as that many subscriptions at once have. */
const MAX_INPUT_MESSAGES = 2_000;
const MAX_INPUT_OCTETS = 1_024 * 1_024;

export interface EventsEndpointOptions extends EventsServices {
  readonly connectTimeoutMs: number;
  readonly capacity: Capacity;
}

/** The sockets of the door: beside the other doors, and on a port of its own. */
export function eventsEndpoints(
  options: EventsEndpointOptions,
): { readonly beside: readonly Endpoint[]; readonly alone: readonly Endpoint[] } {
  const endpoint: Endpoint = {
    name: "events",
    paths: PATHS,
    limits: {
      ...defaultLimits,
      establishMs: options.connectTimeoutMs,
      maxMessage: MAX_MESSAGE,
      maxInputMessages: MAX_INPUT_MESSAGES,
      maxInputOctets: MAX_INPUT_OCTETS,
      maxUnread: options.maxBuffer,
    },
    closings: EVENTS_CLOSINGS,
    capacity: options.capacity,
    chooseSubprotocol: () => undefined,
    open: (request) => openerFor(options, request),
  };
  return {
    beside: [endpoint, { ...endpoint, paths: [ROOT], upgradesOnly: true }],
    alone: [{ ...endpoint, paths: [...PATHS, ROOT] }],
  };
}

/** What is wrong with a request is said after the upgrade: a browser sees nothing else. */
function openerFor(services: EventsServices, request: Request): Opener {
  const query = new URL(request.url).searchParams;
  const version = versionOf(query);
  if (version === undefined) return refuse(services, unreadable("unsupported version"));
  const token = tokenOf(query, request.headers);
  if (token === undefined) return refuse(services, NO_TOKEN);
  return (peer) => new Connection(services, peer, version, token);
}

function tokenOf(query: URLSearchParams, headers: Headers): string | undefined {
  const inQuery = query.getAll("token").find((token) => token !== "");
  if (inQuery) return inQuery;
  const inHeader = headers.get("x-auth-token")?.trim();
  if (inHeader) return inHeader;
  return headers.get("authorization")?.match(/^bearer +(.+)$/i)?.[1]?.trim();
}

function refuse({ closed }: EventsServices, closing: Closing): Opener {
  return (peer) => new Refused(peer, closing, closed);
}

/** A connection that is closed at once. */
class Refused implements Protocol {
  readonly outgoingBeatMs = 0;
  readonly incomingTimeoutMs = 0;

  constructor(
    readonly peer: PeerHandle,
    readonly closing: Closing,
    readonly closed: (code: number) => void,
  ) {}

  opened(): void {
    this.closed(this.closing.code);
    this.peer.closeWith(this.closing);
  }

  message(): boolean {
    return false;
  }

  beat(): void {}
  overdue(): void {}
  flooded(): void {}
  tooBig(): void {}
  letGo(): void {}
  ended(): void {}
}
