/**
 * jitsi-meet's client of the visitors list, restated: its VisitorsListWebsocketClient and the part of
 * its middleware that keeps the list (react/features/visitors).
 *
 * @module
 */

import { Client, type StompSubscription } from "@stomp/stompjs";

interface Listed {
  readonly n: string;
  readonly r: string;
}

interface Update extends Listed {
  readonly s: string;
}

export interface VisitorsListOptions {
  readonly meetingId: string;
  readonly participantId?: string;
  readonly token: string | undefined;
  readonly path?: string;
  readonly reconnectDelay?: number;
  /** Headers of both SUBSCRIBE frames; the shipped client sends none. */
  readonly headers?: Record<string, string>;
}

/** One participant's tab, with the Viewers section open. */
export class VisitorsListClient implements AsyncDisposable {
  /** The list as the participants pane shows it. */
  visitors: { readonly id: string; readonly name: string }[] = [];
  /** What came, as it came. */
  readonly lists: Listed[][] = [];
  readonly updates: Update[][] = [];
  /** Those of them that came behind the list. */
  readonly late: Update[] = [];
  readonly errors: string[] = [];
  readonly closes: number[] = [];
  retriesCount = 0;
  connects = 0;
  readonly #waiters = new Set<() => void>();
  #stompClient: Client | undefined;
  #topic: StompSubscription | undefined;
  #queue: StompSubscription | undefined;

  /** @param queueService with a scheme here. */
  constructor(queueService: string, options: VisitorsListOptions) {
    const { meetingId, participantId = "a1b2c3d4", token, path = "/visitors-list/websocket" } =
      options;
    const base = "/secured/conference/visitors-list";
    const client = this.#stompClient = new Client({
      brokerURL: queueService + path,
      forceBinaryWSFrames: true,
      appendMissingNULLonIncoming: true,
      reconnectDelay: options.reconnectDelay ?? 5_000,
    });
    const failed = (what: string) => {
      this.errors.push(what);
      if (this.retriesCount > 3) void this.#stompClient?.deactivate();
      else this.retriesCount++;
      this.#wake();
    };
    client.onWebSocketError = () => failed("error of the socket");
    client.onStompError = (frame) => failed(frame.headers["message"]!);
    client.onWebSocketClose = ({ code }) => {
      this.closes.push(code);
      this.#wake();
    };
    if (token) client.connectHeaders = { Authorization: `Bearer ${token}` };
    client.onConnect = () => {
      this.connects++;
      let initialReceived = false;
      const cached: Update[] = [];
      this.#topic = client.subscribe(`${base}/topic/${meetingId}`, (message) => {
        const updates: Update[] = JSON.parse(message.body);
        this.updates.push(updates);
        if (initialReceived) {
          this.late.push(...updates);
          this.#take(updates);
        } else cached.push(...updates);
        this.#wake();
      }, { ...options.headers });
      this.#queue = client.subscribe(
        `${base}/queue/${meetingId}/${participantId}`,
        (message) => {
          const listed: Listed[] = JSON.parse(message.body);
          initialReceived = true;
          this.lists.push(listed);
          this.visitors = listed.map(({ r, n }) => ({ id: r, name: n }));
          this.#queue?.unsubscribe();
          this.#queue = undefined;
          this.#take(cached);
          cached.length = 0;
          this.#wake();
        },
        { ...options.headers },
      );
      this.#wake();
    };
    client.activate();
  }

  get ids(): string[] {
    return this.visitors.map(({ id }) => id).sort();
  }

  /** Resolves when `is` holds. */
  async until(is: () => boolean, ms = 60_000): Promise<void> {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(new Error(`Not in time: ${this.#story()}`)), ms);
    try {
      while (!is()) {
        const next = new Promise<void>((resolve) => this.#waiters.add(resolve));
        await Promise.race([late.promise, next]);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** As the tab does when its participant leaves the meeting. */
  async disconnect(): Promise<void> {
    this.#topic?.unsubscribe();
    this.#queue?.unsubscribe();
    await this.#stompClient?.deactivate();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stompClient?.deactivate({ force: true });
  }

  #take(updates: readonly Update[]): void {
    for (const { n, r, s } of updates) {
      const at = this.visitors.findIndex(({ id }) => id === r);
      if (s === "l") this.visitors = this.visitors.filter(({ id }) => id !== r);
      else if (at < 0) this.visitors.push({ id: r, name: n });
      else this.visitors[at] = { id: r, name: n };
    }
  }

  #story(): string {
    const { errors, closes, connects, ids } = this;
    return JSON.stringify({ errors, closes, connects, visitors: ids.length });
  }

  #wake(): void {
    for (const wake of this.#waiters) wake();
    this.#waiters.clear();
  }
}
