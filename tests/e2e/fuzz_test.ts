/**
 * Several peers at once that send anything in any pieces: the service never fails or hangs, keeps
 * nothing of them, and never tells one what is another's.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { eventually } from "../support/eventually.ts";
import { concat, ME, moves, octetsOf, TOKEN } from "../support/hostile_octets.ts";
import { metric } from "../support/operator.ts";
import { RawPeer, readReceived, type Received, upgradeHead } from "../support/raw_peer.ts";
import { closeCode, OP } from "../support/raw_websocket.ts";
import { goLive } from "../support/rest.ts";
import type { Service } from "../support/service.ts";
import { parse, type StompFrame, StompSocket } from "../support/stomp_socket.ts";
import { moderatorToken, systemToken, visitorToken } from "../support/tokens.ts";
import { eachFront, type Front } from "./setups.ts";

/** The time for each front's peers; shrinking a failure is within it. */
const LIMIT_MS = 8_000;
/**
 * However fast the machine is: the one that waits sends a frame a run, and who sends more than 2,000
 * within 10 s is cut.
 */
const MAX_RUNS = 1_000;
/** How long the service has to end a connection that its peer has ended. */
const END_MS = 10_000;
/** More than are ever open, and fewer than leaving one behind in every run would use up. */
const MAX_CONNECTIONS = 100;

const CONFERENCE = "bystander@conference.meet.example";

const peer = fc.record({
  moves,
  /** Where the octets are cut into pieces. */
  cuts: fc.array(fc.nat(2_000), { maxLength: 6 }),
  token: fc.constantFrom("visitor", "visitor", "moderator", "system", "none"),
  /** After how many pieces its conference goes live. */
  goLiveAfter: fc.option(fc.nat(4), { freq: 2 }),
  end: fc.constantFrom("finish", "finish", "reset"),
});
type PeerPlan = typeof peer extends fc.Arbitrary<infer T> ? T : never;

const play = fc.record({
  peers: fc.array(peer, { minLength: 1, maxLength: 4 }),
  /** Whose piece is next. */
  turns: fc.array(fc.nat(3), { maxLength: 40 }),
});

const tokens: Readonly<Record<PeerPlan["token"], string>> = {
  visitor: await visitorToken("*"),
  moderator: await moderatorToken("*"),
  system: await systemToken(),
  none: "a.b.c",
};

let peers = 0;

/** One peer at work. */
class Player implements Disposable {
  readonly mark = `m${++peers}x`;
  readonly #pieces: Uint8Array[];
  #sent = 0;

  private constructor(
    readonly service: Service,
    readonly plan: PeerPlan,
    readonly socket: RawPeer,
  ) {
    const fill = (text: string) =>
      text.replaceAll(ME, this.mark).replaceAll(TOKEN, tokens[plan.token]!);
    const octets = concat([
      upgradeHead(service.port),
      ...plan.moves.map((move) => octetsOf(move, fill)),
    ]);
    this.#pieces = cut(octets, plan.cuts);
  }

  static async open(service: Service, plan: PeerPlan): Promise<Player> {
    return new Player(service, plan, await RawPeer.open(service.port));
  }

  /** Sends the next piece; false when there is none. */
  async step(): Promise<boolean> {
    if (this.#sent === this.plan.goLiveAfter) {
      await goLive(this.service, `${this.mark}@conference.meet.example`);
    }
    const piece = this.#pieces[this.#sent++];
    return piece !== undefined && await this.socket.write(piece);
  }

  /** Everything that it was sent, once its connection has ended; undefined where it reset it. */
  async finish(): Promise<Received | undefined> {
    if (this.plan.end === "reset") {
      this.socket[Symbol.dispose]();
      return undefined;
    }
    await this.socket.finish();
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(new Error("The connection does not end")), END_MS);
    try {
      return readReceived(await Promise.race([this.socket.received, late.promise]));
    } finally {
      clearTimeout(timer);
    }
  }

  [Symbol.dispose](): void {
    this.socket[Symbol.dispose]();
  }
}

function cut(octets: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [...new Set(cuts.map((at) => at % octets.length))].sort((a, b) => a - b);
  return [0, ...places].map((from, i) => octets.subarray(from, places[i]));
}

