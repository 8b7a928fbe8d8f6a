/**
 * Writes lines to a file that other isolates of the process write to as well, without making the
 * caller wait.
 *
 * @module
 */

/** The part of `Deno.stdout` that is used. */
export interface LineTarget {
  write(data: Uint8Array): Promise<number>;
}

/**
 * A write of up to this many octets to a pipe is not mixed with the writes of others (POSIX:
 * `PIPE_BUF`, 4096 on Linux).
 */
const ATOMIC_OCTETS = 4096;

/** What is kept while the reader of stdout does not read; newer lines are dropped and counted. */
const MAX_WAITING_LINES = 10_000;
const MAX_WAITING_CHARS = 4 * 1024 * 1024;

/** Writes lines in order without making anybody wait; what comes too fast is dropped and counted. */
export class LineWriter {
  readonly #target: LineTarget;
  readonly #encoder = new TextEncoder();
  #lines: string[] = [];
  #chars = 0;
  #dropped = 0;
  #draining: Promise<void> | undefined;

  constructor(target: LineTarget) {
    this.#target = target;
  }

  /** Takes a line without its end. Returns at once. */
  write(line: string): void {
    const full = this.#lines.length >= MAX_WAITING_LINES ||
      this.#chars + line.length > MAX_WAITING_CHARS;
    if (full) {
      this.#dropped++;
      return;
    }
    this.#lines.push(line);
    this.#chars += line.length;
    this.#draining ??= this.#drain();
  }

  /** Resolves when everything is written; after `timeoutMs` if nobody reads. */
  async flush(timeoutMs: number): Promise<void> {
    const { promise: timeout, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, timeoutMs);
    await Promise.race([this.#draining, timeout]);
    clearTimeout(timer);
  }

  async #drain(): Promise<void> {
    // Lines of the same turn of the event loop go out together.
    await Promise.resolve();
    try {
      for (let batch = this.#batch(); batch; batch = this.#batch()) await this.#writeAll(batch);
    } catch {
      // Nobody reads stdout any more; there is no other place to say so.
      this.#lines = [];
      this.#chars = 0;
    }
    this.#draining = undefined;
  }

  async #writeAll(data: Uint8Array): Promise<void> {
    while (data.length > 0) data = data.subarray(await this.#target.write(data));
  }

  /** The next lines, as many as fit an atomic write, at least one; `undefined` when none waits. */
  #batch(): Uint8Array | undefined {
    if (this.#lines.length === 0) return this.#droppedNotice();
    let text = "";
    let count = 0;
    while (count < this.#lines.length) {
      const next = text + this.#lines[count] + "\n";
      // A character takes up to three octets of UTF-8 per unit of the string.
      if (count > 0 && next.length * 3 > ATOMIC_OCTETS) break;
      text = next;
      count++;
    }
    this.#lines.splice(0, count);
    this.#chars -= text.length - count;
    return this.#encoder.encode(text);
  }

  #droppedNotice(): Uint8Array | undefined {
    if (this.#dropped === 0) return undefined;
    const notice = { level: "warning", message: "log lines dropped", dropped: this.#dropped };
    this.#dropped = 0;
    return this.#encoder.encode(JSON.stringify(notice) + "\n");
  }
}
