/**
 * One message of ours, read by every client of the field.
 *
 * @module
 */

import { readAsJigasi } from "./jigasi_reader.ts";
import { readAsSpring } from "./spring_reader.ts";
import { stompjs7, STOMPJS_2, WEBSTOMP } from "./stomp_libraries.ts";

/** What a client makes of a message; Jigasi keeps no headers. Undefined for a beat. */
export interface ReadFrame {
  readonly command: string;
  readonly headers: Readonly<Record<string, string>> | undefined;
  readonly body: string;
}

type Reader = (text: string, version: string) => ReadFrame | undefined;

/** By name. Where a client is a library it is the library itself. */
export const READERS: Readonly<Record<string, Reader>> = {
  "stompjs 7": readByStompjs7,
  "stompjs 2": (text) => readByOld(text, (text) => STOMPJS_2.Frame.unmarshall(text)),
  "webstomp-client": (text) => readByOld(text, (text) => WEBSTOMP.Frame.unmarshall(text).frames),
  "Jigasi": (text) => {
    const frame = readAsJigasi(text);
    return frame && { command: frame.command, headers: undefined, body: frame.body };
  },
  "Spring": (text) => readAsSpring(new TextEncoder().encode(text)),
};

/** As jitsi-meet has it, which appends a NUL where a message ends without one. */
function readByStompjs7(text: string, version: string): ReadFrame | undefined {
  const frames: ReadFrame[] = [];
  let beats = 0;
  const parser = new stompjs7.Parser((raw) => {
    const { command, headers, body } = stompjs7.FrameImpl.fromRawFrame(raw, version === "1.2");
    frames.push({ command, headers: { ...headers } as Record<string, string>, body });
  }, () => beats++);
  parser.parseChunk(text, true);
  if (frames.length + beats !== 1) throw new Error(`${frames.length} frames, ${beats} beats`);
  return frames[0];
}

/** Both compare with a beat before they read frames. */
function readByOld(
  text: string,
  unmarshall: (text: string) => readonly ReadFrame[],
): ReadFrame | undefined {
  if (text === "\n") return undefined;
  const frames = unmarshall(text);
  if (frames.length !== 1) throw new Error(`${frames.length} frames`);
  const { command, headers, body } = frames[0]!;
  return { command, headers: { ...headers }, body };
}
