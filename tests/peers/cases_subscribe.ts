/**
 * SUBSCRIBE, MESSAGE, the other commands and the end of a session (C64 to C82).
 *
 * @module
 */

import { frame } from "../support/stomp_socket.ts";
import { type Case, forEach } from "./case.ts";
import { Dialogue, quote } from "./dialogue.ts";
import type { Peer } from "./peer.ts";

type Headers = Readonly<Record<string, string>>;

/** What the server does with these frames, sent at once in a session of `version`. */
async function after(
  peer: Peer,
  frames: (destination: string) => string[],
  version?: string,
): Promise<string> {
  using dialogue = await Dialogue.connected(peer, version);
  return await dialogue.after(frames(peer.destination()).join(""));
}

/** Subscribes, has something told, and reads what comes of it. */
async function told(
  peer: Peer,
  { version, ...headers }: Headers,
  read: (dialogue: Dialogue, destination: string) => Promise<string>,
): Promise<string> {
  using dialogue = await Dialogue.connected(peer, version ?? "1.2");
  const destination = peer.destination();
  await dialogue.socket.text(frame("SUBSCRIBE", { destination, receipt: "r", ...headers }));
  await dialogue.answer();
  await peer.tell(destination);
  return await read(dialogue, destination);
}

function subscribe(headers: Headers): string {
  return frame("SUBSCRIBE", headers);
}

