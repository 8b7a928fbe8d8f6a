import assert from "node:assert/strict";
import type {
  AnonymousPrincipal,
  ClientPrincipal,
  SystemPrincipal,
} from "../../src/auth/principal.ts";
import { AccessPolicy, type AccessPolicyOptions, type Refusal } from "../../src/access/policy.ts";
import { ConferenceNames } from "../../src/access/conference_name.ts";

const names = new ConferenceNames({
  xmppDomain: "meet.example",
  mucDomain: "conference.meet.example",
});
const plain = names.parse("room@conference.meet.example");
const ofA = names.parse("room@conference.tenanta.meet.example");
const ofB = names.parse("room@conference.tenantb.meet.example");

const anonymous: AnonymousPrincipal = { kind: "anonymous" };

function client(claims: Partial<ClientPrincipal> = {}): ClientPrincipal {
  const defaults = { role: "visitor", room: "room", tenant: "tenanta", expiresAt: 1 } as const;
  return { kind: "client", ...defaults, ...claims };
}

function system(claims: Partial<SystemPrincipal> = {}): SystemPrincipal {
  return { kind: "system", room: undefined, tenant: undefined, expiresAt: 1, ...claims };
}

function policy(options: Partial<AccessPolicyOptions> = {}): AccessPolicy {
  return new AccessPolicy({
    visitorAnyRole: false,
    domainVerification: false,
    xmppDomain: "meet.example",
    ...options,
  });
}

const allowed = undefined;
const code = (refusal: Refusal | undefined) => refusal?.code;

Deno.test("a visitor waits for the room of its token", () => {
  assert.equal(policy().mayWait(client(), ofA), allowed);
  assert.equal(code(policy().mayWait(client({ room: "other" }), ofA)), "room");
});

Deno.test("J19: sub is compared in canonical form; * is any tenant", () => {
  assert.equal(policy().mayWait(client({ tenant: "TenantA" }), ofA), allowed);
  assert.equal(policy().mayWait(client({ tenant: "*" }), ofA), allowed);
  assert.equal(policy().mayWait(client({ tenant: "*" }), ofB), allowed);
});

Deno.test("J20: a token of one tenant is refused for the same room of another", () => {
  assert.equal(code(policy().mayWait(client(), ofB)), "tenant");
  assert.equal(
    code(
      policy().mayWait(client({ room: "*" }), names.parse("[tenantb]x@conference.meet.example")),
    ),
    "tenant",
  );
  assert.equal(code(policy().mayCount(client({ role: "moderator" }), ofB)), "tenant");
});

Deno.test("J22: room * is any room of that tenant only", () => {
  const any = client({ room: "*" });
  assert.equal(policy().mayWait(any, ofA), allowed);
  assert.equal(
    policy().mayWait(any, names.parse("other@conference.tenanta.meet.example")),
    allowed,
  );
  assert.equal(code(policy().mayWait(any, ofB)), "tenant");
});

Deno.test("J23, J24: a room claim is never a pattern", () => {
  const dotted = names.parse("a.b@conference.tenanta.meet.example");
  const other = names.parse("axb@conference.tenanta.meet.example");
  assert.equal(policy().mayWait(client({ room: "a.b" }), dotted), allowed);
  for (const room of ["a.b", ".*", "a.+", "^axb$", "(a+)+$", "a%wb", "**", "", " *"]) {
    assert.equal(code(policy().mayWait(client({ room }), other)), "room", room);
  }
});

Deno.test("J25, J26: the room claim is compared in canonical form", () => {
  const cafe = names.parse("caf%c3%a9@conference.meet.example");
  const raw = names.parse("café@conference.meet.example");
  assert.equal(policy().mayWait(client({ room: "ROOM" }), plain), allowed);
  assert.equal(policy().mayWait(client({ room: "Caf%C3%A9" }), cafe), allowed);
  assert.equal(policy().mayWait(client({ room: "Cafe\u0301" }), raw), allowed);
  assert.equal(code(policy().mayWait(client({ room: "cafe" }), raw)), "room");
});

Deno.test("J26: a claim that is not percent-encoded is another room, and the refusal says so", () => {
  const cafe = names.parse("caf%c3%a9@conference.meet.example");
  const spaced = names.parse("my%20room@conference.meet.example");
  for (const [room, name] of [["Café", cafe], ["My Room", spaced]] as const) {
    const refusal = policy().mayWait(client({ room }), name);
    assert.equal(refusal?.code, "room");
    assert.match(refusal.detail, /write the room claim percent-encoded/);
  }
  assert.equal(
    code(
      policy().mayWait(client({ room: "caf%c3%a9" }), names.parse("café@conference.meet.example")),
    ),
    "room",
  );
});

Deno.test("J26: a fullwidth asterisk is not the wildcard, in room or sub", () => {
  assert.equal(code(policy().mayWait(client({ room: "＊" }), ofA)), "room");
  assert.equal(code(policy().mayWait(client({ tenant: "＊" }), ofA)), "tenant");
  assert.equal(code(policy().mayWait(system({ room: "＊" }), ofA)), "room");
  assert.equal(code(policy().mayCommand(system({ tenant: "＊" }))), "limited");
});

Deno.test("for a name without tenant sub is not looked at", () => {
  assert.equal(policy().mayWait(client({ tenant: "whatever" }), plain), allowed);
  assert.equal(
    policy().mayCount(client({ role: "moderator", tenant: "whatever" }), plain),
    allowed,
  );
});

