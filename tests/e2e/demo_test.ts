import assert from "node:assert/strict";
import { Tab, type TabOptions } from "../support/browser.ts";
import { inBrowser } from "../support/chromium.ts";
import { Service } from "../support/service.ts";

/** Without keys the service is in demo mode. */
const DEMO = { JWT_APP_SECRET: "", SYSTEM_JWT_SECRET: "", WORKERS: "2", STATE_INTERVAL_MS: "100" };

function startDemo(env: Readonly<Record<string, string>> = {}): Promise<Service> {
  return Service.start({ ...DEMO, ...env });
}

/** The demo in a browser, with the moderator connected. */
async function openDemo(service: Service, options: TabOptions = {}): Promise<Tab> {
  const tab = await Tab.open(options);
  await tab.page.goto(`${service.http}/demo#calm-otter-42`);
  await tab.says("#link", "Connected");
  return tab;
}

inBrowser("one person plays it all: visitors wait, are counted, and are let in", async () => {
  await using service = await startDemo({ RANDOM_DELAY_MS: "50" });
  await using tab = await openDemo(service);
  await tab.says("#count", "0");
  await tab.page.click("#visitors-empty [data-add]");
  await tab.says("#count-waiting", "12");
  await tab.says("#count", "12");
  assert.match(await tab.page.getAttribute("#chart svg", "aria-label") ?? "", /now 12, at most 12/);
  await tab.page.click("#golive");
  await tab.says("#result", "Live. 12 visitors waited.");
  await tab.says("#count-joined", "12");
  await tab.says("#count", "0");
  assert.match(
    await tab.text("#pacing-words"),
    /^12 visitors told within .* in the order of arrival/,
  );
  await tab.page.click(".tools [data-add='1']");
  await tab.says("#count-joined", "13");
  await tab.page.click("#endlive");
  await tab.says("#status", "Not live");
  await tab.page.click(".tools [data-add='1']");
  await tab.says("#count-waiting", "1");
  assert.deepEqual(tab.faults, []);
  assert.deepEqual(tab.requested.filter((url) => !url.startsWith(`${service.http}/`)), []);
});

inBrowser("fifty visitors come and go at once, and nothing on the page moves", async () => {
  await using service = await startDemo();
  await using tab = await openDemo(service);
  const places = () =>
    tab.page.locator("main > section").evaluateAll((sections) =>
      sections.map((section) => JSON.stringify(section.getBoundingClientRect()))
    );
  const before = await places();
  await tab.page.click("[data-add='50']");
  await tab.says("#count", "50");
  assert.deepEqual(await places(), before);
  await tab.page.click("[data-close='1']");
  await tab.says("#count", "49");
  await tab.page.click("[data-close='50']");
  await tab.says("#count", "0");
  await tab.says("#count-closed", "50");
  await tab.page.click("#clear");
  assert.equal(await tab.page.locator(".square").count(), 0);
});

inBrowser("a visitor is chosen with the keyboard and shows what it went through", async () => {
  await using service = await startDemo();
  await using tab = await openDemo(service);
  await tab.page.click("#visitors-empty [data-add]");
  await tab.says("#count-waiting", "12");
  await tab.page.locator(".square").first().focus();
  for (const key of ["ArrowRight", "ArrowRight", "Enter"]) await tab.page.keyboard.press(key);
  // They stand in the order of arrival, which need not be that in which they set out.
  const third = await tab.text(".square:nth-child(3) b");
  assert.match(await tab.text("#inspector-title"), new RegExp(`^Visitor ${third}: waiting since`));
  await tab.page.keyboard.press("Delete");
  await tab.says("#inspector-title", `Visitor ${third}: closed`);
  const steps = await tab.page.locator("#inspector-steps b").allTextContents();
  assert.deepEqual(steps, ["connecting", "waiting", "closed"]);
});

inBrowser(
  "the frames pass in both directions, can be filtered and paused, and show no token",
  async () => {
    await using service = await startDemo();
    await using tab = await openDemo(service);
    const commands = () => tab.page.locator(".frame b").allTextContents();
    await tab.says(".frame:nth-child(1) b", "MESSAGE");
    assert.deepEqual(await commands(), ["MESSAGE", "SUBSCRIBE", "CONNECTED", "CONNECT"]);
    await tab.page.selectOption("#frames-way", "out");
    assert.deepEqual(await commands(), ["SUBSCRIBE", "CONNECT"]);
    await tab.page.locator(".frame summary").last().click();
    assert.match(await tab.text(".frame pre"), /Authorization:Bearer eyJ.{5}….{4}\n/);
    await tab.page.click("#frames-pause");
    await tab.page.click("#visitors-empty [data-add]");
    await tab.says("#count-waiting", "12");
    assert.deepEqual(await commands(), ["SUBSCRIBE", "CONNECT"]);
    assert.doesNotMatch(await tab.text("body"), /eyJ[\w-]+\.[\w-]+\.[\w-]+/);
  },
);

inBrowser(
  "the page says when the server is away, and goes on when it is back with other keys",
  async () => {
    const first = await startDemo();
    await using tab = await openDemo(first);
    await first[Symbol.asyncDispose]();
    await tab.says("#link", "Server away");
    assert.match(await tab.text("#away"), /does not answer\. Trying again/);
    await using second = await startDemo({ PORT: String(first.port) });
    await tab.says("#link", "Connected");
    await tab.page.locator("#away").waitFor({ state: "hidden" });
    await tab.page.click("#golive");
    await tab.says("#result", "Live. Nobody waited.");
    assert.ok(second.port > 0);
  },
);

inBrowser("the room is in the address, and another room is another queue", async () => {
  await using service = await startDemo();
  await using tab = await openDemo(service);
  await tab.page.click(".tools [data-add='1']");
  await tab.says("#count", "1");
  await tab.page.fill("#room", "Räume Nord");
  await tab.page.keyboard.press("Enter");
  await tab.says("#conference", "raume-nord@conference.demo");
  assert.equal(new URL(tab.page.url()).hash, "#raume-nord");
  await tab.says("#count", "0");
  await tab.page.goBack();
  await tab.says("#conference", "calm-otter-42@conference.demo");
});

inBrowser("nothing is wider than a small phone, and the colours follow the system", async () => {
  await using service = await startDemo();
  await using tab = await openDemo(service, { width: 360, height: 740, colorScheme: "dark" });
  const ground = () => tab.page.evaluate("getComputedStyle(document.body).backgroundColor");
  await tab.page.click("#visitors-empty [data-add]");
  await tab.says("#count-waiting", "12");
  assert.equal(await tab.page.evaluate("document.documentElement.scrollWidth"), 360);
  const dark = await ground();
  assert.equal(await tab.page.getAttribute("#theme", "aria-pressed"), "true");
  await tab.page.emulateMedia({ colorScheme: "light" });
  const light = await ground();
  assert.notEqual(light, dark);
  await tab.page.click("#theme");
  assert.equal(await ground(), dark);
  await tab.page.reload();
  assert.equal(await ground(), dark);
});

inBrowser("the events flow, by name and as somebody sees them", async () => {
  await using service = await startDemo();
  await using tab = await openDemo(service);
  await tab.says("#events-state", "Listening");
  await tab.page.click("#golive");
  const progress = tab.page.locator("#events code", { hasText: "meeting_user_progress" });
  await progress.first().waitFor();
  await tab.page.fill("#events-filter", "no such name");
  await tab.says("#events-empty", "None of this name.");
  await tab.page.selectOption("#events-identity", "visitor");
  await tab.says("#events-empty", "Nothing has happened yet.");
  assert.deepEqual(tab.faults, []);
});
