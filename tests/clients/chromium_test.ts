import assert from "node:assert/strict";
import { eachSetup } from "../e2e/setups.ts";
import { Tab } from "../support/browser.ts";
import { chromiumAvailable } from "../support/chromium.ts";
import { type PageVisitor, servePage, waitScript } from "../support/jitsi_meet_page.ts";
import { endLive, goLive } from "../support/rest.ts";
import { Service } from "../support/service.ts";
import { visitorToken } from "../support/tokens.ts";

const ROOM = "r%c3%a4ume";
const CONFERENCE = `${ROOM}@conference.acme.meet.example`;
const QUICK_MS = 1_500;
/** It would come back after the test. */
const ONCE = { reconnectDelay: 60_000 };

/** A tab with jitsi-meet's client, on a page from another origin than the service. */
class VisitorTab implements AsyncDisposable {
  readonly #stack = new AsyncDisposableStack();
  readonly #page: Tab["page"];

  private constructor(tab: Tab, files: AsyncDisposable) {
    this.#stack.use(files);
    this.#stack.use(tab);
    this.#page = tab.page;
  }

  static async open(): Promise<VisitorTab> {
    const files = servePage();
    const tab = await Tab.open();
    await tab.page.goto(`http://127.0.0.1:${files.addr.port}/`);
    return new VisitorTab(tab, files);
  }

  async wait({ ws }: Service, visitor: Pick<PageVisitor, "token" | "scaled">): Promise<void> {
    const queueService = `${ws}/waiting-queue`;
    await this.#page.evaluate(
      waitScript({ name: "visitor", queueService, conference: CONFERENCE, ...visitor }),
    );
  }

  /** Resolves with the log when `what` was logged. */
  log(what: string): Promise<string[]> {
    return this.#page.evaluate(`visitor.logged("${what}").then(() => visitor.log)`);
  }

  get(property: string): Promise<unknown> {
    return this.#page.evaluate(`visitor.${property}`);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

if (chromiumAvailable()) {
  eachSetup(
    "C44, F23: in Chromium an ERROR and its close count once, a drain never",
    async (env) => {
      await using service = await Service.start(env);
      await using tab = await VisitorTab.open();
      await tab.wait(service, { token: await visitorToken(ROOM) });
      await tab.log("connected");
      await goLive(service, CONFERENCE);
      assert.deepEqual(await tab.log("joined"), [
        "connected 10000,60000",
        `told {"conference":"${CONFERENCE}","status":"live","randomDelayMs":0}`,
        "closed 1005 cleanly",
        "deactivated",
        "joined",
      ]);
      assert.ok(await tab.get("deactivatedAfter") as number < QUICK_MS);

      await tab.wait(service, { token: "not-a-token", scaled: ONCE });
      assert.deepEqual(await tab.log("closed"), [
        "error: Authentication failed",
        "closed 1008 cleanly",
      ]);
      assert.equal(await tab.get("retriesCount"), 1);

      await endLive(service, CONFERENCE);
      await tab.wait(service, { token: await visitorToken(ROOM), scaled: ONCE });
      await tab.log("connected");
      service.kill("SIGTERM");
      assert.deepEqual((await tab.log("closed")).slice(1), ["closed 1001 cleanly"]);
      assert.equal(await tab.get("retriesCount"), 0);
    },
  );

  Deno.test("F12: in Chromium a kill costs no try, and each refused connection one", async () => {
    await using service = await Service.start();
    await using tab = await VisitorTab.open();
    await tab.wait(service, { token: await visitorToken(ROOM), scaled: { reconnectDelay: 50 } });
    await tab.log("connected");
    service.kill("SIGKILL");
    const log = await tab.log("gave up");
    assert.deepEqual(log.slice(1, 4), [
      "closed 1006 uncleanly",
      "error of the socket",
      "closed 1006 uncleanly",
    ]);
    assert.equal(log.filter((entry) => entry === "error of the socket").length, 5);
  });
}
