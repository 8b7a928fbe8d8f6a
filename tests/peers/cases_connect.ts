/**
 * CONNECT and heart-beats (C38 to C59).
 *
 * @module
 */

import { frame } from "../support/stomp_socket.ts";
import { type Case, forEach } from "./case.ts";
import { connectFrame, describe, Dialogue } from "./dialogue.ts";
import type { Peer } from "./peer.ts";

/** What the server says to this first message. */
async function first(peer: Peer, text: string, ...headers: string[]): Promise<string> {
  using dialogue = await Dialogue.open(peer);
  await dialogue.socket.text(text);
  return await dialogue.headers(...headers);
}

/** The whole of what it says to this first message. */
async function whole(peer: Peer, text: string): Promise<string> {
  using dialogue = await Dialogue.open(peer);
  await dialogue.socket.text(text);
  return await dialogue.toEnd();
}

function accept(versions: string): (peer: Peer) => Promise<string> {
  return (peer) => first(peer, connectFrame(peer, { "accept-version": versions }), "version");
}

function without(peer: Peer, ...names: string[]): string {
  const headers = Object.entries({ "accept-version": "1.2", ...peer.account });
  return frame("CONNECT", Object.fromEntries(headers.filter(([name]) => !names.includes(name))));
}

export const connectCases: readonly Case[] = [
  { id: "C38", what: "`accept-version:1.0,1.1,2.0`", run: accept("1.0,1.1,2.0") },
  { id: "C39", what: "`1.2,1.1,1.0`", run: accept("1.2,1.1,1.0") },
  { id: "C39", what: "`1.0,1.2,1.1`", run: accept("1.0,1.2,1.1") },
  { id: "C39", what: "`1.2, 1.1`", run: accept("1.2, 1.1") },
  {
    id: "C40",
    what: "no `accept-version`",
    run: (peer) => first(peer, without(peer, "accept-version"), "version", "heart-beat"),
  },
  {
    id: "C41",
    what: "`accept-version:2.0`",
    run: (peer) =>
      first(
        peer,
        connectFrame(peer, { "accept-version": "2.0" }),
        "version",
        "content-type",
      ),
  },
  {
    id: "C41",
    what: "`2.0`, `100.1`, empty: to the end",
    run: (peer) =>
      forEach(
        { "2.0": "2.0", "100.1": "100.1", empty: "" },
        (versions) => whole(peer, connectFrame(peer, { "accept-version": versions })),
      ),
  },
  {
    id: "C42",
    what: "STOMP for CONNECT: 1.0, 1.1, 1.2",
    run: (peer) =>
      forEach(
        { "1.0": "1.0", "1.1": "1.1", "1.2": "1.2" },
        (version) =>
          whole(
            peer,
            connectFrame(peer, { "accept-version": version }).replace("CONNECT", "STOMP"),
          ),
      ),
  },
  {
    id: "C43",
    what: "no `host`; an unknown one",
    run: (peer) =>
      forEach(
        { none: connectFrame(peer), unknown: connectFrame(peer, { host: "unknown.example" }) },
        (text) => whole(peer, text),
      ),
  },
  {
    id: "C44",
    what: "credentials that are wrong",
    run: (peer) => whole(peer, connectFrame(peer, peer.stranger)),
  },
  {
    id: "C45",
    what: "`receipt` on CONNECT",
    run: async (peer) => {
      using dialogue = await Dialogue.open(peer);
      await dialogue.socket.text(connectFrame(peer, { receipt: "r" }));
      const connected = describe(await dialogue.next());
      return `${connected}, ${await dialogue.outcome()}`;
    },
  },
  ...["SUBSCRIBE", "SEND", "DISCONNECT", "FOO"].map((command): Case => ({
    id: "C46",
    what: `${command} before CONNECT`,
    run: (peer) => whole(peer, frame(command, { id: "1", destination: peer.destination() })),
  })),
  {
    id: "C46",
    what: "an HTTP request instead of CONNECT",
    run: (peer) => whole(peer, "GET / HTTP/1.1\r\nHost: x\r\n\r\n\0"),
  },
  {
    id: "C47",
    what: "a second CONNECT",
    run: async (peer) => {
      using dialogue = await Dialogue.connected(peer);
      return await dialogue.after(connectFrame(peer));
    },
  },
  {
    id: "C48",
    what: "CONNECT refused, with a SUBSCRIBE behind it",
    run: (peer) => {
      const subscribe = frame("SUBSCRIBE", {
        id: "1",
        destination: peer.destination(),
        receipt: "r",
      });
      return whole(peer, connectFrame(peer, peer.stranger) + subscribe);
    },
  },
  ...["0,0", "0,10000", "10000,0"].map((value): Case => ({
    id: value === "0,0" ? "C53" : value === "0,10000" ? "C54" : "C55",
    what: `\`heart-beat:${value}\`: who beats`,
    run: async (peer) => {
      using dialogue = await Dialogue.open(peer);
      await dialogue.socket.text(connectFrame(peer, { "heart-beat": value }));
      const { headers } = await dialogue.answer();
      const header = headers["heart-beat"];
      if (header === undefined) return "no heart-beat header";
      const [sends, wants] = header.split(",").map(Number);
      const [clientSends, clientWants] = value.split(",").map(Number);
      const server = sends! > 0 && clientWants! > 0 ? "the server" : undefined;
      const client = wants! > 0 && clientSends! > 0 ? "the client" : undefined;
      return [server, client].filter(Boolean).join(" and ") || "nobody";
    },
  })),
  {
    id: "C53",
    what: "no `heart-beat`",
    run: (peer) => first(peer, connectFrame(peer), "heart-beat"),
  },
  {
    id: "C58",
    what: "`heart-beat:99999999999,99999999999`",
    run: (peer) => whole(peer, connectFrame(peer, { "heart-beat": "99999999999,99999999999" })),
  },
  ...["10000", "a,b", "-1,5", "1,2,3", ","].map((value): Case => ({
    id: "C59",
    what: `\`heart-beat:${value}\``,
    run: (peer) => whole(peer, connectFrame(peer, { "heart-beat": value })),
  })),
  {
    id: "C59",
    what: "`heart-beat:5000, 5000`",
    run: (peer) => whole(peer, connectFrame(peer, { "heart-beat": "5000, 5000" })),
  },
];
