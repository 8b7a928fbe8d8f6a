import { RedisServer } from "./redis.ts";

/** How the master is called in the URL. */
const NAME = "themaster";

/** A master with a replica that has caught up, and a Sentinel that watches; gone with the test. */
export class RedisSentinelServers implements AsyncDisposable {
  readonly #stack: AsyncDisposableStack;

  private constructor(
    readonly master: RedisServer,
    readonly replica: RedisServer,
    readonly sentinel: RedisServer,
    stack: AsyncDisposableStack,
  ) {
    this.#stack = stack;
  }

  static async start(): Promise<RedisSentinelServers> {
    await using stack = new AsyncDisposableStack();
    const args = ["--repl-diskless-sync-delay", "0"];
    const master = stack.use(await RedisServer.start(...args));
    const of = `127.0.0.1 ${master.port}`;
    const replica = stack.use(await RedisServer.start(...args, "--replicaof", of));
    await master.replicated();
    const sentinel = stack.use(await startSentinel(master, stack));
    return new RedisSentinelServers(master, replica, sentinel, stack.move());
  }

  get url(): string {
    return `redis+sentinel://127.0.0.1:${this.sentinel.port}/${NAME}`;
  }

  /** Makes the replica the master while both live. */
  async failover(): Promise<void> {
    await this.sentinel.command(["SENTINEL", "FAILOVER", NAME]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

async function startSentinel(
  master: RedisServer,
  stack: AsyncDisposableStack,
): Promise<RedisServer> {
  // A Sentinel writes what it learns into its configuration.
  const config = await Deno.makeTempFile({ prefix: "sentinel-" });
  stack.defer(() => Deno.remove(config));
  await Deno.writeTextFile(
    config,
    `sentinel monitor ${NAME} 127.0.0.1 ${master.port} 1
     sentinel down-after-milliseconds ${NAME} 300
     sentinel failover-timeout ${NAME} 2000
    `.replaceAll(/^ +/gm, ""),
  );
  const sentinel = await RedisServer.start(config, "--sentinel");
  for (;;) {
    // Until it has heard from the replica it has nobody to promote.
    const [replicas] = await sentinel.command(["SENTINEL", "REPLICAS", NAME]);
    if (/"master-link-status","ok"/.test(JSON.stringify(replicas))) return sentinel;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
