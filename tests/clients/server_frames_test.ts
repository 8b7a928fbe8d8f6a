import assert from "node:assert/strict";
import { eachFront } from "../support/fronts.ts";
import { readLive } from "../support/jigasi_reader.ts";
import { OP, type RawFrame, RawWebSocket } from "../support/raw_websocket.ts";
import { READERS } from "../support/readers.ts";
import { endLive, goLive } from "../support/rest.ts";
import { Service } from "../support/service.ts";
import { frame, parse, STATE_TOPIC, VISITOR_TOPIC } from "../support/stomp_socket.ts";
import { moderatorToken, visitorToken } from "../support/tokens.ts";

const ROOM = "großer-saal-会議室-🎥";
const CONFERENCE = `${ROOM}@conference.acme.meet.example`;
const VERSIONS = ["1.0", "1.1", "1.2"];
const BEAT = "\n";
/** Where no answer comes, the socket is closed and the read fails. */
const IN_TIME_MS = 10_000;

/** A client that keeps the messages of the server as they came. */
class Recorder implements Disposable {
  readonly texts: string[] = [];

  private constructor(readonly socket: RawWebSocket) {}

  static async open(service: Service, version: string, token: string): Promise<Recorder> {
    const recorder = new Recorder(await RawWebSocket.handshake(service.port));
    await recorder.socket.binary(frame("CONNECT", {
      Authorization: `Bearer ${token}`,
      "accept-version": version,
      "heart-beat": "0,100",
    }));
    return recorder;
  }

  /** Sends a frame and records until a message that begins with `answer`. */
  async exchange(
    answer: string,
    command?: string,
    headers?: Readonly<Record<string, string>>,
  ): Promise<void> {
    if (command) await this.socket.text(frame(command, headers));
    const late = setTimeout(() => this.socket[Symbol.dispose](), IN_TIME_MS);
    try {
      for (let text = ""; !text.startsWith(answer);) {
        text = textOf(await this.socket.read());
        this.texts.push(text);
      }
    } finally {
      clearTimeout(late);
    }
  }

  [Symbol.dispose](): void {
    this.socket[Symbol.dispose]();
  }
}

/** One message is one unfragmented text frame of WebSocket, in UTF-8. */
function textOf(raw: RawFrame | undefined): string {
  assert.deepEqual([raw?.op, raw?.fin], [OP.text, true]);
  return new TextDecoder("utf-8", { fatal: true }).decode(raw!.payload);
}

/** Every kind of message that the service sends in a session of this version. */
async function record(service: Service, version: string): Promise<string[]> {
  using visitor = await Recorder.open(service, version, await visitorToken(ROOM));
  await visitor.exchange("CONNECTED");
  const destination = VISITOR_TOPIC + CONFERENCE;
  await visitor.exchange("RECEIPT", "SUBSCRIBE", { id: "s-0", destination, receipt: "r-0" });
  await visitor.exchange(BEAT);
  await goLive(service, CONFERENCE);
  await visitor.exchange("MESSAGE");
  await visitor.exchange("ERROR", "SEND", { destination, receipt: "r-1" });
  using moderator = await Recorder.open(service, version, await moderatorToken(ROOM));
  await moderator.exchange("CONNECTED");
  const state = { id: "s-0", destination: STATE_TOPIC + CONFERENCE };
  await moderator.exchange("MESSAGE", "SUBSCRIBE", state);
  using stranger = await Recorder.open(service, version, "not-a-token");
  await stranger.exchange("ERROR");
  await endLive(service, CONFERENCE);
  return [...visitor.texts, ...moderator.texts, ...stranger.texts];
}

/** The rules that satisfy all clients at once (docs/protocol.md, Frames). */
function assertServerFrame(text: string): void {
  const { command, headers, body } = parse(text);
  assert.equal(text.indexOf("\0"), text.length - 1, "one NUL, at the end");
  for (const [name, value] of Object.entries(headers)) {
    assert.match(name, /^[a-z][a-z-]*$/);
    assert.equal(value, value.trim(), "stompjs trims");
    assert.doesNotMatch(value, /\\/, "the older clients do not unescape");
  }
  if (command === "CONNECTED") assert.match(headers["heart-beat"]!, /^\d+,\d+$/);
  if (command === "CONNECTED" || command === "RECEIPT") return assert.equal(body, "");
  assert.match(headers["content-type"]!, /^(application\/json|text\/plain)$/);
  assert.equal(headers["content-length"], String(new TextEncoder().encode(body).length));
}

eachFront("C11, C37, C52: every client reads every kind of frame in every version", async (env) => {
  await using service = await Service.start({ ...env, HEARTBEAT_MS: "100" });
  for (const version of VERSIONS) {
    const texts = await record(service, version);
    for (const text of texts.filter((text) => text !== BEAT)) assertServerFrame(text);
    for (const [name, read] of Object.entries(READERS)) {
      for (const text of texts) {
        const expected = text === BEAT ? undefined : parse(text);
        const got = read(text, version);
        assert.equal(got?.command, expected?.command, `${name}, ${version}`);
        assert.equal(got?.body, expected?.body, `${name}, ${version}`);
        if (got?.headers) assert.deepEqual(got.headers, expected?.headers, `${name}, ${version}`);
      }
    }
    const bodies = texts.filter((text) => text.startsWith("MESSAGE")).map((t) => parse(t).body);
    assert.equal(readLive(bodies[0]!), 0);
    assert.deepEqual(JSON.parse(bodies[1]!), { conference: CONFERENCE, visitorsWaiting: 0 });
  }
});

Deno.test("the restated clients are as strict as the real ones", () => {
  const connected = (beat: string) => `CONNECTED\nversion:1.2\nheart-beat:${beat}\n\n\0`;
  for (const name of ["Jigasi", "Spring"]) {
    const read = READERS[name]!;
    assert.equal(read(connected("10000,60000"), "1.2")?.command, "CONNECTED");
    assert.throws(() => read(connected("10000, 60000"), "1.2"), /NumberFormat/);
  }
  const { Jigasi, Spring } = READERS;
  assert.equal(Jigasi!("\n", "1.2"), undefined);
  assert.equal(Jigasi!("\r\n", "1.2")?.command, "\r");
  assert.equal(Jigasi!("\nMESSAGE\na:b\n\n{}\0", "1.2")?.command, "");
  assert.throws(() => Spring!("RECEIPT\nreceipt-id:1\n\nx\0", "1.2"), /payload/);
  assert.throws(() => Spring!("MESSAGE\ncontent-type:json\n\n{}\0", "1.2"), /InvalidMimeType/);
  assert.throws(() => Spring!("MESSAGE\ncontent-length:1\n\né\0", "1.2"), /null octet/);
  for (const delay of ["5.0", '"5"', "null"]) {
    assert.throws(() => readLive(`{"status":"live","randomDelayMs":${delay}}`), /ClassCast/);
  }
  assert.throws(() => readLive('{"randomDelayMs":5}'), /NullPointer/);
});
