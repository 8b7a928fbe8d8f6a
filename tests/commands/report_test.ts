import assert from "node:assert/strict";
import { broken, doubtful, fine, no, type Section, skipped } from "../../src/commands/finding.ts";
import { printable, printableJson } from "../../src/commands/printable.ts";
import { renderReport } from "../../src/commands/report.ts";

const SECTIONS: readonly Section[] = [
  { title: "One", findings: [fine("a", "good"), doubtful("longer", "odd", "look at it")] },
  { title: "Two", findings: [broken("b", "bad", "mend it"), no("c", "not so"), skipped("d", "-")] },
];

Deno.test("findings stand below each other, with a mark and what to do next", () => {
  assert.equal(
    renderReport(SECTIONS, { colours: false, columns: undefined }),
    `One
  ✓ a       good
  ! longer  odd
            → look at it

Two
  ✗ b       bad
            → mend it
  ✗ c       not so
  · d       -
`,
  );
});

Deno.test("colours change nothing but the colours", () => {
  const style = { columns: undefined };
  const coloured = renderReport(SECTIONS, { ...style, colours: true });
  assert.ok(coloured.includes("\x1b[32m✓\x1b[0m a"), coloured);
  assert.ok(coloured.includes("\x1b[31m✗\x1b[0m b"), coloured);
  const plain = coloured.split("\x1b[").map((part) => part.replace(/^\d+m/, "")).join("");
  assert.equal(plain, renderReport(SECTIONS, { ...style, colours: false }));
});

Deno.test("on a terminal lines are broken between words, and a long word stays whole", () => {
  const url = `https://keys.example/${"k".repeat(60)}`;
  const text = `${"word ".repeat(20)}${url} end`;
  const section = { title: "T", findings: [broken("name", text, "word ".repeat(20).trim())] };
  const lines = renderReport([section], { colours: false, columns: 60 }).trimEnd().split("\n");
  const long = lines.filter((line) => line.length > 60);
  assert.deepEqual(long.map((line) => line.trim()), [url]);
  const words = lines.slice(1).join(" ").replace("✗ name", "").replace("→ ", "");
  assert.deepEqual(words.split(/\s+/).filter(Boolean), [
    ...text.split(" "),
    ..."word ".repeat(20).trim().split(" "),
  ]);
  assert.ok(lines.slice(2).every((line) => line.startsWith(" ".repeat(10))), lines.join("\n"));
});

Deno.test("a stranger's text cannot move the cursor, turn the line or begin another", () => {
  const text = "a\x1b[2J\r\nb\u202ec\u2028d\u009be\u{e0041}";
  const safe = "a\\u001b[2J\\u000d\\u000ab\\u202ec\\u2028d\\u009be\\udb40\\udc41";
  assert.equal(printable(text), safe);
  const section = { title: text, findings: [broken("x", text, text)] };
  const report = renderReport([section], { colours: false, columns: undefined });
  assert.equal(report.split("\n").length, 4);
  assert.equal(report.split(safe).length, 4);
});

Deno.test("JSON keeps its meaning, and shows no token and no password", () => {
  const value = { text: "a\x1b\u202e\n", list: [1, "é"], none: undefined };
  const text = printableJson(value);
  assert.deepEqual(JSON.parse(text), { text: value.text, list: value.list });
  assert.ok(!text.includes("\x1b") && !text.includes("\u202e"), text);
  const hidden = printableJson({ a: "eyJhbGciOiJIUzI1NiJ9.e30.c2ln", b: "redis://u:p@h" });
  assert.deepEqual(JSON.parse(hidden), { a: "[redacted]", b: "redis://[redacted]@h" });
});
