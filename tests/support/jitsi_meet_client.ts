/**
 * jitsi-meet's client of the queue, restated: its WebsocketClient and the part of its middleware
 * that waits for a conference (react/features/visitors).
 *
 * @module
 */

/** What is used of the `Client` of @stomp/stompjs 7. */
interface StompClient {
  connectHeaders: Record<string, string>;
  onConnect: (frame: { headers: Record<string, string> }) => void;
  onStompError: (frame: { headers: Record<string, string> }) => void;
  onWebSocketError: (event: unknown) => void;
  onWebSocketClose: (event: { code: number; wasClean: boolean }) => void;
  debug: (text: string) => void;
  activate(): void;
  deactivate(options?: { force?: boolean }): Promise<void>;
  subscribe(destination: string, callback: (message: { body: string }) => void): unknown;
}

/** The class of any version 7: they differ in the types of what is not used here. */
export type StompClientClass = new (config: never) => object;

/** What a test scales down; without it everything is as shipped. */
export interface Scaled {
  readonly reconnectDelay?: number;
  readonly heartbeatIncoming?: number;
  readonly heartbeatOutgoing?: number;
}

/** A message of either topic. */
interface Message {
  readonly conference: string;
  readonly status?: string;
  readonly randomDelayMs?: number;
  readonly visitorsWaiting?: number;
}

/**
 * One tab. Everything that happens is logged in words. The class refers to nothing outside itself,
 * so that its source can be run in a page.
 */
export class JitsiMeetClient implements AsyncDisposable {
  readonly log: string[] = [];
  readonly messages: Message[] = [];
  /** Errors in a row; the fifth ends it for good. */
  retriesCount = 0;
  connectCount = 0;
  /** Server beats. */
  beats = 0;
  /** From the live message until `deactivate()` resolved, in milliseconds. */
  deactivatedAfter: number | undefined;
  readonly #Client: new (config: object) => StompClient;
  readonly #scaled: Scaled;
  readonly #waiters = new Set<() => void>();
  #stompClient: StompClient | undefined;
  #latest: StompClient | undefined;

  constructor(Client: StompClientClass, scaled: Scaled = {}) {
    this.#Client = Client as unknown as new (config: object) => StompClient;
    this.#scaled = scaled;
  }

  /** How often one of these was logged; `error` counts every kind. */
  count(what: string): number {
    return this.log.filter((entry) => entry.startsWith(what)).length;
  }

  /** Resolves when `is` holds; rejects with the log after `ms`. */
  async until(is: () => boolean, ms = 20_000): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`Not in time. The log:\n${this.log}`)), ms);
    });
    while (!is()) {
      await Promise.race([late, new Promise<void>((resolve) => this.#waiters.add(resolve))]);
    }
    clearTimeout(timer);
  }

  /** Resolves when `what` was logged. */
  logged(what: string): Promise<void> {
    return this.until(() => this.count(what) > 0);
  }

  /** Waits for the conference to go live, and joins it. `queueService` has a scheme here. */
  waitForLive(queueService: string, conferenceJid: string, token?: string): void {
    const topic = `/secured/conference/visitor/topic.${conferenceJid}`;
    this.connect(`${queueService}/visitor/websocket`, topic, token, (message) => {
      if (message.status !== "live") return;
      const told = performance.now();
      this.disconnect().then(() => {
        this.deactivatedAfter = performance.now() - told;
        this.#note("deactivated");
        let delay = message.randomDelayMs ?? 0;
        // A meeting that sends its visitors back again and again gets them more slowly.
        if (this.connectCount > 3) delay = 30_000;
        setTimeout(() => this.#note("joined"), Math.random() * delay);
      });
    });
  }

  /** Watches how many visitors wait, as a moderator's tab does. */
  watchCount(queueService: string, conferenceJid: string, token: string): void {
    const topic = `/secured/conference/state/topic.${conferenceJid}`;
    this.connect(`${queueService}/visitor/websocket`, topic, token, () => {});
  }

  connect(
    url: string,
    endpoint: string,
    token: string | undefined,
    callback: (message: Message) => void,
  ): void {
    const client = new this.#Client({
      brokerURL: url,
      forceBinaryWSFrames: true,
      appendMissingNULLonIncoming: true,
      ...this.#scaled,
    });
    this.#stompClient = this.#latest = client;
    client.onWebSocketError = () => this.#failed("error of the socket");
    client.onStompError = (frame) => this.#failed(`error: ${frame.headers.message}`);
    if (token) client.connectHeaders = { Authorization: `Bearer ${token}` };
    client.onConnect = (frame) => {
      if (!this.#stompClient) return;
      this.retriesCount = 0;
      this.connectCount++;
      this.#stompClient.subscribe(endpoint, (message) => {
        this.messages.push(JSON.parse(message.body));
        callback(this.messages.at(-1)!);
        this.#note(`told ${message.body}`);
      });
      this.#note(`connected ${frame.headers["heart-beat"]}`);
    };
    // These two only watch.
    client.onWebSocketClose = ({ code, wasClean }) =>
      this.#note(`closed ${code} ${wasClean ? "cleanly" : "uncleanly"}`);
    client.debug = (text) => {
      if (text === "<<< PONG") this.beats++;
      this.#wake();
    };
    client.activate();
  }

  async disconnect(): Promise<void> {
    await this.#stompClient?.deactivate();
    this.#stompClient = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#latest?.deactivate({ force: true });
  }

  #failed(what: string): void {
    this.#note(what);
    if (this.retriesCount > 3) {
      this.#stompClient?.deactivate();
      this.#stompClient = undefined;
      this.#note("gave up");
      return;
    }
    this.retriesCount++;
  }

  #note(entry: string): void {
    this.log.push(entry);
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiters) wake();
    this.#waiters.clear();
  }
}
