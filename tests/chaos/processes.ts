/**
 * Rounds of real processes over a real Redis: visitors wait on several, it goes live and perhaps
 * ends, and meanwhile something happens to a process or to Redis.
 *
 * @module
 */

import { Random } from "../queue/random.ts";
import { RedisServer } from "../support/redis.ts";
import { RedisClusterServers } from "../support/redis_cluster.ts";
import { RedisSentinelServers } from "../support/redis_sentinel.ts";
import { post } from "../support/rest.ts";
import { Service } from "../support/service.ts";
import { StompSocket } from "../support/stomp_socket.ts";
import { visitorToken } from "../support/tokens.ts";

const PROCESSES = 3;
const VISITORS = 60;
const RATE = 50;
/** Rounds after which everything is started anew. */
const ROUNDS = 6;
/** After a fault is over everybody is told within this time, besides the release itself. */
const TOLD_MS = 20_000;
/** After the 200 of an end nobody is told any more, in a round without a fault. */
const END_MS = 1_000;
const DOMAIN = "conference.meet.example";

/** A carrier with its servers, and what can happen to it. */
interface Carrier extends AsyncDisposable {
  readonly name: string;
  readonly url: string;
  /** Something happens; resolves when it is over. */
  readonly faults: Readonly<Record<string, () => Promise<void>>>;
}

interface Told {
  readonly told: number[];
  readonly socket: StompSocket;
  readonly process: number;
  ended: boolean;
}

/** Plays rounds for as long; gives how many broke a promise. */
export async function processes(
  seed: number,
  minutes: number,
  print: (text: string) => void,
): Promise<number> {
  const until = Date.now() + minutes * 60_000;
  const random = new Random(seed);
  let [rounds, failed] = [0, 0];
  while (Date.now() < until) {
    for (const open of [openServer, openSentinel, openCluster]) {
      if (Date.now() >= until) break;
      await using stage = await Stage.open(await open());
      for (let i = 0; i < ROUNDS && Date.now() < until; i++) {
        const problem = await stage.round(++rounds, random);
        if (!problem) continue;
        failed++;
        print(`round ${rounds} of seed ${seed}: ${problem}`);
      }
    }
  }
  print(`processes: ${rounds} rounds of seed ${seed}, ${failed} broke a promise`);
  return failed;
}

class Stage implements AsyncDisposable {
  readonly #carrier: Carrier;
  readonly #services: Service[] = [];

  private constructor(carrier: Carrier) {
    this.#carrier = carrier;
  }

  static async open(carrier: Carrier): Promise<Stage> {
    const stage = new Stage(carrier);
    for (let i = 0; i < PROCESSES; i++) stage.#services.push(await stage.#start());
    return stage;
  }

