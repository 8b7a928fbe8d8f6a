import { RedisServer } from "./redis.ts";

const SLOTS = 16_384;

/** A cluster of masters that share the slots evenly, gone with the test. */
export class RedisClusterServers implements AsyncDisposable {
  readonly nodes: readonly RedisServer[];
  readonly #stack: AsyncDisposableStack;

  private constructor(nodes: readonly RedisServer[], stack: AsyncDisposableStack) {
    this.nodes = nodes;
    this.#stack = stack;
  }

  static async start(size: number): Promise<RedisClusterServers> {
    await using stack = new AsyncDisposableStack();
    const args = ["--cluster-enabled", "yes", "--cluster-node-timeout", "1000"];
    const nodes: RedisServer[] = [];
    for (let i = 0; i < size; i++) nodes.push(stack.use(await RedisServer.start(...args)));
    const each = SLOTS / size;
    for (const [i, node] of nodes.entries()) {
      const [first, last] = [Math.ceil(i * each), Math.ceil((i + 1) * each) - 1];
      await node.command(
        ["CLUSTER", "ADDSLOTSRANGE", first, last],
        ["CLUSTER", "MEET", "127.0.0.1", nodes[0]!.port],
      );
    }
    await Promise.all(nodes.map((node) => joined(node, size)));
    return new RedisClusterServers(nodes, stack.move());
  }

  get url(): string {
    return `redis+cluster://${this.nodes.map(({ port }) => `127.0.0.1:${port}`).join(",")}`;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

/** Resolves when `node` sees the whole cluster, and all slots served. */
async function joined(node: RedisServer, size: number): Promise<void> {
  for (;;) {
    const [info] = await node.command(["CLUSTER", "INFO"]);
    const whole = new RegExp(`cluster_state:ok[^]*cluster_size:${size}\\b`);
    if (whole.test(String(info))) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
