/**
 * The wall clock of a process, which a test moves while it runs (libfaketime). Its monotonic clock
 * goes on, as when an operator or NTP sets the time.
 *
 * @module
 */

import { requireProgram } from "./programs.ts";

/** As Debian has it; `$LIB` is the folder of libraries of this architecture. */
const LIBRARY = "/usr/$LIB/faketime/libfaketimeMT.so.1";

export class WallClock implements AsyncDisposable {
  private constructor(readonly folder: string) {}

  static async open(): Promise<WallClock> {
    const clock = new WallClock(await Deno.makeTempDir({ prefix: "wall-clock-" }));
    await clock.set("+0");
    return clock;
  }

  /** Whether the library is there; says loudly where it is not. */
  static available(): boolean {
    return requireProgram("sh", ["-c", `LD_PRELOAD='${LIBRARY}' sh -c : 2>&1 | (! grep -q .)`]);
  }

  /** What a process gets into its environment. */
  get env(): Record<string, string> {
    return {
      LD_PRELOAD: LIBRARY,
      FAKETIME_TIMESTAMP_FILE: `${this.folder}/time`,
      // Read at each look at the clock.
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    };
  }

  /** By how much it is off from now on: `+2h`, `-2h`. */
  async set(offset: string): Promise<void> {
    const next = `${this.folder}/next`;
    await Deno.writeTextFile(next, `${offset}\n`);
    await Deno.rename(next, `${this.folder}/time`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}
