/**
 * The demo for everybody: with a keyboard, a reader of screens, bad eyes or a phone.
 *
 * @module
 */

import assert from "node:assert/strict";
import axe from "axe-core";
import { Tab, type TabOptions } from "../support/browser.ts";
import { inBrowser } from "../support/chromium.ts";
import { Service } from "../support/service.ts";

const DEMO = {
  JWT_APP_SECRET: "",
  SYSTEM_JWT_SECRET: "",
  WORKERS: "2",
  STATE_INTERVAL_MS: "100",
  RELEASE_RATE: "0",
};

async function openDemo(service: Service, options: TabOptions = {}): Promise<Tab> {
  const tab = await Tab.open(options);
  await tab.page.goto(`${service.http}/demo#calm-otter-42`);
  await tab.says("#link", "Connected");
  return tab;
}

/** What axe-core finds wrong with the page as it is now. */
async function violations({ page }: Tab): Promise<string[]> {
  // As a driver does it: the policy of the page lets in no script of others.
  await page.evaluate(axe.source);
  return await page.evaluate(`axe.run().then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => id + ": " + target)))`);
}

function focused({ page }: Tab): Promise<string> {
  return page.evaluate(`(({ id, dataset, tagName }) =>
    id || (dataset.add ? "add " + dataset.add : tagName.toLowerCase()))(document.activeElement)`);
}

for (const colorScheme of ["light", "dark"] as const) {
  inBrowser(
    `axe finds nothing wrong with the page, empty, live and after it (${colorScheme})`,
    async () => {
      await using service = await Service.start(DEMO);
      await using tab = await openDemo(service, { colorScheme });
      assert.deepEqual(await violations(tab), [], "empty");
      await tab.page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await tab.page.click("#visitors-empty [data-add]");
      await tab.says("#count", "12");
      assert.deepEqual(await violations(tab), [], "waiting");
      await tab.page.click("#golive");
      await tab.says("#count-joined", "12");
      await tab.page.locator(".square").first().click();
      assert.deepEqual(await violations(tab), [], "live");
      await tab.page.click("#endlive");
      await tab.page.click(".tools [data-add='1']");
      await tab.says("#count-waiting", "1");
      assert.deepEqual(await violations(tab), [], "ended");
    },
  );
}

inBrowser("the focus stays where one was: after Add, Go live, End and Close", async () => {
  await using service = await Service.start(DEMO);
  await using tab = await openDemo(service);
  await tab.page.focus("#visitors-empty [data-add]");
  await tab.page.keyboard.press("Enter");
  await tab.says("#count-waiting", "12");
  assert.equal(await focused(tab), "add 1");
  await tab.page.focus("#golive");
  await tab.page.keyboard.press("Enter");
  await tab.says("#count-joined", "12");
  assert.equal(await focused(tab), "golive");
  await tab.page.focus("#endlive");
  await tab.page.keyboard.press("Enter");
  await tab.says("#status", "Not live");
  assert.equal(await focused(tab), "endlive");
  await tab.page.keyboard.press("Enter");
  await tab.says("#result", "Ended. Who comes now waits again.");
  await tab.page.click(".tools [data-add='1']");
  await tab.says("#count-waiting", "1");
  await tab.page.locator(".square").last().click();
  await tab.page.focus("#inspector-close");
  await tab.page.keyboard.press("Enter");
  await tab.says("#count-closed", "1");
  assert.notEqual(await focused(tab), "body");
});

inBrowser("a hundred frames and sixty visitors are one stop of Tab each", async () => {
  await using service = await Service.start(DEMO);
  await using tab = await openDemo(service);
  await tab.page.click("[data-add='50']");
  await tab.says("#count", "50");
  const stops: number = await tab.page.evaluate(`[...document.querySelectorAll(
    "a, button, input, select, summary, [tabindex]")].filter((each) =>
      each.tabIndex >= 0 && each.checkVisibility() && !each.disabled).length`);
  assert.ok(stops < 35, `${stops} stops`);
  await tab.page.focus("#frames");
  await tab.page.keyboard.press("ArrowDown");
  await tab.page.keyboard.press("ArrowDown");
  await tab.page.keyboard.press("Enter");
  assert.equal(await tab.page.locator(".frame[open]").count(), 1);
});

inBrowser("the squares stand in the order of arrival, in which visitors are told", async () => {
  await using service = await Service.start({ ...DEMO, RELEASE_RATE: "100" });
  await using tab = await openDemo(service);
  await tab.page.click("[data-add='50']");
  await tab.says("#count", "50");
  const arrivals: number[] = await tab.page.evaluate(
    `[...document.querySelectorAll(".square")].map(({ dataset }) => Number(dataset.arrivedAt))`,
  );
  assert.ok(
    arrivals.every((at, i) => at > 0 && (i === 0 || at >= arrivals[i - 1]!)),
    `${arrivals}`,
  );
});

inBrowser("live and ended soon after each other are two words, beside or below", async () => {
  await using service = await Service.start(DEMO);
  await using tab = await openDemo(service);
  await tab.page.click("#golive");
  await tab.says("#result", "Live. Nobody waited.");
  await tab.page.click("#endlive");
  await tab.page.locator(".mark-label.ended").waitFor();
  const boxes = await tab.page.locator(".mark-label").evaluateAll((labels) =>
    labels.map((label) => label.getBoundingClientRect().toJSON())
  );
  const [a, b] = boxes;
  assert.equal(boxes.length, 2);
  assert.ok(a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top);
});

inBrowser("on a phone the page scrolls, and nothing within it but the frames", async () => {
  await using service = await Service.start(DEMO);
  await using tab = await openDemo(service, { width: 360, height: 740 });
  await tab.page.click("[data-add='50']");
  await tab.page.click("[data-add='50']");
  await tab.page.click("[data-add='50']");
  await tab.says("#count", "150");
  const [inner, outer]: number[] = await tab.page.evaluate(
    `(({ scrollHeight, clientHeight }) => [scrollHeight, clientHeight])(document.getElementById("visitors"))`,
  );
  assert.ok(inner! <= outer! + 1, `${inner} in ${outer}`);
  assert.equal(await tab.page.evaluate("document.documentElement.scrollWidth"), 360);
});
