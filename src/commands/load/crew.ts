import { fileURLToPath } from "node:url";
import type { Job, Progress, Result } from "./job.ts";
import { lines } from "./lines.ts";

const HOLDER = fileURLToPath(new URL("./holder.ts", import.meta.url));

/** The processes that hold the visitors. */
export class Crew implements AsyncDisposable {
  readonly #members: readonly Member[];

  constructor(jobs: readonly Job[]) {
    this.#members = jobs.map((job) => new Member(job));
  }

  /** Of all of them. */
  get progress(): Progress {
    return this.#members.map(({ progress }) => progress).reduce((a, b) => ({
      type: "progress",
      waited: a.waited + b.waited,
      told: a.told + b.told,
      lost: a.lost + b.lost,
      failed: a.failed + b.failed,
    }));
  }

  /** Everybody goes away. Resolves with what became of them. @throws {Error} a process died. */
  async end(): Promise<Result> {
    const results = await Promise.all(this.#members.map((member) => member.end()));
    const failures: Record<string, number> = {};
    for (const result of results) {
      for (const [reason, count] of Object.entries(result.failures)) {
        failures[reason] = (failures[reason] ?? 0) + count;
      }
    }
    return {
      type: "result",
      connectMs: sorted(results.flatMap(({ connectMs }) => connectMs)),
      waitedAt: sorted(results.flatMap(({ waitedAt }) => waitedAt)),
      toldAt: sorted(results.flatMap(({ toldAt }) => toldAt)),
      repeated: results.reduce((sum, { repeated }) => sum + repeated, 0),
      failures,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#members.map((member) => member[Symbol.asyncDispose]()));
  }
}

function sorted(numbers: readonly number[]): number[] {
  return numbers.toSorted((a, b) => a - b);
}

class Member implements AsyncDisposable {
  progress: Progress = { type: "progress", waited: 0, told: 0, lost: 0, failed: 0 };
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #result: Promise<Result>;

  constructor(job: Job) {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--allow-all", HOLDER],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#result = this.#read();
    this.#result.catch(() => this.#died(job.visitors));
    this.#write(`${JSON.stringify(job)}\n`);
  }

  end(): Promise<Result> {
    this.#write("end\n");
    return this.#result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await this.#child.status;
    await this.#result.catch(() => {});
    await this.#input.abort().catch(() => {});
  }

  async #read(): Promise<Result> {
    let result: Result | undefined;
    for await (const line of lines(this.#child.stdout)) {
      const message = JSON.parse(line) as Progress | Result;
      if (message.type === "progress") this.progress = message;
      else result = message;
    }
    if (!result) throw new Error("a process that held visitors died");
    return result;
  }

  /** Nobody shall wait for its visitors. */
  #died(visitors: number): void {
    const { waited, told } = this.progress;
    this.progress = { ...this.progress, lost: waited - told, failed: visitors - waited };
  }

  /** One that has died does not read; its result says so. */
  #write(line: string): void {
    this.#input.write(new TextEncoder().encode(line)).catch(() => {});
  }
}
