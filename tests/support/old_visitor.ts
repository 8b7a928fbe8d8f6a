import { Changes } from "./changes.ts";
import type { OldClient, OldFrame } from "./stomp_libraries.ts";
import { VISITOR_TOPIC } from "./stomp_socket.ts";

/** A visitor with one of the older libraries, whose interfaces are callbacks. */
export class OldVisitor {
  readonly told: OldFrame[] = [];
  /** ERROR frames, and the end of the connection. */
  readonly failures: unknown[] = [];
  beats = 0;
  readonly #changes = new Changes();

  /** @param beatMs How often beats are wanted, in milliseconds; both libraries have 10000. */
  constructor(readonly client: OldClient, beatMs = 10_000) {
    client.heartbeat = { outgoing: beatMs, incoming: beatMs };
    client.debug = (text) => {
      if (text === "<<< PONG") this.beats++;
      this.#changes.wake();
    };
  }

  /** Connects with `token` and waits. Resolves when the service has the subscription. */
  async wait(token: string, conference: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const fail = (error: unknown) => {
        this.failures.push(error);
        this.#changes.wake();
        reject(error);
      };
      this.client.onreceipt = () => resolve();
      this.client.connect({ Authorization: `Bearer ${token}` }, () => {
        const tell = (frame: OldFrame) => {
          this.told.push(frame);
          this.#changes.wake();
        };
        this.client.subscribe(VISITOR_TOPIC + conference, tell, { receipt: "subscribed" });
      }, fail);
    });
  }

  /** Resolves when `is` holds. */
  until(is: () => boolean): Promise<void> {
    const { told, failures, beats } = this;
    return this.#changes.until(is, () => ({ told, failures, beats }));
  }
}
