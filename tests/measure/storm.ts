/**
 * A restart storm (F11): all browsers come back in the same moment, each with a token of its own that
 * is signed with RS256. Measures from that moment until all of them wait again: after `kill -9` and a
 * start, when no token is known; and after a cut of all connections, when all are.
 *
 *     deno run --allow-all tests/measure/storm.ts [visitors] [workers] [processes that hold them]
 *
 * Making the tokens takes a while. Each process must be allowed as many open files as it holds
 * visitors, the service as many as there are. The exit code is 1 when somebody was refused.
 *
 * @module
 */

import { generateKeyPairSync } from "node:crypto";
import type { SigningKey } from "../../src/auth/mint.ts";
import { mintToken } from "../../src/auth/mint.ts";
import { epochMs, type Job } from "../../src/commands/load/job.ts";
import { percentile } from "../../src/commands/load/statistics.ts";
import { Visitor, type VisitorEvents } from "../../src/commands/load/visitor.ts";
import { type Front, FRONTS } from "../e2e/setups.ts";
import { freePort } from "../support/operator.ts";
import { goLive } from "../support/rest.ts";
import type { Service } from "../support/service.ts";
import { TextLineStream } from "../support/text_line_stream.ts";
import { cpuSeconds, machine, print, startService } from "./setting.ts";

const CONFERENCE = "room@conference.meet.example";
/** How long a storm may take at all. */
const MAX_MS = 60_000;

/** What a process that holds visitors is told first. */
interface Hold {
  readonly port: number;
  readonly visitors: number;
  readonly key: SigningKey;
  /** Each process connects from an address of its own. */
  readonly localAddress: string;
}

/** What became of a storm in one process; times are milliseconds from its beginning. */
interface Outcome {
  readonly waited: readonly number[];
  readonly failures: Readonly<Record<string, number>>;
}

/** The visitors of one process. */
class Holder implements VisitorEvents {
  #visitors: Visitor[] = [];
  #began = 0;
  #waited: number[] = [];
  #told = 0;
  #failures: Record<string, number> = {};
  #changed = () => {};

  constructor(readonly job: Job, readonly tokens: readonly string[]) {}

