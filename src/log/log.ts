/**
 * The log: one line a record on stdout, as JSON or for people.
 *
 * Callers never log tokens or secrets. As a net below that rule, properties that are named like one
 * and text that looks like a JWT or a URL with a password are masked here.
 *
 * @module
 */

import {
  configureSync,
  getLogger as getLogTapeLogger,
  type Logger,
  type LogRecord,
} from "@logtape/logtape";
import { LineWriter } from "./line_writer.ts";
import { isSecret, MASK, maskText, plain } from "./plain.ts";

export type { Logger } from "@logtape/logtape";

/** What is logged, how, and where to. */
export interface LogOptions {
  readonly level: "debug" | "info" | "warning" | "error";
  /** `json`: one object a line. `text`: for people. */
  readonly format: "json" | "text";
  /** Which isolate of the process speaks: `main`, `w1`, ... */
  readonly isolate: string;
  /** Where the lines go; stdout unless a test says otherwise. */
  readonly write?: (line: string) => void;
}

const ROOT = "waiting-queue";

/** What every line has; a property of the same name gives way. */
const RESERVED = new Set(["timestamp", "level", "message", "category", "isolate"]);

let writer: LineWriter | undefined;

/** Sends the log of this isolate to stdout. A second call replaces the first. */
export function configureLogging(options: LogOptions): void {
  const write = options.write ?? stdout();
  const format = options.format === "json" ? formatJson : formatText;
  configureSync({
    reset: true,
    sinks: { lines: (record) => write(format(record, options.isolate)) },
    loggers: [
      { category: ROOT, lowestLevel: options.level, sinks: ["lines"] },
      { category: ["logtape", "meta"], lowestLevel: "warning", sinks: ["lines"] },
    ],
  });
}

/** The logger of one area of the program: `http`, `queue`, ... */
export function getLogger(area: string): Logger {
  return getLogTapeLogger([ROOT, area]);
}

/** Waits until what was logged is written; call it before the isolate ends. */
export async function flushLog(timeoutMs = 1000): Promise<void> {
  await writer?.flush(timeoutMs);
}

function stdout(): (line: string) => void {
  writer ??= new LineWriter(Deno.stdout);
  return writer.write.bind(writer);
}

/** One record as a line of JSON, without the line end. */
export function formatJson(record: LogRecord, isolate: string): string {
  const line: Record<string, unknown> = {
    timestamp: new Date(record.timestamp).toISOString(),
    level: record.level,
    message: messageOf(record),
    category: record.category.join("."),
    isolate,
  };
  for (const [name, value] of propertiesOf(record)) line[name] = value;
  return escapeControls(maskText(JSON.stringify(line)));
}

/** One record as a line for people, without the line end. What the message says stands there once. */
export function formatText(record: LogRecord, isolate: string): string {
  const time = new Date(record.timestamp).toISOString();
  const area = record.category.slice(1).join(".") || record.category.join(".");
  const rest = propertiesOf(record).filter(([name]) => !isSaid(record, name))
    .map(([name, value]) => ` ${name}=${JSON.stringify(value)}`);
  const level = record.level.toUpperCase().padEnd(7);
  return escapeControls(
    maskText(`${time} ${level} ${isolate} ${area}: ${messageOf(record)}${rest.join("")}`),
  );
}

/** Of an error the message says one line; the rest stands behind it. */
function isSaid({ rawMessage, properties }: LogRecord, name: string): boolean {
  return String(rawMessage).includes(`{${name}}`) && !(properties[name] instanceof Error);
}

function propertiesOf(record: LogRecord): [string, unknown][] {
  const properties = plain(record.properties) as Record<string, unknown>;
  return Object.entries(properties).filter(([name]) => !RESERVED.has(name));
}

/** The message with its values filled in; a masked property stays masked there too. */
function messageOf(record: LogRecord): string {
  const secrets = new Set(
    Object.entries(record.properties).filter(([name, value]) => isSecret(name, value))
      .map(([, value]) => value),
  );
  const parts = record.message.map((part, i) => {
    if (i % 2 === 0) return part;
    // The stack stands in the property; a person reads the sentence.
    if (part instanceof Error) return part.message;
    const value = secrets.has(part) ? MASK : plain(part);
    return typeof value === "string" ? value : JSON.stringify(value);
  });
  return escapeControls(parts.join(""));
}

/**
 * A stranger's text must not forge a line or move a terminal's cursor. U+0080 to U+009F do so too on
 * some terminals; like the two line ends of Unicode, JSON leaves them as they are.
 */
function escapeControls(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]/gu, escapeControl);
}

function escapeControl(char: string): string {
  const escaped = JSON.stringify(char).slice(1, -1);
  if (escaped !== char) return escaped;
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