/** What must hold of all that one peer was sent. */
function check({ status, frames, rest }: Received, mark: string): void {
  assert.ok(status === 101 || status === 400 || status === 0, `status ${status}`);
  assert.equal(rest, 0, "every frame is whole");
  const ops = frames.map(({ op }) => op);
  assert.ok(frames.every(({ fin }) => fin), "no frame is in fragments");
  const end = ops.indexOf(OP.close);
  assert.ok(end < 0 || end === ops.length - 1, `nothing follows a Close: ${ops}`);
  if (end >= 0) assert.notEqual(closeCode(frames[end]!), 1011, "no fault within");
  const texts = frames.filter(({ op }) => op === OP.text)
    .map(({ payload }) => new TextDecoder("utf-8", { fatal: true }).decode(payload));
  checkStomp(texts.filter((text) => text !== "\n").map(parse), mark);
}

function checkStomp(answers: readonly StompFrame[], mark: string): void {
  const commands = answers.map(({ command }) => command);
  if (commands.length > 0) assert.match(commands[0]!, /^(CONNECTED|ERROR)$/);
  assert.equal(commands.lastIndexOf("CONNECTED") > 0, false, "CONNECTED comes once, and first");
  const error = commands.indexOf("ERROR");
  assert.ok(error < 0 || error === commands.length - 1, `nothing follows an ERROR: ${commands}`);
  for (const { command, headers, body } of answers) {
    const marks: string[] = Object.values(headers).join().match(/m\d+x/g) ?? [];
    assert.ok(marks.every((each) => each === mark), `${command} with another's mark: ${marks}`);
    if (command !== "MESSAGE") continue;
    const { conference } = JSON.parse(body);
    assert.match(conference, new RegExp(`^(${mark}|common)@`), "another's conference");
  }
}

async function run(service: Service, { peers, turns }: typeof play extends fc.Arbitrary<infer T> ? T
  : never): Promise<void> {
  using stack = new DisposableStack();
  const players: Player[] = [];
  for (const plan of peers) players.push(stack.use(await Player.open(service, plan)));
  for (const turn of turns) await players[turn % players.length]!.step();
  for (const player of players) while (await player.step());
  await Promise.all(players.map(async (player) => {
    const received = await player.finish();
    if (received) check(received, player.mark);
  }));
}

/** Numbers of the operator that a peer that is gone must not leave behind it. */
async function gauges(service: Service): Promise<Record<string, number>> {
  const names = ["connections", "visitors_waiting", "moderators"];
  const values = await Promise.all(names.map((name) => metric(service, `waiting_queue_${name}`)));
  return Object.fromEntries(names.map((name, i) => [name, values[i]!]));
}

eachFront("Any octets", {
  RELEASE_RATE: "0",
  STATE_INTERVAL_MS: "50",
  MAX_CONNECTIONS: String(MAX_CONNECTIONS),
}, {
  "F28: no peer is told another's, hangs, or harms one that waits": async (service, front) => {
    using visitor = await StompSocket.visitor(
      service.port,
      await visitorToken("bystander"),
      CONFERENCE,
    );
    const before = await gauges(service);
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(play, async (peers) => {
        await run(service, peers);
        // Whoever waits is told nothing but what it asks for, and at once.
        await visitor.send("ACK", { id: "x", receipt: `still-${++runs}` });
        assert.equal((await visitor.expect("RECEIPT")).headers["receipt-id"], `still-${runs}`);
      }),
      { numRuns: MAX_RUNS, interruptAfterTimeLimit: LIMIT_MS },
    );
    assert.ok(runs > 20, `${runs} runs are too few to say anything`);
    await nothingLeft(service, before);
    await roomFor(service, front, MAX_CONNECTIONS - 10);
    await goLive(service, CONFERENCE);
    assert.equal((await visitor.message()).status, "live");
    assert.deepEqual(service.log.filter(({ level }) => level === "error"), []);
    assert.equal(service.stderr, "");
  },
});

async function nothingLeft(service: Service, before: Record<string, number>): Promise<void> {
  let now: Record<string, number> = {};
  await eventually("all peers are gone", async () => {
    now = await gauges(service);
    return JSON.stringify(now) === JSON.stringify(before);
  }).catch(() => assert.deepEqual(now, before));
}

/** No connection that has ended still counts against the most that there may be. */
async function roomFor(service: Service, _front: Front, connections: number): Promise<void> {
  const opened: StompSocket[] = [];
  try {
    for (let i = 0; i < connections; i++) {
      opened.push(await StompSocket.connect(service.port, tokens.visitor));
    }
  } finally {
    for (const each of opened) each[Symbol.dispose]();
  }
}
