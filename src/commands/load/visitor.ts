import { escapeHeader } from "../../stomp/mod.ts";
import { epochMs, type Job } from "./job.ts";
import { Connection, type ConnectionEvents } from "./web_socket.ts";

const DESTINATION = "/secured/conference/visitor/topic.";

/** What a visitor tells whoever counts it. */
export interface VisitorEvents {
  /** It waits: its subscription was confirmed. */
  waiting(visitor: Visitor): void;
  /** It was told live, perhaps not for the first time. */
  told(visitor: Visitor): void;
  /** Its connection has ended before it was told; nothing comes after it. */
  lost(visitor: Visitor, reason: string): void;
}

/** One visitor, as a browser would be: connects, subscribes, and waits to be told. */
export class Visitor implements ConnectionEvents {
  readonly startedAt: number = epochMs();
  state: "connecting" | "waiting" | "told" | "ended" = "connecting";
  readonly #connection: Connection;

  constructor(readonly job: Job, readonly token: string, readonly events: VisitorEvents) {
    this.#connection = new Connection(job, this);
  }

  /** Goes away; nothing is told of it. */
  leave(): void {
    this.state = "ended";
    this.#connection.close();
  }

  opened(): void {
    this.#connection.send(
      `CONNECT\naccept-version:1.2\nheart-beat:0,10000\nAuthorization:Bearer ${this.token}\n\n\0`,
    );
  }

  message(text: string): void {
    const command = text.slice(0, text.indexOf("\n"));
    if (command === "CONNECTED") this.#subscribe();
    else if (command === "RECEIPT") this.#waits();
    else if (command === "MESSAGE") this.#isTold(text);
    else if (command === "ERROR") this.#fails(`ERROR: ${headerOf(text, "message") ?? "no reason"}`);
  }

  ended(reason: string): void {
    const untold = this.state === "connecting" || this.state === "waiting";
    this.state = "ended";
    if (untold) this.events.lost(this, reason);
  }

  #subscribe(): void {
    const destination = escapeHeader(DESTINATION + this.job.conference, "1.2");
    this.#connection.send(`SUBSCRIBE\nid:0\nreceipt:0\ndestination:${destination}\n\n\0`);
  }

  #waits(): void {
    if (this.state !== "connecting") return;
    this.state = "waiting";
    this.events.waiting(this);
  }

  #isTold(text: string): void {
    if (!/"status": ?"live"/.test(text)) return;
    // A conference that is live already may tell before it confirms.
    this.#waits();
    this.events.told(this);
    this.state = "told";
  }

  #fails(reason: string): void {
    this.ended(reason);
    this.#connection.close();
  }
}

function headerOf(text: string, name: string): string | undefined {
  const head = text.slice(0, text.indexOf("\n\n"));
  return head.split("\n").find((line) => line.startsWith(`${name}:`))?.slice(name.length + 1);
}