  /** Says what was broken. */
  async round(n: number, random: Random): Promise<string | undefined> {
    const conference = `round-${n}@${DOMAIN}`;
    const visitors = await this.#arrive(conference, random);
    const { name, faults } = this.#carrier;
    const what = random.of(["none", "pause", "kill", ...Object.keys(faults)]);
    const ends = random.below(3) === 0;
    const began = Date.now();
    const fault = pause(random.below(600)).then(() => this.#happens(what, random));
    await pause(random.below(600));
    const asked = Date.now();
    const live = await this.#command("/golive", conference, random);
    let ended = Infinity;
    if (ends && live) {
      await pause(random.below(500));
      if (await this.#command("/endlive", conference, random)) ended = Date.now();
    }
    await fault;
    const needed = ends ? 3_000 : TOLD_MS + VISITORS / RATE * 1_000;
    await until(Date.now() + needed, () => live && !ends && visitors.every(isDone));
    for (const { socket } of visitors) socket[Symbol.dispose]();
    await this.#revive();
    const problems = [
      ...visitors.filter(({ told }) => told.length > 1).map(() => "told twice"),
      ...visitors.filter(({ told }) => told[0]! < asked).map(() => "told before"),
      ...live && !ends ? visitors.filter((each) => !isDone(each)).map(() => "not told") : [],
      ...what === "none"
        ? visitors.filter(({ told }) => told[0]! > ended + END_MS).map(() => "told after an end")
        : [],
    ];
    if (problems.length === 0) return undefined;
    const counts = Object.entries(Object.groupBy(problems, (problem) => problem))
      .map(([problem, all]) => `${all!.length} ${problem}`);
    return `${name}, ${what}, ${ends ? "ended" : "live"} after ${asked - began} ms: ${counts}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const service of this.#services) await service[Symbol.asyncDispose]();
    await this.#carrier[Symbol.asyncDispose]();
  }

  #start(): Promise<Service> {
    return Service.start({ REDIS_URL: this.#carrier.url, RELEASE_RATE: String(RATE) });
  }

  async #arrive(conference: string, random: Random): Promise<Told[]> {
    const token = await visitorToken(conference.split("@")[0]!);
    const visitors: Told[] = [];
    for (let i = 0; i < VISITORS; i++) {
      const process = random.below(PROCESSES);
      const { port } = this.#services[process]!;
      const socket = await StompSocket.visitor(port, token, conference);
      const visitor: Told = { told: [], socket, process, ended: false };
      void listen(visitor);
      visitors.push(visitor);
    }
    return visitors;
  }

  /** True when it was answered with 200. */
  async #command(path: string, conference: string, random: Random): Promise<boolean> {
    const service = random.of(this.#services);
    try {
      const response = await post(service, path, { conference });
      await response.body?.cancel();
      return response.status === 200;
    } catch {
      // The process was killed.
      return false;
    }
  }

  async #happens(what: string, random: Random): Promise<void> {
    const service = random.of(this.#services);
    if (what === "pause") {
      service.kill("SIGSTOP");
      await pause(random.below(5_000));
      service.kill("SIGCONT");
    } else if (what === "kill") {
      service.kill("SIGKILL");
      await service.exited;
    } else {
      await this.#carrier.faults[what]?.();
    }
  }

  /** Starts anew what was killed. */
  async #revive(): Promise<void> {
    for (const [i, service] of this.#services.entries()) {
      const ended = await Promise.race([service.exited.then(() => true), pause(20)]);
      if (ended === true) this.#services[i] = await this.#start();
    }
  }
}

/** Told, or gone with its process. */
function isDone({ told, ended }: Told): boolean {
  return told.length > 0 || ended;
}

async function listen(visitor: Told): Promise<void> {
  try {
    for (;;) {
      await visitor.socket.message();
      visitor.told.push(Date.now());
    }
  } catch {
    visitor.ended = true;
  }
}

async function openServer(): Promise<Carrier> {
  const redis = await RedisServer.start("--appendonly", "yes");
  return {
    name: "Redis",
    url: redis.url,
    faults: {
      held: () => held(redis),
      restart: async () => {
        await redis.kill();
        await pause(500);
        await redis.startAgain();
      },
      flush: async () => void await redis.command(["FLUSHALL"]),
    },
    [Symbol.asyncDispose]: () => redis[Symbol.asyncDispose](),
  };
}

async function openSentinel(): Promise<Carrier> {
  const servers = await RedisSentinelServers.start();
  return {
    name: "Sentinel",
    url: servers.url,
    faults: { failover: () => servers.failover().catch(() => {}).then(() => pause(3_000)) },
    [Symbol.asyncDispose]: () => servers[Symbol.asyncDispose](),
  };
}

async function openCluster(): Promise<Carrier> {
  const servers = await RedisClusterServers.start(3);
  return {
    name: "Cluster",
    url: servers.url,
    faults: {
      flush: async () => {
        for (const node of servers.nodes) await node.command(["FLUSHALL"]);
      },
    },
    [Symbol.asyncDispose]: () => servers[Symbol.asyncDispose](),
  };
}

/** Silent for a while, with all its connections. */
async function held(redis: RedisServer): Promise<void> {
  redis.pause();
  await pause(1_500);
  redis.resume();
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function until(end: number, is: () => boolean): Promise<void> {
  while (Date.now() < end && !is()) await pause(50);
}