export const subscribeCases: readonly Case[] = [
  ...["1.0", "1.1", "1.2"].map((version): Case => ({
    id: "C64",
    what: `SUBSCRIBE without an id, ${version}`,
    run: (peer) => after(peer, (destination) => [subscribe({ destination })], version),
  })),
  {
    id: "C64",
    what: "MESSAGE to a subscription without an id, 1.0",
    run: (peer) => told(peer, { version: "1.0" }, (dialogue) => dialogue.headers("subscription")),
  },
  {
    id: "C64",
    what: "UNSUBSCRIBE by destination, 1.0",
    run: (peer) =>
      after(
        peer,
        (destination) => [subscribe({ destination }), frame("UNSUBSCRIBE", { destination })],
        "1.0",
      ),
  },
  { id: "C65", what: "no destination", run: (peer) => after(peer, () => [subscribe({ id: "1" })]) },
  {
    id: "C65",
    what: "an empty destination",
    run: (peer) => after(peer, () => [subscribe({ id: "1", destination: "" })]),
  },
  {
    id: "C66",
    what: "an unknown destination",
    run: (peer) => after(peer, () => [subscribe({ id: "1", destination: peer.nowhere })]),
  },
  {
    id: "C67",
    what: "one id twice",
    run: (peer) =>
      after(peer, (destination) => [
        subscribe({ id: "1", destination }),
        subscribe({ id: "1", destination }),
      ]),
  },
  {
    id: "C67",
    what: "one id twice, with UNSUBSCRIBE between",
    run: (peer) =>
      after(peer, (destination) => [
        subscribe({ id: "1", destination }),
        frame("UNSUBSCRIBE", { id: "1" }),
        subscribe({ id: "1", destination }),
      ]),
  },
  {
    id: "C68",
    what: "two ids on one destination",
    run: async (peer) => {
      using dialogue = await Dialogue.connected(peer);
      const destination = peer.destination();
      await dialogue.socket.text(subscribe({ id: "a", destination, receipt: "r" }));
      await dialogue.socket.text(subscribe({ id: "b", destination, receipt: "r" }));
      for (let i = 0; i < 2; i++) await dialogue.answer();
      await peer.tell(destination);
      const got = [await dialogue.answer(), await dialogue.answer()];
      return got.map(({ command, headers }) => `${command} ${headers.subscription}`).sort()
        .join(", ");
    },
  },
  ...["two words", "ü€", "a\\cb", "__proto__", "x".repeat(250)].map((id): Case => ({
    id: "C69",
    what: `the id \`${id.length > 99 ? `${id[0]}...` : id}\` on a MESSAGE`,
    run: (peer) =>
      told(peer, { id }, async (dialogue) => {
        const { headers } = await dialogue.answer();
        return headers.subscription === id ? "as written" : quote(headers.subscription);
      }),
  })),
  {
    id: "C70",
    what: "UNSUBSCRIBE of a known id, with a receipt",
    run: (peer) =>
      after(peer, (destination) => [
        subscribe({ id: "1", destination }),
        frame("UNSUBSCRIBE", { id: "1", receipt: "r" }),
      ]),
  },
  {
    id: "C70",
    what: "UNSUBSCRIBE of an unknown id",
    run: (peer) => after(peer, () => [frame("UNSUBSCRIBE", { id: "1" })]),
  },
  {
    id: "C71",
    what: "UNSUBSCRIBE with another destination beside the id",
    run: (peer) =>
      after(peer, (destination) => [
        subscribe({ id: "1", destination }),
        frame("UNSUBSCRIBE", { id: "1", destination: peer.nowhere, receipt: "r" }),
      ]),
  },
  ...["auto", "client", "client-individual", "foo"].map((ack): Case => ({
    id: "C72",
    what: `\`ack:${ack}\``,
    run: (peer) => after(peer, (destination) => [subscribe({ id: "1", destination, ack })]),
  })),
  {
    id: "C72",
    what: "`ack` of a MESSAGE, and the ACK of it",
    run: (peer) =>
      told(peer, { id: "1", ack: "client" }, async (dialogue) => {
        const { headers } = await dialogue.answer();
        const ack = headers.ack === undefined ? "none" : "there";
        return `${ack}, ${await dialogue.after(frame("ACK", { id: headers.ack ?? "" }))}`;
      }),
  },
  {
    id: "C73",
    what: "SEND",
    run: (peer) => after(peer, (destination) => [frame("SEND", { destination }, "body")]),
  },
  {
    id: "C73",
    what: "BEGIN",
    run: (peer) => after(peer, () => [frame("BEGIN", { transaction: "1" })]),
  },
  {
    id: "C73",
    what: "ACK of something unknown",
    run: (peer) => after(peer, () => [frame("ACK", { id: "unknown" })]),
  },
  ...["FOO", "MESSAGE", "CONNECTED"].map((command): Case => ({
    id: "C74",
    what: `the command ${command}`,
    run: (peer) => after(peer, (destination) => [frame(command, { destination })]),
  })),
  {
    id: "C75, C76",
    what: "receipts of two SUBSCRIBEs and an UNSUBSCRIBE, sent at once",
    run: (peer) =>
      after(peer, (destination) => [
        subscribe({ id: "1", destination, receipt: "a" }),
        subscribe({ id: "2", destination, receipt: "b" }),
        frame("UNSUBSCRIBE", { id: "1", receipt: "c" }),
      ]),
  },
  {
    id: "C75",
    what: "a message right after the RECEIPT of SUBSCRIBE",
    run: (peer) => told(peer, { id: "1" }, (dialogue) => dialogue.headers("subscription")),
  },
  {
    id: "C76",
    what: "a refused frame with a receipt, and one more behind it",
    run: (peer) =>
      after(peer, (destination) => [
        frame("UNSUBSCRIBE", { id: "unknown", receipt: "a" }),
        subscribe({ id: "2", destination, receipt: "b" }),
      ]),
  },
  {
    id: "C77",
    what: "DISCONNECT with a receipt, without one",
    run: (peer) =>
      forEach({ with: { receipt: "bye" }, without: {} }, async (headers) => {
        using dialogue = await Dialogue.connected(peer);
        await dialogue.socket.text(frame("DISCONNECT", headers));
        return await dialogue.toEnd();
      }),
  },
  {
    id: "C78",
    what: "a SUBSCRIBE behind DISCONNECT",
    run: (peer) =>
      after(peer, (destination) => [
        frame("DISCONNECT", { receipt: "bye" }),
        subscribe({ id: "1", destination, receipt: "late" }),
      ]),
  },
  {
    id: "C80",
    what: "the headers of an ERROR",
    run: async (peer) => {
      using dialogue = await Dialogue.connected(peer);
      await dialogue.socket.text(frame("FOO"));
      const { headers } = await dialogue.answer();
      const names = ["message", "content-type", "content-length"];
      return names.filter((name) => name in headers).join(", ");
    },
  },
  {
    id: "C81",
    what: "the headers of a MESSAGE",
    run: (peer) =>
      told(peer, { id: "1" }, async (dialogue, destination) => {
        const { headers, body } = await dialogue.answer();
        const length = String(new TextEncoder().encode(body).length);
        return [
          headers.destination === destination ? "destination as subscribed" : "another destination",
          `content-type ${headers["content-type"]}`,
          headers["content-length"] === length ? "content-length in octets" : "no content-length",
          headers["message-id"] ? "message-id" : "no message-id",
        ].join(", ");
      }),
  },
  {
    id: "C82",
    what: "64 headers, 150 headers",
    run: (peer) =>
      forEach({ 64: 61, 150: 147 }, (more) =>
        after(peer, (destination) => {
          const extra = Array.from({ length: more }, (_, i) => [`x${i}`, "v"]);
          return [subscribe({ id: "1", destination, receipt: "r", ...Object.fromEntries(extra) })];
        })),
  },
];
