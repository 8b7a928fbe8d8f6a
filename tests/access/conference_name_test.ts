import assert from "node:assert/strict";
import fc from "fast-check";
import {
  canonicalRoom,
  ConferenceNameError,
  ConferenceNames,
  type ConferenceNamesOptions,
} from "../../src/access/conference_name.ts";

const MEET = { xmppDomain: "meet.example", mucDomain: "conference.meet.example" };
const meet = new ConferenceNames(MEET);
const anywhere = new ConferenceNames({});

function keyOf(text: string, names = meet): string {
  return names.parse(text).key;
}

/** The code of the refusal, or the key of the name that was accepted after all. */
function refusal(text: string, names = meet): string {
  try {
    return `accepted as ${names.parse(text).key}`;
  } catch (error) {
    assert.ok(error instanceof ConferenceNameError);
    return error.code;
  }
}

Deno.test("a name has a room, and the tenant that stands between MUC prefix and domain", () => {
  assert.deepEqual(meet.parse("room@conference.meet.example"), {
    key: "room@conference.meet.example",
    room: "room",
    tenant: undefined,
    domain: "conference.meet.example",
  });
  assert.deepEqual(meet.parse("Room@Conference.Tenant.Meet.Example"), {
    key: "room@conference.tenant.meet.example",
    room: "room",
    tenant: "tenant",
    domain: "conference.tenant.meet.example",
  });
});

Deno.test("[tenant]room on the MUC domain is the room on the tenant's domain", () => {
  assert.deepEqual(
    meet.parse("[TenAnt]Room2@conference.meet.example"),
    meet.parse("room2@conference.tenant.meet.example"),
  );
  const jitsi = new ConferenceNames({ xmppDomain: "meet.jitsi", mucDomain: "muc.meet.jitsi" });
  assert.equal(keyOf("[tenant]room@muc.meet.jitsi", jitsi), "room@muc.tenant.meet.jitsi");
  assert.equal(jitsi.parse("room@muc.tenant.meet.jitsi").tenant, "tenant");
});

Deno.test("without domains a name has a tenant only in the form [tenant]room, and a warning says so", () => {
  const name = anywhere.parse("room@conference.tenant.meet.example");
  assert.equal(name.tenant, undefined);
  assert.equal(name.key, "room@conference.tenant.meet.example");
  const bracketed = anywhere.parse("[Tenant]room@conference.meet.example");
  assert.equal(bracketed.tenant, "tenant");
  assert.equal(bracketed.room, "room");
  assert.equal(bracketed.key, "[tenant]room@conference.meet.example");
  assert.equal(anywhere.doubt?.code, "no_domains");
  assert.match(anywhere.doubt.text, /a tenant only where its name is written as \[tenant\]room/);
  assert.equal(meet.doubt, undefined);
});

Deno.test("a bare room is a name only where no domain is configured", () => {
  assert.deepEqual(anywhere.parse("Room"), {
    key: "room",
    room: "room",
    tenant: undefined,
    domain: undefined,
  });
  assert.equal(keyOf("[T]Room", anywhere), "[t]room");
  assert.equal(refusal("room"), "domain");
  assert.equal(refusal("room", new ConferenceNames({ xmppDomain: "meet.example" })), "domain");
  assert.equal(refusal("room", new ConferenceNames({ mucDomain: "muc.example" })), "domain");
});

Deno.test("with XMPP_DOMAIN alone any label may stand before it, with or without a tenant", () => {
  const names = new ConferenceNames({ xmppDomain: "meet.example" });
  assert.equal(names.parse("r@muc.meet.example").tenant, undefined);
  assert.equal(names.parse("r@muc.t.meet.example").tenant, "t");
  assert.equal(keyOf("[t]r@muc.meet.example", names), "r@muc.t.meet.example");
  assert.equal(refusal("r@meet.example", names), "domain");
  assert.equal(refusal("r@conference.other.example", names), "domain");
  assert.equal(refusal("r@a.b.c.meet.example", names), "domain");
  assert.equal(names.doubt?.code, "no_muc_domain");
});

Deno.test("with XMPP_MUC_DOMAIN alone, or apart from XMPP_DOMAIN, no other domain is accepted", () => {
  const options: [ConferenceNamesOptions, string][] = [
    [{ mucDomain: "conference.meet.example" }, "no_xmpp_domain"],
    [{ mucDomain: "conference.meet.example", xmppDomain: "other.example" }, "apart"],
    [{ mucDomain: "conference.meet.example", xmppDomain: "et.example" }, "apart"],
  ];
  for (const [one, doubt] of options) {
    const names = new ConferenceNames(one);
    assert.equal(keyOf("r@Conference.meet.example", names), "r@conference.meet.example");
    assert.equal(refusal("r@conference.t.meet.example", names), "domain");
    assert.equal(keyOf("[t]r@conference.meet.example", names), "[t]r@conference.meet.example");
    assert.equal(names.doubt?.code, doubt);
  }
});