Deno.test("with domain verification sub must be the XMPP domain or * for a name without tenant", () => {
  const strict = policy({ domainVerification: true });
  assert.equal(strict.mayWait(client({ tenant: "Meet.Example" }), plain), allowed);
  assert.equal(strict.mayWait(client({ tenant: "*" }), plain), allowed);
  assert.equal(code(strict.mayWait(client({ tenant: "tenanta" }), plain)), "tenant");
  assert.equal(strict.mayWait(client(), ofA), allowed);
  assert.equal(code(strict.mayWait(client({ tenant: "meet.example" }), ofA)), "tenant");
  const unset = policy({ domainVerification: true, xmppDomain: undefined });
  assert.equal(code(unset.mayWait(client({ tenant: "meet.example" }), plain)), "tenant");
  assert.equal(unset.mayWait(client({ tenant: "*" }), plain), allowed);
});

Deno.test("J28: only a moderator sees the count", () => {
  assert.equal(policy().mayCount(client({ role: "moderator" }), ofA), allowed);
  assert.equal(code(policy().mayCount(client({ role: "visitor" }), ofA)), "role");
  assert.equal(code(policy().mayCount(client({ role: "participant" }), ofA)), "role");
  assert.equal(code(policy().mayCount(client({ role: "moderator", room: "x" }), ofA)), "room");
});

Deno.test("J29: a moderator waits only where any role may", () => {
  const open = policy({ visitorAnyRole: true });
  for (const role of ["moderator", "participant"] as const) {
    assert.equal(code(policy().mayWait(client({ role }), ofA)), "role");
    assert.equal(open.mayWait(client({ role }), ofA), allowed);
    assert.equal(code(open.mayWait(client({ role, room: "x" }), ofA)), "room");
  }
});

Deno.test("J30: a system token waits in any room, and never sees the count", () => {
  for (const name of [plain, ofA, ofB]) {
    assert.equal(policy().mayWait(system(), name), allowed);
    assert.equal(code(policy().mayCount(system(), name)), "role");
  }
});

Deno.test("J31: only a system token commands", () => {
  for (const role of ["visitor", "moderator", "participant"] as const) {
    const any = client({ role, room: "*", tenant: "*" });
    assert.equal(code(policy({ visitorAnyRole: true }).mayCommand(any, ofA)), "role");
    assert.equal(code(policy().mayCommand(any)), "role");
  }
  assert.equal(code(policy().mayCommand(anonymous, ofA)), "role");
  assert.equal(policy().mayCommand(system(), ofA), allowed);
  assert.equal(policy().mayCommand(system()), allowed);
});

Deno.test("J33: a token for any room serves a second conference, a token for one does not", () => {
  const second = names.parse("second@conference.tenanta.meet.example");
  assert.equal(policy().mayWait(client({ room: "*" }), second), allowed);
  assert.equal(code(policy().mayWait(client(), second)), "room");
});

Deno.test("a system token with room or sub is limited to them", () => {
  const limited = system({ room: "Room", tenant: "TenantA" });
  assert.equal(policy().mayCommand(limited, ofA), allowed);
  assert.equal(code(policy().mayCommand(limited, ofB)), "tenant");
  assert.equal(code(policy().mayCommand(limited, plain)), "tenant");
  assert.equal(code(policy().mayWait(system({ room: "x" }), ofA)), "room");
  assert.equal(code(policy().mayCommand(system({ room: "x" }))), "limited");
  assert.equal(code(policy().mayCommand(system({ tenant: "tenanta" }))), "limited");
  assert.equal(policy().mayCommand(system({ room: "*", tenant: "*" })), allowed);
});

Deno.test("a system token of the XMPP domain is for the conferences without tenant", () => {
  const token = system({ tenant: "meet.example" });
  assert.equal(policy().mayCommand(token, plain), allowed);
  assert.equal(code(policy().mayCommand(token, ofA)), "tenant");
  assert.equal(code(policy({ xmppDomain: undefined }).mayCommand(token, plain)), "tenant");
});

Deno.test("a client without token waits and does nothing else", () => {
  assert.equal(policy().mayWait(anonymous, ofA), allowed);
  assert.equal(code(policy().mayCount(anonymous, ofA)), "role");
  assert.equal(code(policy().mayCommand(anonymous)), "role");
});

Deno.test("a refusal quotes no more than a line of a claim", () => {
  const room = `x\n${"y".repeat(5_000)}`;
  const detail = policy().mayWait(client({ room }), ofA)?.detail ?? "";
  assert.ok(detail.length < 250 && !detail.includes("\n"), detail);
});

Deno.test("where any role may count, a client of the room sees its count, and nobody else does", () => {
  const open = policy({ moderatorAnyRole: true });
  for (const role of ["visitor", "participant", "moderator"] as const) {
    assert.equal(open.mayCount(client({ role }), ofA), allowed, role);
    assert.equal(code(open.mayCount(client({ role, room: "other" }), ofA)), "room", role);
    assert.equal(code(open.mayCount(client({ role }), ofB)), "tenant", role);
  }
  assert.equal(code(open.mayCount(system(), ofA)), "role");
  assert.equal(code(open.mayCount(anonymous, ofA)), "role");
  assert.equal(code(policy().mayCount(client({ role: "participant" }), ofA)), "role");
});
