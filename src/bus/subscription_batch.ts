/**
 * Channels of one command. After a failover everybody subscribes everything at once, and each command
 * must be confirmed in time: with a thousand channels each, a thousand isolates never were.
 */
const CHANNELS_PER_COMMAND = 100;

/** The two commands that a batch is sent as. */
export interface SubscriptionCommands {
  /** Resolves when all of `channels` are confirmed. */
  readonly subscribe: (channels: string[]) => Promise<void>;
  /** Does not wait and does not fail. */
  readonly unsubscribe: (channels: string[]) => void;
}

/**
 * Gathers what one connection is asked to subscribe, so that a hundred thousand topics are a
 * thousand commands. One command is out at a time; what comes meanwhile makes the next.
 */
export class SubscriptionBatch {
  readonly #commands: SubscriptionCommands;
  /** To be subscribed. A channel is either here or in the other. */
  readonly #joining = new Map<string, PromiseWithResolvers<void>>();
  readonly #leaving = new Set<string>();
  #running = false;
  #failed: { error: unknown } | undefined;

  constructor(commands: SubscriptionCommands) {
    this.#commands = commands;
  }

  /** Resolves when `channel` is confirmed. @throws what the command failed with. */
  subscribe(channel: string): Promise<void> {
    if (this.#failed) return Promise.reject(this.#failed.error);
    this.#leaving.delete(channel);
    let joining = this.#joining.get(channel);
    if (!joining) this.#joining.set(channel, joining = Promise.withResolvers<void>());
    this.#start();
    return joining.promise;
  }

  unsubscribe(channel: string): void {
    if (this.#failed) return;
    this.#joining.get(channel)?.resolve();
    this.#joining.delete(channel);
    this.#leaving.add(channel);
    this.#start();
  }

  /** Fails what waits and what is still to come: the connection is gone. */
  fail(error: unknown): void {
    this.#failed ??= { error };
    for (const { reject } of this.#joining.values()) reject(error);
    this.#joining.clear();
    this.#leaving.clear();
  }

  #start(): void {
    if (this.#running) return;
    this.#running = true;
    queueMicrotask(() => this.#run().catch((error) => this.fail(error)));
  }

  async #run(): Promise<void> {
    while (this.#joining.size > 0 || this.#leaving.size > 0) {
      for (const chunk of chunks(this.#leaving)) this.#commands.unsubscribe(chunk);
      this.#leaving.clear();
      await this.#joinSome();
    }
    this.#running = false;
  }

  async #joinSome(): Promise<void> {
    const [channels] = chunks(this.#joining.keys());
    if (!channels) return;
    const joining = channels.map((channel) => this.#joining.get(channel)!);
    for (const channel of channels) this.#joining.delete(channel);
    try {
      await this.#commands.subscribe(channels);
      for (const { resolve } of joining) resolve();
    } catch (error) {
      for (const { reject } of joining) reject(error);
      throw error;
    }
  }
}

/** The items in runs of as many as one command takes; read as the runs are taken. */
export function* chunks(items: Iterable<string>): Iterable<string[]> {
  let chunk: string[] = [];
  for (const item of items) {
    if (chunk.push(item) < CHANNELS_PER_COMMAND) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}