  /** All connect at once. Resolves when each of them waits or has failed. */
  async storm(): Promise<Outcome> {
    [this.#began, this.#waited, this.#failures, this.#told] = [epochMs(), [], {}, 0];
    this.#visitors = this.tokens.map((token) => new Visitor(this.job, token, this));
    const failed = () => Object.values(this.#failures).reduce((a, b) => a + b, 0);
    await this.#until(() => this.#waited.length + failed() >= this.tokens.length);
    return { waited: this.#waited, failures: this.#failures };
  }

  /** Resolves with how many were told. */
  async allTold(): Promise<number> {
    await this.#until(() => this.#told >= this.#waited.length);
    return this.#told;
  }

  cut(): void {
    for (const visitor of this.#visitors) visitor.leave();
  }

  waiting(): void {
    this.#waited.push(epochMs() - this.#began);
    this.#changed();
  }

  told(): void {
    this.#told++;
    this.#changed();
  }

  lost(_visitor: Visitor, reason: string): void {
    // Who has waited is cut by the kill that is measured.
    if (this.#waited.length === this.tokens.length) return;
    this.#failures[reason] = (this.#failures[reason] ?? 0) + 1;
    this.#changed();
  }

  async #until(is: () => boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#changed = () => is() && resolve();
    const timer = setTimeout(resolve, MAX_MS);
    this.#changed();
    await promise;
    clearTimeout(timer);
  }
}

/** A process that holds visitors: a line in, a line out. */
async function hold({ port, visitors, key, localAddress }: Hold): Promise<void> {
  const spec = { kind: "visitor", ttlSec: 3_600, issuer: "tests", audience: "tests" } as const;
  const tokens: string[] = [];
  while (tokens.length < visitors) {
    tokens.push(await mintToken({ ...spec, name: `${localAddress} ${tokens.length}` }, key));
  }
  const path = "/visitor/websocket";
  const where = { host: "127.0.0.1", port, path, secure: false, localAddress };
  const job = { ...where, conference: CONFERENCE, visitors, rate: Infinity, token: "" };
  const holder = new Holder(job, tokens);
  print(JSON.stringify("ready"));
  for await (const line of Deno.stdin.readable.pipeThrough(new TextLineStream())) {
    if (line === "storm") print(JSON.stringify(await holder.storm()));
    else if (line === "told") print(JSON.stringify(await holder.allTold()));
    else print(JSON.stringify(holder.cut() ?? "cut"));
  }
}

/** A process that holds visitors, as this one sees it. */
class Process {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: ReadableStreamDefaultReader<string>;

  constructor(job: Hold) {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--allow-all", import.meta.filename!, "hold", JSON.stringify(job)],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#lines = this.#child.stdout.pipeThrough(new TextLineStream()).getReader();
  }

  async answer<T>(): Promise<T> {
    const { value } = await this.#lines.read();
    if (value === undefined) throw new Error("A process that held visitors died");
    return JSON.parse(value);
  }

  async ask<T>(line: string): Promise<T> {
    await this.#input.write(new TextEncoder().encode(`${line}\n`));
    return await this.answer<T>();
  }

  async end(): Promise<void> {
    await this.#input.close();
    await this.#child.status;
  }
}

async function storm(name: string, service: Service, crowd: readonly Process[]): Promise<number> {
  const before = cpuSeconds(service);
  const outcomes = await Promise.all(crowd.map((each) => each.ask<Outcome>("storm")));
  const waited = outcomes.flatMap((outcome) => outcome.waited).sort((a, b) => a - b);
  const failures = outcomes.flatMap((outcome) => Object.entries(outcome.failures));
  const at = (percent: number) => `${((percentile(waited, percent) ?? NaN) / 1_000).toFixed(2)} s`;
  const refusals = failures.length === 0 ? "none refused" : JSON.stringify(failures);
  print(
    `  ${name}: ${waited.length} wait, half after ${at(50)}, 99 % after ${at(99)}, ` +
      `all after ${at(100)}; ${(cpuSeconds(service) - before).toFixed(1)} s of processor time; ` +
      refusals,
  );
  return failures.length;
}

async function measure(front: Front, env: Record<string, string>, crowd: readonly Process[]) {
  let refused = 0;
  let service = await startService(front, env);
  refused += await storm("they come for the first time", service, crowd);
  service.kill("SIGKILL");
  await service.exited;
  service = await startService(front, env);
  refused += await storm("they come back after kill -9", service, crowd);
  await Promise.all(crowd.map((each) => each.ask("cut")));
  refused += await storm("they come back after a cut  ", service, crowd);
  const { visitorsWaiting } = await goLive(service, CONFERENCE);
  const told = await Promise.all(crowd.map((each) => each.ask<number>("told")));
  print(`  go-live: ${visitorsWaiting} waited, ${told.reduce((a, b) => a + b, 0)} were told`);
  await service[Symbol.asyncDispose]();
  return refused;
}

async function main(): Promise<number> {
  const [visitors, workers, processes] = [[0, 10_000], [1, 2], [2, 2]].map(([i, otherwise]) =>
    Number(Deno.args[i!] ?? otherwise)
  ) as [number, number, number];
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = (key: typeof publicKey, type: "spki" | "pkcs8") =>
    key.export({ type, format: "pem" }).toString();
  const port = freePort();
  print(machine());
  print(`${visitors} visitors from ${processes} processes, ${workers} workers, RS256`);
  const crowd = Array.from({ length: processes }, (_, i) =>
    new Process({
      port,
      visitors: Math.floor((visitors + i) / processes),
      key: { pem: pem(privateKey, "pkcs8") },
      localAddress: `127.0.0.${2 + i}`,
    }));
  for (const each of crowd) await each.answer();
  const env = {
    PORT: String(port),
    WORKERS: String(workers),
    RELEASE_RATE: "0",
    JWT_PUBLIC_KEY: pem(publicKey, "spki"),
  };
  let refused = 0;
  for (const front of FRONTS) {
    print(`${front}:`);
    refused += await measure(front, env, crowd);
  }
  for (const each of crowd) await each.end();
  return refused;
}

if (Deno.args[0] === "hold") {
  await hold(JSON.parse(Deno.args[1]!));
  Deno.exit(0);
}
Deno.exit(await main() === 0 ? 0 : 1);
