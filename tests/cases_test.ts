/**
 * Holds that the cases and pages which tests and comments cite are in docs/.
 *
 * @module
 */

import assert from "node:assert/strict";
import { filesUnder, readProjectFile } from "./support/import_graph.ts";

const INDEX = "docs/cases/README.md";

const pages = filesUnder("docs/cases", ".md").filter((path) => path !== INDEX);
/** The numbers of each page, in their order there. */
const listed = new Map(
  pages.map((page) => [
    page,
    [...readProjectFile(page).matchAll(/^- \*\*([A-Z]\d{2,3})\*\* /gm)].map(([, number]) =>
      number!
    ),
  ]),
);
const numbers = [...listed.values()].flat();
const letters = [...new Set(numbers.map((number) => number[0]))].join("");

/** The cases that a text cites, in the letters that have a page. */
function citedIn(text: string): string[] {
  return [...text.matchAll(new RegExp(`(?<![\\w#])[${letters}]\\d{2,3}(?!\\w)`, "g"))]
    .map(([number]) => number);
}

const texts = [
  ...["README.md", "CONTRIBUTING.md"],
  ...["src", "tests", "docs"].flatMap((folder) => filesUnder(folder, ".ts", ".js", ".md")),
];

Deno.test("every case that is cited anywhere is listed", () => {
  const unlisted = texts.flatMap((path) =>
    citedIn(readProjectFile(path)).filter((number) => !numbers.includes(number))
      .map((number) => `${path}: ${number}`)
  );
  assert.deepEqual(unlisted, []);
});

Deno.test("every page of docs/ that is cited anywhere is there", () => {
  const pages = filesUnder("docs", ".md");
  const missing = texts.flatMap((path) =>
    [...readProjectFile(path).matchAll(/\bdocs\/[\w/-]+\.md\b/g)]
      .filter(([cited]) => !pages.includes(cited)).map(([cited]) => `${path}: ${cited}`)
  );
  assert.deepEqual(missing, []);
});

Deno.test("a page of cases has one letter, and its numbers follow each other from 01", () => {
  assert.ok(pages.length >= 3, String(pages));
  for (const [page, found] of listed) {
    const expected = found.map((_, i) => `${found[0]![0]}${String(i + 1).padStart(2, "0")}`);
    assert.deepEqual(found, expected, page);
    assert.ok(found.length > 0, page);
  }
  assert.equal(letters.length, pages.length, "no letter has two pages");
});

Deno.test("each page of cases stands in their index, under its letter", () => {
  for (const [page, found] of listed) {
    const name = page.split("/").at(-1)!;
    const line = new RegExp(`^\\| ${found[0]![0]} +\\| \\[${name}\\]\\(${name}\\) `, "m");
    assert.match(readProjectFile(INDEX), line, page);
  }
});

Deno.test("every case is named by a test", () => {
  const tests = filesUnder("tests", ".ts").map(readProjectFile).join("\n");
  const cited = new Set(citedIn(tests));
  assert.deepEqual(numbers.filter((number) => !cited.has(number)), []);
});
