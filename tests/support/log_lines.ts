import { configureLogging } from "../../src/log/log.ts";

/** One record, as it is written. */
export interface Line {
  readonly level: string;
  readonly message: string;
  readonly [property: string]: unknown;
}

/** What this isolate logs, at every level, until it is disposed. */
export class LogLines implements Disposable {
  readonly lines: Line[] = [];

  constructor() {
    const write = (line: string) => void this.lines.push(JSON.parse(line));
    configureLogging({ level: "debug", format: "json", isolate: "test", write });
  }

  /** Level and message of each. */
  get said(): string[] {
    return this.lines.map(({ level, message }) => `${level}: ${message}`);
  }

  [Symbol.dispose](): void {
    configureLogging({ level: "error", format: "json", isolate: "test", write: () => {} });
  }
}
