import assert from "node:assert/strict";
import { eachSetup, type Setup } from "../../e2e/setups.ts";
import { eventually } from "../../support/eventually.ts";
import { RawWebSocket } from "../../support/raw_websocket.ts";
import { Service } from "../../support/service.ts";

const MAIN = "tests/doors/echo/main.ts";

function start(env: Setup): Promise<Service> {
  return Service.start({ DOORS: "queue,echo", ...env }, { main: MAIN });
}

/** What a client of the door sees: its messages, and the Close that ends it. */
class Client {
  readonly messages: string[] = [];
  readonly closed: Promise<CloseEvent>;
  readonly #socket: WebSocket;

  constructor(service: Service, path: string) {
    this.#socket = new WebSocket(service.ws + path);
    this.#socket.onmessage = ({ data }) => this.messages.push(data);
    this.closed = new Promise((resolve) => this.#socket.onclose = resolve);
  }

  send(text: string): void {
    this.#socket.send(text);
  }

  async hears(count: number): Promise<string[]> {
    await eventually(`${count} messages`, () => Promise.resolve(this.messages.length === count));
    return this.messages;
  }

  async leave(): Promise<void> {
    this.#socket.close();
    await this.closed;
  }
}

eachSetup("a door is a folder and a line, and has its own token, codes and bounds", async (env) => {
  await using service = await start(env);
  const client = new Client(service, "/echo?token=abc");
  await client.hears(1);
  client.send("what I say");
  assert.deepEqual(await client.hears(2), ["hello abc", "what I say"]);

  const stranger = new Client(service, "/waiting-queue/echo");
  assert.equal((await stranger.closed).code, 4001);
  assert.deepEqual(stranger.messages, []);

  client.send("x".repeat(101));
  const { code } = await client.closed;
  // A front that can bound a message does so before the door sees it.
  assert.equal(code, env.WEBSOCKET_SERVER === "ws" ? 1009 : 4009);
});

eachSetup("its connections count in its own bound and in that of the process", async (env) => {
  await using service = await start({ ...env, MAX_CONNECTIONS: "4" });
  const clients: Client[] = [];
  // One after the other: of so few places strangers may have but two.
  for (let i = 0; i < 3; i++) {
    clients.push(new Client(service, "/echo?token=a"));
    await clients[i]!.hears(1);
  }
  assert.match(await head(service, "/echo?token=a"), /^HTTP\/1.1 503 /, "the door is full");
  using visitor = await RawWebSocket.handshake(service.port);
  assert.match(visitor.head, /^HTTP\/1.1 101 /);
  assert.match(await head(service, "/visitor"), /^HTTP\/1.1 503 /, "now the house is full");
  await clients[0]!.leave();
  await eventually("the room is free", async () => {
    return (await head(service, "/echo?token=a")).startsWith("HTTP/1.1 101 ");
  });
});

eachSetup("a drain closes them with the code of the door", async (env) => {
  await using service = await start(env);
  const client = new Client(service, "/echo?token=a");
  await client.hears(1);
  service.kill("SIGTERM");
  assert.equal((await client.closed).code, 4010);
  assert.equal((await service.exited).code, 0);
});

Deno.test("a door that DOORS does not name has no path", async () => {
  await using service = await start({ DOORS: "queue" });
  assert.match(await head(service, "/echo?token=a"), /^HTTP\/1.1 404 /);
});

/** The first line of the answer to an upgrade; the connection is closed. */
async function head(service: Service, path: string): Promise<string> {
  using socket = await RawWebSocket.handshake(service.port, { path });
  return socket.head;
}