Deno.test("a domain setting that is no domain is refused at construction", () => {
  for (const domain of ["meet.example.", ".example", "a..b", "a@b", "a b", "[t]", "*.example"]) {
    for (const options of [{ xmppDomain: domain }, { mucDomain: domain }]) {
      assert.throws(() => new ConferenceNames(options), { code: "settings" }, domain);
    }
  }
  assert.equal(new ConferenceNames({ xmppDomain: "", mucDomain: "" }).doubt?.code, "no_domains");
});

Deno.test("J21: a name that is not exactly a room on the MUC domain is refused", () => {
  const table: Record<string, string> = {
    "room@conference.tenanta.evil.com": "domain",
    "room@conference.tenanta.meet.example.evil": "domain",
    "room@conference.meet.example.evil": "domain",
    "room@evil.conference.meet.example": "domain",
    "room@conferenceXmeet.example": "domain",
    "room@conference.meetXexample": "domain",
    "room@conference.a.b.meet.example": "domain",
    "room@conference.meet.example.": "domain",
    "room@conference.tenant.meet.example.": "domain",
    "room@.conference.meet.example": "domain",
    "room@conference..meet.example": "domain",
    "@conference.meet.example": "empty",
    "room@": "empty",
    "@": "empty",
    "": "empty",
    "@conference..": "empty",
    "a@b@conference.meet.example": "second_at",
    "room@@conference.meet.example": "second_at",
    "room@conference.meet.example/x": "resource",
    "room@conference.meet.example/": "resource",
    "a/b@conference.meet.example": "resource",
    "room@meet.example": "domain",
    "room@muc.meet.example": "domain",
    "[t]room@conference.t.meet.example": "tenant",
    "[a][b]room@conference.meet.example": "tenant",
    "[]room@conference.meet.example": "tenant",
    "[t]@conference.meet.example": "tenant",
    "[a.b]room@conference.meet.example": "tenant",
    "[room@conference.meet.example": "tenant",
    "ro]om@conference.meet.example": "tenant",
    "room@[t].meet.example": "characters",
  };
  for (const [text, code] of Object.entries(table)) assert.equal(refusal(text), code, text);
  assert.equal(refusal("room.", anywhere), "domain");
  assert.equal(refusal("room@a.", anywhere), "domain");
});

Deno.test("J21: what NFKC turns into a delimiter is refused as one", () => {
  for (const text of ["a＠b", "a／b", "a：b", "a＜b"]) {
    assert.equal(refusal(`${text}@conference.meet.example`), "characters", text);
  }
  assert.equal(meet.parse("［t］room@conference.meet.example").tenant, "t");
  assert.equal(refusal("room＠conference.meet.example"), "characters");
  assert.equal(keyOf("room@conference．meet．example"), "room@conference.meet.example");
  assert.equal(refusal("room@conference.a．b.meet.example"), "domain");
});

Deno.test("J32: what is not the JID of a conference is refused", () => {
  for (const text of ["not a jid", "a@b c", "room@conference.meet.example junk", "x:y", "<x>"]) {
    assert.match(refusal(text), /characters|domain/, text);
    assert.equal(refusal(text, anywhere), "characters", text);
  }
});

Deno.test("J34: wildcards and dots are no rooms", () => {
  for (const room of ["*", "#", ">", "**", "a*", "＊", "＃", "＞", ".", "..", "‥"]) {
    assert.equal(refusal(`${room}@conference.meet.example`), "characters", room);
    assert.equal(refusal(room, anywhere), "characters", room);
  }
  assert.equal(refusal("room@*.meet.example"), "characters");
  assert.equal(keyOf("wait...@conference.meet.example"), "wait...@conference.meet.example");
});

Deno.test("control characters, white space and invisible characters are refused anywhere", () => {
  const refused = "\0\t\n\r\x1b\x7f\x85\xa0\xad\u034f\u061c\u1680\u180e\u2003\u200b\u200d\u200e" +
    "\u2028\u202e\u2060\u2066\u3000\u3164\ufe0f\ufeff\uffa0\ufffc\ufffd\ue000\ufdd0\u{e0041}\u{10ffff}";
  for (const char of [...refused, "\ud800", "\udc00", " "]) {
    const label = `U+${char.codePointAt(0)!.toString(16)}`;
    for (const text of [`${char}room`, `ro${char}om`, `room${char}`]) {
      assert.equal(refusal(`${text}@conference.meet.example`), "characters", label);
      assert.equal(refusal(text, anywhere), "characters", label);
      assert.equal(refusal(`room@${text}`, anywhere), "characters", label);
    }
  }
});

Deno.test("a name has at most 1023 octets, as written and canonical", () => {
  const fits = "r".repeat(1023 - "@conference.meet.example".length);
  assert.equal(keyOf(`${fits}@conference.meet.example`).length, 1023);
  assert.equal(refusal(`${fits}r@conference.meet.example`), "too_long");
  assert.equal(refusal("é".repeat(500) + "@conference.meet.example"), "too_long");
  // One character of three octets, and in NFKC six of them.
  assert.equal(refusal("㌖".repeat(300), anywhere), "too_long");
});

