/**
 * The access rules: what a pattern allows. The cases are those of docs/cases/events.md.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { Acl } from "../../../src/doors/events/acl.ts";
import { escaped } from "../../../src/doors/events/names.ts";

const USER = { user: "u1", session: "s1" };

/** [case, patterns, texts, whether they are allowed]; texts stand between blanks. */
const CASES: readonly [string, string[], string, boolean][] = [
  ["W48", ["a.b.#"], "a.b.c a.b.c.d a.b.* a.b.*.* a.b.# a.b.", true],
  ["W49", ["a.b.#"], "a.b x.b.c *.b.c *.*.c #.b.c", false],
  ["W50", ["a.b.c"], "a.b.c", true],
  ["W51", ["a.b.c"], "a.b.c.d a.b x.a.b.c a.b.* a.b.# *.b.c A.b.c a-b.c", false],
  ["W52", ["a.*.*"], "a.b.c a.*.* a..", true],
  ["W53", ["a.*.*"], "a.b a.* a.b.c.d x.b.c a.b.# #.b.c", false],
  ["W54", ["a", "a.b.c", "x.#"], "a a.b.c x.b.c", true],
  ["W55", ["a", "a.b.c", "x.#"], "a.b a.b.c.d x * # *.*.c", false],
  ["W56", ["a.#.z"], "a.b.z a.b.c.z a.*.z a.*.*.z a.#.z", true],
  ["W57", ["a.#.z"], "a.z a.b.c a.b.* a.#", false],
  ["W58", ["#"], "a a.b ", true],
  ["W59", ["*"], "a ", true],
  ["W60", ["*"], "a.b #", false],
  ["W61", ["a.b*"], "a.b a.bcd", true],
  ["W62", ["a.b*"], "a.bc.d a.b# a.c", false],
  ["W63", ["a#"], "a ab a.b.c", true],
  ["W64", ["a.#.me"], "a.b.me a.b.u1 a.b.c.u1 a.*.u1 a.*.*.u1 a.#.me", true],
  ["W65", ["a.#.me"], "a.b a.*.u2 a.b.u1.c a.me a.#", false],
  ["W66", ["a.#.me.z"], "a.b.me.z a.b.u1.z a.*.u1.z", true],
  ["W67", ["a.#.me.z"], "a.b.u1 a.b.u2.z a.*.z a.#.z", false],
  ["W68", ["a.u1"], "a.me", false],
  ["W69", ["a.me*", "a.some"], "a.u1 a.sou1", false],
  ["W70", ["a.my_session"], "a.my_session a.s1", true],
  ["W71", ["a.my_session"], "a.s2 a.u1", false],
  ["W72", ["a.edit"], "a.edit a.update", true],
  ["W73", ["a.edit"], "a.edit.update a.updated", false],
  ["W74", ["a.update"], "a.edit", false],
  ["W75", ["!a.me"], "a.me a.u1 b", false],
  ["W76", ["a", "!a", "a"], "a", false],
  ["W77", ["!a.b.#", "a.b.c"], "a.b.c", false],
  ["W78", ["a.#", "!a.b.#", "a.b.c"], "a.b.c", false],
  ["W79", ["a.#", "!a.b.#"], "a.b a.x.c", true],
  ["W80", ["a.*.c", "!a.u1.c"], "a.me.c", true],
  ["W81", ["a.*.c", "!a.u1.c"], "a.u1.c", false],
  ["W82", ["a.#", "!a.me"], "a.u1 a.me", false],
  ["W83", ["!*.b", "a.b"], "a.b", false],
  ["W84", ["a.b"], "!a.b !x", false],
  ["W85", [], "a ", false],
  ["W87", ["a.(b)+", "a.[bc]", "a.b?"], "a.b a.c", false],
];

for (const [name, patterns, texts, allowed] of CASES) {
  for (const text of texts.split(" ")) {
    const says = allowed ? "allows" : "does not allow";
    Deno.test(`${name}: [${patterns.join(", ")}] ${says} "${text}"`, () => {
      assert.equal(Acl.of(patterns).allows(text, USER), allowed);
    });
  }
}

Deno.test("W88: patterns that were made to take long do not", () => {
  const acl = Acl.of(Array.from({ length: 64 }, () => "#a#a#a#a#a#a#b"));
  const text = "a".repeat(1_024);
  const allows = () => acl.allows(text, USER);
  // The steps are bounded, so a machine that is busy at the wrong moment gets another try.
  const took = Array.from({ length: 5 }, () => {
    const began = performance.now();
    assert.equal(allows(), false);
    return performance.now() - began;
  });
  assert.ok(Math.min(...took) < 20, `${took} ms`);
});

Deno.test("W88: so it is with every kind of part and the longest patterns", () => {
  const text = "a".repeat(1_023) + "b";
  const who = { user: "a", session: "aa" };
  for (const start of ["#*", "*a", "#a*a", "#.me.", "*me.", "a*#"]) {
    const pattern = start.repeat(Math.floor(250 / start.length)) + "x*b";
    const began = performance.now();
    for (let i = 0; i < 8; i++) assert.equal(Acl.of([pattern]).allows(text, who), false);
    assert.ok(performance.now() - began < 2_000, pattern);
  }
});

Deno.test("W89: me stands for the id of the user in the form that texts have", () => {
  const who = { user: escaped("p.q*"), session: undefined };
  assert.equal(Acl.of(["x.me"]).allows("x.p__DOT__q__STAR__", who), true);
});

Deno.test("W90: nothing in the id of a user is a pattern", () => {
  const acl = Acl.of(["x.me"]);
  const dotted = { user: escaped("p.q*"), session: undefined };
  assert.equal(acl.allows("x.p.q*", dotted), false);
  assert.equal(acl.allows("x.p.qr", dotted), false);
  assert.equal(acl.allows("x.u2", { user: escaped("(u1|u2)"), session: undefined }), false);
});

Deno.test("who has no id is not me", () => {
  const nobody = { user: undefined, session: undefined };
  assert.equal(Acl.of(["a.me"]).allows("a.undefined", nobody), false);
  assert.equal(Acl.of(["a.me"]).allows("a.", nobody), false);
  assert.equal(Acl.of(["a.me"]).allows("a.me", nobody), true);
});

/** The rules as a regular expression, which a claim must never become; short texts alone. */
function byRegExp(pattern: string, { user, session }: { user: string; session: string }): RegExp {
  const words: Record<string, string> = {
    me: `(me|${user})`,
    my_session: `(my_session|${session})`,
    edit: "(edit|update)",
  };
  const source = pattern.split(".").map((segment) =>
    words[segment] ??
      [...segment].map((c) => c === "*" ? "[^.#]*" : c === "#" ? ".*" : RegExp.escape(c)).join("")
  ).join("\\.");
  return new RegExp(`^(${source})$`, "s");
}

Deno.test("it answers as the regular expression of the rules would", () => {
  const piece = fc.constantFrom("a", "b", ".", "*", "#", "me", "u1", "edit", "update", ".me.");
  const text = fc.array(piece, { maxLength: 7 }).map((pieces) => pieces.join(""));
  fc.assert(
    fc.property(text, text, (pattern, asked) => {
      fc.pre(!pattern.startsWith("!"));
      const expected = byRegExp(pattern, USER).test(asked);
      assert.equal(Acl.of([pattern]).allows(asked, USER), expected);
    }),
    { numRuns: 5_000 },
  );
});
