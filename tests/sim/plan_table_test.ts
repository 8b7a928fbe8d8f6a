import assert from "node:assert/strict";
import { planTable } from "./plan_table.ts";

const PAGE = new URL("../../docs/scale.md", import.meta.url);

Deno.test("docs/scale.md has the plan as the formulas give it", async () => {
  const page = await Deno.readTextFile(PAGE);
  assert.ok(page.includes(planTable()), `put this table into docs/scale.md:\n${planTable()}`);
});
