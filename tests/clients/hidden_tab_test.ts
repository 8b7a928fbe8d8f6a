import assert from "node:assert/strict";
import { chromiumAvailable } from "../support/chromium.ts";
import { Devtools, type DevtoolsTab } from "../support/devtools.ts";
import { servePage, waitScript } from "../support/jitsi_meet_page.ts";
import { goLive } from "../support/rest.ts";
import { Service } from "../support/service.ts";
import { visitorToken } from "../support/tokens.ts";

const CONFERENCE = "townhall@conference.acme.meet.example";
/** As after five minutes in the background: timers run once a minute. Here after a second. */
const THROTTLED = ["--enable-features=IntensiveWakeUpThrottling:grace_period_seconds/1"];
/**
 * Scaled: 400 ms for the 10 s of the service and of the client. What is not scaled is the minute: a
 * service that went by the client's promise would have cut it after the first second of silence.
 */
const BEAT_MS = 400;
/** So many beats come in while no timer runs. */
const BEATS_HIDDEN = 8;
/** Rounds of so many beats until timers must have stood still for one; the third is the usual one. */
const MAX_ROUNDS = 20;

/** Counts what the page does by timers, and what it sends. */
const WATCH = `
  ticks = 0; setInterval(() => ticks++, 100);
  intervals = [];
  const setInterval_ = globalThis.setInterval;
  globalThis.setInterval = (run, ms) => { intervals.push(ms); return setInterval_(run, ms); };
  sent = 0;
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (data) { sent++; return send.call(this, data); };`;

/** A visitor in a tab of its own; resolves when it waits. */
async function openVisitor(
  browser: Devtools,
  page: string,
  service: Service,
): Promise<DevtoolsTab> {
  const tab = await browser.openTab(page);
  await tab.evaluate(WATCH);
  await tab.evaluate(waitScript({
    name: "visitor",
    queueService: service.ws,
    conference: CONFERENCE,
    token: await visitorToken("townhall"),
    scaled: { heartbeatIncoming: BEAT_MS, heartbeatOutgoing: BEAT_MS },
  }));
  await tab.evaluate("visitor.logged('connected')");
  return tab;
}

/** Resolves when beats came in for a while, the connection lasted, and nothing else ran or was sent. */
async function standsStill(tab: DevtoolsTab): Promise<void> {
  const beats = `visitor.until(() => visitor.beats >= from + ${BEATS_HIDDEN})`;
  let before: unknown;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const now = await tab.evaluate(
      `from = visitor.beats; ${beats}.then(() => [ticks, sent].join())`,
    );
    assert.deepEqual(await tab.evaluate("visitor.log"), [`connected ${BEAT_MS},60000`]);
    if (now === before) return;
    before = now;
  }
  assert.fail("its timers never stood still");
}

async function waitsHidden(tab: DevtoolsTab, service: Service): Promise<void> {
  assert.equal(await tab.evaluate("document.visibilityState"), "hidden");
  await standsStill(tab);
  assert.ok(
    (await tab.evaluate("intervals") as number[]).includes(60_000),
    "it beats once a minute",
  );
  assert.equal((await goLive(service, CONFERENCE)).visitorsWaiting, 1);
  await tab.evaluate("visitor.logged('joined')");
  assert.equal(await tab.evaluate("visitor.count('error')"), 0);
}

if (chromiumAvailable()) {
  Deno.test("C61: a hidden tab whose timers run once a minute waits on, and is told", async () => {
    const fronts = [{ WORKERS: "2" }, { WORKERS: "1", WEBSOCKET_SERVER: "ws" }];
    await using stack = new AsyncDisposableStack();
    const files = stack.use(servePage());
    const browser = stack.use(await Devtools.open(THROTTLED));
    const waiting = await Promise.all(fronts.map(async (env) => {
      const service = stack.use(await Service.start({ ...env, HEARTBEAT_MS: String(BEAT_MS) }));
      const page = `http://127.0.0.1:${files.addr.port}/`;
      return { service, tab: await openVisitor(browser, page, service) };
    }));
    await browser.openTab("about:blank");
    await Promise.all(waiting.map(({ tab, service }) => waitsHidden(tab, service)));
  });
}
