import assert from "node:assert/strict";
import { Tab } from "../../support/browser.ts";
import { CHROMIUM } from "../../support/chromium.ts";
import { requireProgram } from "../../support/programs.ts";
import { Service } from "../../support/service.ts";
import { moderatorToken } from "../../support/tokens.ts";
import { startRooms, targetOf } from "./service.ts";

const EXAMPLES = new URL("../../../examples/", import.meta.url);
const CONFERENCE = "townhall@conference.meet.example";
const installed = requireProgram(CHROMIUM);

/** A server for the examples, as any that serves files, on an origin of its own. */
function serveExamples(): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const { pathname } = new URL(request.url);
    const type = pathname.endsWith(".js") ? "text/javascript" : "text/html";
    const file = new URL(`.${pathname}`, EXAMPLES);
    try {
      return new Response(await Deno.readTextFile(file), { headers: { "content-type": type } });
    } catch {
      // Such as the icon that browsers ask for.
      return new Response(null, { status: 204 });
    }
  });
}

Deno.test({
  name: "R94: two tabs of another origin join and report, and a moderator's page sees it",
  ignore: !installed,
  async fn() {
    await using files = serveExamples();
    const origin = `http://127.0.0.1:${files.addr.port}`;
    await using service = await startRooms({ WORKERS: "2", ALLOWED_ORIGINS: origin });
    const token = await moderatorToken("townhall");
    const owner = await targetOf(service).register(token);
    const conference = { name: CONFERENCE, live: "never" };
    const room = await owner.create({ maxSize: 5, conference });
    const open = async (given: Record<string, string>): Promise<Tab> => {
      const hash = new URLSearchParams({ service: `${service.http}/v0`, room, ...given });
      const tab = await Tab.open();
      await tab.page.goto(`${origin}/rooms.html#${hash}`);
      return tab;
    };
    await using ann = await open({ name: "Ann" });
    await using bob = await open({ name: "Bob" });
    await using moderator = await open({ token });
    const seen = (name: string, ...cells: string[]) => {
      const line = moderator.page.locator("#participants tr").filter({ hasText: name });
      const said = cells.reduce((found, text) => {
        return found.filter({
          has: moderator.page.locator("td", { hasText: new RegExp(`^${text}$`) }),
        });
      }, line);
      return said.waitFor();
    };
    await moderator.page.locator("[data-state='watching']").waitFor();
    for (const tab of [ann, bob]) {
      await tab.page.click("#join");
      await tab.page.locator("[data-state='joined']").waitFor();
    }
    await seen("Ann", "publisher", "0");
    await ann.page.click("#next");
    await seen("Ann", "waiting", "1");
    await ann.page.click("#next");
    await bob.page.click("#next");
    await seen("Ann", "starting", "2");
    await seen("Bob", "waiting", "1");
    await bob.page.click("#leave");
    await bob.page.locator("[data-state='left']").waitFor();
    await moderator.page.locator("#participants tr").filter({ hasText: "Bob" }).waitFor({
      state: "detached",
    });
    assert.deepEqual([...ann.faults, ...bob.faults, ...moderator.faults], []);
  },
});

Deno.test({
  name: "in the demo one person plays a room, and the queue goes live with its owner",
  ignore: !installed,
  async fn() {
    await using service = await Service.start({ JWT_APP_SECRET: "", SYSTEM_JWT_SECRET: "" });
    await using tab = await Tab.open();
    await tab.page.goto(`${service.http}/demo/rooms.html#calm-otter-42`);
    await tab.page.locator("[data-state='ready']").waitFor();
    await tab.page.click("#guest-add");
    const guest = tab.page.locator("#participants tr").filter({ hasText: "Guest 1" });
    await guest.waitFor();
    await guest.getByText("Next step").click();
    await guest.filter({ hasText: "waitingwaiting1" }).waitFor();
    await using queue = await Tab.open();
    await queue.page.goto(`${service.http}/demo#calm-otter-42`);
    await queue.says("#link", "Connected");
    await queue.page.click("#visitors-empty [data-add]");
    await queue.says("#count-waiting", "12");
    await tab.page.click("#owner-join");
    await tab.page.locator("#participants tr").filter({ hasText: "moderator" }).waitFor();
    await queue.says("#count-joined", "12");
    await tab.page.click("#owner-leave");
    await tab.page.locator("#participants tr").filter({ hasText: "moderator" }).waitFor({
      state: "detached",
    });
    await queue.page.click(".tools [data-add='1']");
    await queue.says("#count-waiting", "1");
    assert.deepEqual([...tab.faults, ...queue.faults], []);
  },
});
