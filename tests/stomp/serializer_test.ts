import assert from "node:assert/strict";
import fc from "fast-check";
import {
  encodeConnected,
  encodeError,
  encodeMessage,
  encodeReceipt,
  type MessageTarget,
  StompError,
  type Version,
} from "../../src/stomp/mod.ts";
import { parseText, rules } from "./parsing.ts";
import { readServerFrame } from "./recording_host.ts";

const subscription: MessageTarget = { id: "sub-0", destination: "/secured/a", ack: "auto" };

Deno.test("C81: a MESSAGE has all that the standard asks for", () => {
  assert.equal(
    encodeMessage({ version: "1.2", subscription, messageId: "7", body: '{"a":"é"}' }),
    "MESSAGE\nsubscription:sub-0\nmessage-id:7\ndestination:/secured/a\n" +
      'content-type:application/json\ncontent-length:10\n\n{"a":"é"}\0',
  );
});

Deno.test("C64: a MESSAGE to a subscription without an id has no subscription header", () => {
  const nameless = { ...subscription, id: undefined };
  const text = encodeMessage({
    version: "1.0",
    subscription: nameless,
    messageId: "1",
    body: "{}",
  });
  assert.equal(readServerFrame(text).headers.has("subscription"), false);
});

Deno.test("C72: a MESSAGE that may be acknowledged says by what", () => {
  for (const ack of ["client", "client-individual"] as const) {
    const text = encodeMessage({
      version: "1.2",
      subscription: { ...subscription, ack },
      messageId: "7",
      body: "{}",
    });
    assert.equal(readServerFrame(text).headers.get("ack"), "7");
  }
});

Deno.test("C31: each version escapes header values as it can", () => {
  const odd = { id: "a:b\\c", destination: "/x\ny", ack: "auto" } as const;
  const headersOf = (version: Version) =>
    readServerFrame(encodeMessage({ version, subscription: odd, messageId: "1", body: "{}" }))
      .headers;
  assert.equal(headersOf("1.2").get("subscription"), "a\\cb\\\\c");
  assert.equal(headersOf("1.1").get("destination"), "/x\\ny");
  const plain = { ...odd, destination: "/x" };
  const old = encodeMessage({ version: "1.0", subscription: plain, messageId: "1", body: "{}" });
  assert.equal(readServerFrame(old).headers.get("subscription"), "a:b\\c");
});

Deno.test("C31: a parser of the same version reads back what was written", () => {
  const text = fc.string({
    unit: fc.constantFrom("a", "é", ":", "\\", "\n", " ", "\u{1f600}"),
    minLength: 1,
  });
  const version = fc.constantFrom<Version>("1.1", "1.2");
  fc.assert(fc.property(version, text, text, fc.json(), (version, id, destination, body) => {
    const target = { id, destination, ack: "auto" } as const;
    const encoded = encodeMessage({ version, subscription: target, messageId: "1", body });
    const [frame] = parseText(encoded, { ...rules, version }).frames;
    const headers = new Map(frame?.headers);
    assert.equal(headers.get("subscription"), id);
    assert.equal(headers.get("destination"), destination);
    assert.equal(frame?.body, body);
  }));
});

Deno.test("C75: a RECEIPT has the escaped id and no body", () => {
  assert.equal(encodeReceipt("a:b", "1.2"), "RECEIPT\nreceipt-id:a\\cb\n\n\0");
  assert.equal(encodeReceipt("a:b", "1.0"), "RECEIPT\nreceipt-id:a:b\n\n\0");
});

Deno.test("CONNECTED is not escaped, and its heart-beat has no space", () => {
  assert.equal(
    encodeConnected({ version: "1.2", session: "s:1", server: "q/1", heartBeat: "10000,60000" }),
    "CONNECTED\nversion:1.2\nsession:s:1\nserver:q/1\nheart-beat:10000,60000\n\n\0",
  );
  assert.equal(
    encodeConnected({ version: "1.0", session: "s", server: undefined, heartBeat: "0,0" }),
    "CONNECTED\nversion:1.0\nsession:s\nheart-beat:0,0\n\n\0",
  );
});

Deno.test("C80: an ERROR has a message, a text body with its length, and the receipt-id", () => {
  const error = new StompError("forbidden", "Not allowed", { detail: "Ask för leave" });
  assert.equal(
    encodeError(error, { version: "1.2", receiptId: "r:1" }),
    "ERROR\nmessage:Not allowed\nreceipt-id:r\\c1\n" +
      "content-type:text/plain\ncontent-length:14\n\nAsk för leave\0",
  );
});

Deno.test("C80: without a receipt there is no receipt-id, without a detail the message is the body", () => {
  const { headers, body } = readServerFrame(
    encodeError(new StompError("forbidden", "No"), { version: "1.2", receiptId: undefined }),
  );
  assert.equal(headers.has("receipt-id"), false);
  assert.equal(body, "No");
});

Deno.test("C80: nothing but message, detail and headers of an error goes out", () => {
  const cause = new Error("secret cause");
  const error = new StompError("unauthorized", "Bad token", { cause });
  const text = encodeError(error, { version: "1.2", receiptId: undefined });
  assert.doesNotMatch(text, /secret|stack|error_test|\.ts/);
});

Deno.test("C41: an ERROR carries the headers of its error", () => {
  const error = new StompError("unsupported-version", "No", {
    headers: { version: "1.0,1.1,1.2" },
  });
  const { headers } = readServerFrame(encodeError(error, { version: "1.0", receiptId: undefined }));
  assert.equal(headers.get("version"), "1.0,1.1,1.2");
});

Deno.test("no text of an error can end its header or its frame, in any version", () => {
  const nasty = fc.string({ unit: fc.constantFrom("a", "\n", "\r", "\0", ":", "\\") });
  const version = fc.constantFrom<Version>("1.0", "1.1", "1.2");
  fc.assert(fc.property(version, nasty, nasty, (version, message, detail) => {
    const error = new StompError("forbidden", message, { detail, headers: { x: message } });
    const text = encodeError(error, { version, receiptId: undefined });
    const head = text.slice(0, text.indexOf("\n\n")).split("\n");
    assert.equal(head.length, 5);
    assert.equal(text.indexOf("\0"), text.length - 1);
  }));
});
