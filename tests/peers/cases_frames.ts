/**
 * Framing and headers (C18 to C36).
 *
 * @module
 */

import { frame } from "../support/stomp_socket.ts";
import { type Case, forEach } from "./case.ts";
import { connectFrame, Dialogue } from "./dialogue.ts";
import type { Peer } from "./peer.ts";

/** What the server does with `text` in a session of `version`. */
async function after(
  peer: Peer,
  text: (destination: string) => string,
  version?: string,
): Promise<string> {
  using dialogue = await Dialogue.connected(peer, version);
  return await dialogue.after(text(peer.destination()));
}

/** Subscribes with `receipt` as written; what comes back of it, as written. */
async function receipt(peer: Peer, version: string, written: string): Promise<string> {
  using dialogue = await Dialogue.connected(peer, version);
  const destination = peer.destination();
  await dialogue.socket.text(frame("SUBSCRIBE", { id: "1", destination, receipt: written }));
  return await dialogue.headers("receipt-id");
}

/** Subscribes with one more header line. */
function withLine(line: string): (destination: string) => string {
  return (destination) => `SUBSCRIBE\nid:1\ndestination:${destination}\n${line}\nreceipt:r\n\n\0`;
}

/** Subscribes with a body of spaces and this `content-length`. */
function contentLength(value: string, body: string): (destination: string) => string {
  return (destination) =>
    frame("SUBSCRIBE", { id: "1", destination, receipt: "r", "content-length": value }, body);
}

export const frameCases: readonly Case[] = [
  {
    id: "C18",
    what: "LF, CRLF and NUL between frames",
    run: (peer) => after(peer, () => "\n\r\n\0\n\n\0"),
  },
  {
    id: "C18",
    what: "LF, CRLF and NUL before CONNECT",
    run: async (peer) => {
      using dialogue = await Dialogue.open(peer);
      await dialogue.socket.text(`\n\r\n\0${connectFrame(peer)}`);
      return await dialogue.headers();
    },
  },
  ...["1.0", "1.1", "1.2"].map((version): Case => ({
    id: "C19",
    what: `CRLF line ends, ${version}`,
    run: (peer) =>
      after(
        peer,
        (to) => `SUBSCRIBE\r\nid:1\r\ndestination:${to}\r\nreceipt:r\r\n\r\n\0`,
        version,
      ),
  })),
  {
    id: "C20",
    what: "a message that ends between CR and LF",
    run: async (peer) => {
      using dialogue = await Dialogue.connected(peer);
      await dialogue.socket.text("SUBSCRIBE\r");
      return await dialogue.after(`\nid:1\r\ndestination:${peer.destination()}\r\n\r\n\0`);
    },
  },
  {
    id: "C21",
    what: "CR alone: in the command, a name, a value, between frames",
    run: (peer) =>
      forEach({
        command: "SUB\rSCRIBE\nid:1\n\n\0",
        name: "UNSUBSCRIBE\ni\rd:1\n\n\0",
        value: "UNSUBSCRIBE\nid:1\r2\n\n\0",
        between: "\rUNSUBSCRIBE\nid:1\n\n\0",
      }, (text) => after(peer, () => text)),
  },
  { id: "C22", what: "a header without a colon", run: (peer) => after(peer, withLine("x")) },
  { id: "C22", what: "a header without a name", run: (peer) => after(peer, withLine(":v")) },
  { id: "C22", what: "a header without a value", run: (peer) => after(peer, withLine("x:")) },
  { id: "C23", what: "a colon in a value, 1.2", run: (peer) => receipt(peer, "1.2", "a:b:c") },
  {
    id: "C24",
    what: "a repeated header",
    run: async (peer) => {
      using dialogue = await Dialogue.connected(peer);
      const destination = peer.destination();
      await dialogue.socket.text(
        `SUBSCRIBE\nid:1\ndestination:${destination}\nreceipt:a\nreceipt:b\n\n\0`,
      );
      return await dialogue.headers("receipt-id");
    },
  },
  {
    id: "C25, C31",
    what: "`\\r \\n \\c \\\\` there and back, 1.2",
    run: (peer) => receipt(peer, "1.2", "\\r\\n\\c\\\\r"),
  },
  { id: "C26", what: "`\\t`, 1.2", run: (peer) => after(peer, withLine("x:\\t")) },
  { id: "C26", what: "a lone `\\` at the end, 1.2", run: (peer) => after(peer, withLine("x:a\\")) },
  { id: "C27", what: "`\\r`, 1.1", run: (peer) => after(peer, withLine("x:\\r"), "1.1") },
  { id: "C28", what: "`\\c` there and back, 1.0", run: (peer) => receipt(peer, "1.0", "a\\cb") },
  { id: "C28", what: "padding of a value, 1.0", run: (peer) => receipt(peer, "1.0", " a ") },
  { id: "C30", what: "padding of a value, 1.2", run: (peer) => receipt(peer, "1.2", " a ") },
  {
    id: "C30",
    what: "padding of CONNECT's values",
    run: async (peer) => {
      using dialogue = await Dialogue.open(peer);
      await dialogue.socket.text(connectFrame(peer, { "accept-version": " 1.2 " }));
      return await dialogue.headers("version");
    },
  },
  {
    id: "C32",
    what: "`Subscribe`",
    run: (peer) => after(peer, (destination) => frame("Subscribe", { id: "1", destination })),
  },
  {
    id: "C33",
    what: "`content-length:3` and no NUL behind the body",
    run: (peer) => after(peer, contentLength("3", "    ")),
  },
  ...["-1", "abc", "1e3", "+5", "5 "].map((value): Case => ({
    id: "C34",
    what: `\`content-length:${value.trim()}\`${value.endsWith(" ") ? " and a space" : ""}`,
    run: (peer) => after(peer, contentLength(value, "     ")),
  })),
  {
    id: "C34",
    what: "`content-length` of 2^53, 2^64",
    run: (peer) =>
      forEach(
        { "2^53": "9007199254740992", "2^64": "18446744073709551616" },
        (value) => after(peer, contentLength(value, "  ")),
      ),
  },
  {
    id: "C36",
    what: "line ends as the body of SUBSCRIBE",
    run: (peer) =>
      after(peer, (destination) => frame("SUBSCRIBE", { id: "1", destination }, "\n\n")),
  },
  ...["1.0", "1.2"].map((version): Case => ({
    id: "C36",
    what: `a real body of SUBSCRIBE, ${version}`,
    run: (peer) =>
      after(
        peer,
        (destination) => frame("SUBSCRIBE", { id: "1", destination }, "body"),
        version,
      ),
  })),
];
