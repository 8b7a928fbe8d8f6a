import {
  defaultLimits,
  encodeMessage,
  Parser,
  Session,
  type SessionHost,
} from "../../src/stomp/mod.ts";
import { encodeUtf8 } from "../../src/stomp/utf8.ts";

const SUBSCRIBE = "SUBSCRIBE\nid:sub-0\ndestination:/secured/conference/visitor/topic." +
  "room@conference.tenant.meet.example\nreceipt:r-1\n\n\0";
const CONNECT = `CONNECT\nAuthorization:Bearer ${"a".repeat(600)}\n` +
  "accept-version:1.2,1.1,1.0\nheart-beat:10000,10000\n\n\0";

const rules = { version: "1.2", limits: defaultLimits.connected } as const;
const subscribe = encodeUtf8(SUBSCRIBE);
const connect = encodeUtf8(CONNECT);
const options = { heartBeatMs: 10_000, desiredBeatMs: 60_000 };

const host: SessionHost = {
  send() {},
  close() {},
  authenticate() {},
  connected() {},
  subscribe() {},
  unsubscribe() {},
  lingering() {},
};

function parseOne(octets: Uint8Array): void {
  const parser = new Parser();
  parser.push(octets);
  if (parser.next(rules) === undefined) throw new Error("no frame");
}

Deno.bench("parse a SUBSCRIBE", { group: "the parser", baseline: true }, () => {
  parseOne(subscribe);
});

Deno.bench("parse a CONNECT with a token of 600 octets", { group: "the parser" }, () => {
  parseOne(connect);
});

Deno.bench("parse a SUBSCRIBE that comes octet by octet", { group: "the parser" }, () => {
  const parser = new Parser();
  for (let at = 0; at < subscribe.length; at++) {
    parser.push(subscribe.subarray(at, at + 1));
    parser.next(rules);
  }
});

Deno.bench("connect and subscribe a session", { group: "a session", baseline: true }, () => {
  const session = new Session(host, options);
  session.receive(connect);
  session.receive(subscribe);
});

const idle = new Session(host, options);
idle.receive(connect);
const beat = new Uint8Array([0x0a]);
Deno.bench("receive a heart-beat", { group: "a session" }, () => {
  idle.receive(beat);
});

const message = {
  version: "1.2",
  subscription: {
    id: "sub-0",
    destination: "/secured/conference/visitor/topic.room@conference.tenant.meet.example",
    ack: "auto",
  },
  messageId: "1",
  body: '{"conference":"room@conference.tenant.meet.example","status":"live","randomDelayMs":0}',
} as const;
Deno.bench("encode a MESSAGE", { group: "the serializer" }, () => {
  encodeMessage(message);
});
