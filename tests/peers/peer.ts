import { ACCOUNT, type RabbitMq } from "../support/rabbitmq.ts";
import { goLive } from "../support/rest.ts";
import type { Service } from "../support/service.ts";
import { frame, StompSocket, VISITOR_TOPIC } from "../support/stomp_socket.ts";
import { visitorToken } from "../support/tokens.ts";

/** Where both servers speak STOMP. */
export const PATH = "/visitor/websocket";

/** What a server says of itself in CONNECT, and where one can listen. */
export interface Peer {
  readonly port: number;
  /** Headers of a CONNECT that is let in. */
  readonly account: Readonly<Record<string, string>>;
  /** Headers of one that is not. */
  readonly stranger: Readonly<Record<string, string>>;
  /** A destination that nobody else uses. */
  destination(): string;
  /** A destination that the server does not have. */
  readonly nowhere: string;
  /** Makes the server send one MESSAGE to everybody who listens there. */
  tell(destination: string): Promise<void>;
}

/** This service. A message is a go-live. */
export async function servicePeer(service: Service): Promise<Peer> {
  let rooms = 0;
  return {
    port: service.port,
    account: { Authorization: `Bearer ${await visitorToken("*")}` },
    stranger: { Authorization: "Bearer a.b.c" },
    destination: () => `${VISITOR_TOPIC}room${++rooms}@conference.meet.example`,
    nowhere: "/nowhere/x",
    async tell(destination) {
      await goLive(service, destination.slice(VISITOR_TOPIC.length));
    },
  };
}

/** RabbitMQ. A message is what somebody else sends. */
export function rabbitMqPeer({ port }: RabbitMq): Peer {
  let topics = 0;
  return {
    port,
    account: ACCOUNT,
    stranger: { ...ACCOUNT, passcode: "wrong" },
    destination: () => `/topic/topic${++topics}`,
    nowhere: "/nowhere/x",
    async tell(destination) {
      using sender = await StompSocket.open(port, undefined, { ...ACCOUNT, host: "/" });
      await sender.socket.readText();
      await sender.socket.text(
        frame("SEND", { destination, "content-type": "application/json", receipt: "sent" }, "{}"),
      );
      await sender.socket.readText();
    },
  };
}