Deno.test("J25: a room in upper case is the room in lower case", () => {
  assert.equal(keyOf("MyRoom@conference.meet.example"), keyOf("myroom@conference.meet.example"));
  assert.equal(keyOf("комНата@conference.meet.example"), keyOf("комната@conference.meet.example"));
});

Deno.test("J26: spellings of one room share a key", () => {
  const same: [string, string][] = [
    ["%C3%A9", "%c3%a9"],
    ["my%2Froom", "MY%2fROOM"],
    ["é", "e\u0301"],
    ["É", "é"],
    ["ﬁx", "fix"],
    ["ｒｏｏｍ", "room"],
    ["Ⅷ", "viii"],
    ["한", "\u1112\u1161\u11ab"],
    ["ΟΔΟΣ", "οδος"],
    ["ΟΔΟΣ", "οδοσ"],
    ["İ", "i\u0307"],
    ["\u212a", "k"],
    ["％41", "%41"],
  ];
  for (const [one, other] of same) assert.equal(canonicalRoom(one), canonicalRoom(other), one);
});

Deno.test("J26: rooms that Prosody keeps apart never share a key", () => {
  const apart: [string, string][] = [
    ["é", "%c3%a9"],
    ["my%20room", "myroom"],
    ["%2e", "."],
    ["%2525", "%25"],
    ["é", "e"],
    ["ı", "i"],
    ["а", "a"], // Cyrillic
    // Its tables are those of Unicode 3.2: what is newer has no lower case and no compatibility form.
    ["ẞ", "ß"],
    ["Ა", "ა"],
    ["Ⴀ", "ⴀ"],
    ["Ꭰ", "ꭰ"],
    ["Ↄ", "ↄ"],
    ["Ⱥ", "ⱥ"],
    ["🄐", "(a)"],
    ["㋿", "令和"],
    ["\u{2f868}", "\u36fc"],
    ["a\u0358\u0301", "a\u0301\u0358"],
  ];
  for (const [one, other] of apart) assert.notEqual(canonicalRoom(one), canonicalRoom(other), one);
});

Deno.test("J26: what only Prosody holds equal stays apart, which lets nobody in", () => {
  assert.notEqual(canonicalRoom("straße"), canonicalRoom("strasse"));
  assert.notEqual(canonicalRoom("my\u200broom"), canonicalRoom("myroom"));
});

/** Strings of all kinds of characters, with those at the edges of Unicode 3.2 more often. */
const text = fc.string({
  unit: fc.oneof(
    fc.integer({ min: 0, max: 0x10ffff }).filter((code) => code < 0xd800 || code > 0xdfff)
      .map((code) => String.fromCodePoint(code)),
    fc.constantFrom(..."aAeE%.ςσΣßẞﬁİıK\u0301\u0323\u0345\u0358ͅ가각ⴀႠᏸᏰ"),
  ),
});

Deno.test("canonical is idempotent", () => {
  fc.assert(fc.property(text, (room) => {
    assert.equal(canonicalRoom(canonicalRoom(room)), canonicalRoom(room));
  }));
});

Deno.test("the canonical form never joins what NFKC and lower case keep apart", () => {
  const fold = (room: string) =>
    room.normalize("NFKC").toLowerCase().replaceAll("ς", "σ").normalize("NFKC");
  fc.assert(fc.property(text, (room) => assert.equal(fold(canonicalRoom(room)), fold(room))));
});

Deno.test("every name that is accepted parses to itself from its key", () => {
  const label = fc.stringMatching(/^[A-Za-z0-9%-]{1,5}$/);
  const names = fc.constantFrom(meet, anywhere, new ConferenceNames({ xmppDomain: "example" }));
  const written = fc.tuple(label, label, fc.boolean()).map(([room, tenant, bracket]) =>
    bracket
      ? `[${tenant}]${room}@conference.meet.example`
      : `${room}@conference.${tenant}.meet.example`
  );
  fc.assert(fc.property(written, names, (name, parser) => {
    if (/^accepted/.test(refusal(name, parser))) {
      const parsed = parser.parse(name);
      assert.deepEqual(parser.parse(parsed.key), parsed);
    }
  }));
});

Deno.test("two names share a key exactly if room and tenant are equal but for case", () => {
  const label = fc.constantFrom("a", "A", "b", "ab", "a-b", "%c3", "%C3");
  fc.assert(fc.property(label, label, label, label, (room, tenant, room2, tenant2) => {
    const equal = room.toLowerCase() === room2.toLowerCase() &&
      tenant.toLowerCase() === tenant2.toLowerCase();
    const one = keyOf(`[${tenant}]${room}@conference.meet.example`);
    assert.equal(one === keyOf(`${room2}@conference.${tenant2}.meet.example`), equal);
  }));
});

Deno.test("parsed names are remembered, and not without bound", () => {
  const names = new ConferenceNames({});
  const first = names.parse("first");
  assert.equal(names.parse("first"), first);
  for (let i = 0; i < 3_000; i++) names.parse(`room${i}`);
  assert.notEqual(names.parse("first"), first);
  assert.deepEqual(names.parse("first"), first);
});
