/**
 * How Jigasi reads our messages, restated from its WebsocketClient (org.jitsi.jigasi.visitor), with
 * what Java and its libraries make of them.
 *
 * @module
 */

/** What Jigasi makes of one message; undefined for a beat. */
export interface JigasiFrame {
  readonly command: string;
  /** The `heart-beat` header. */
  readonly heartBeat: readonly [number, number] | undefined;
  readonly body: string;
}

/** Reads a message as Jigasi does: lines end with LF alone, and one message is one frame. */
export function readAsJigasi(message: string): JigasiFrame | undefined {
  const lines = javaSplit(message, "\n");
  if (lines.length === 0) return undefined;
  const empty = lines.indexOf("", 1);
  const headers = lines.slice(1, empty < 0 ? undefined : empty).map((line) => javaSplit(line, ":"));
  const beat = headers.findLast(([name]) => name === "heart-beat")?.[1];
  return {
    command: lines[0]!,
    heartBeat: beat === undefined ? undefined : readBeat(beat),
    body: lines.slice(empty < 0 ? 1 : empty).join("").replaceAll("\0", ""),
  };
}

/** The delay of a live message; undefined for another one. @throws {Error} it would not join. */
export function readLive(body: string): number | undefined {
  const { status } = JSON.parse(body);
  if (typeof status !== "string") throw new Error("NullPointerException: status");
  if (status !== "live") return undefined;
  // json-simple makes a Long of an integer alone; everything else cannot be cast to one.
  const delay = /"randomDelayMs"\s*:\s*(-?\d+)\s*[,}]/.exec(body)?.[1];
  if (delay === undefined) throw new Error("ClassCastException: randomDelayMs");
  return Number(delay);
}

/** `String.split`: empty strings at the end are left out. */
function javaSplit(text: string, separator: string): string[] {
  const parts = text.split(separator);
  while (parts.at(-1) === "") parts.pop();
  return parts;
}

function readBeat(value: string): readonly [number, number] {
  const [sx, sy] = value.trim().split(",").map(parseLong);
  return [sx!, sy!];
}

/** `Long.parseLong`, which takes no space. */
function parseLong(text: string): number {
  if (!/^[+-]?\d+$/.test(text)) throw new Error(`NumberFormatException: ${text}`);
  return Number(text);
}
