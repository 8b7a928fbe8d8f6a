/**
 * The shipped `@wazo/sdk` over TLS on a port of its own: W47 of docs/cases/events.md.
 *
 * @module
 */

import assert from "node:assert/strict";
import { EventsClient, eventsToken, type Json, publish, TENANT } from "../support/events_client.ts";
import { FRONTS } from "../e2e/setups.ts";
import { makeCertificate } from "../support/certificate.ts";
import { freePort } from "../support/operator.ts";
import { eventually } from "../support/eventually.ts";
import { Service } from "../support/service.ts";
import { WazoSdk, wazoSdk } from "../support/wazo_sdk.ts";

const NAMES = ["meeting_user_progress", "meeting_user_guest_authorization_created"];
const HEADERS = { [`user_uuid:*`]: true, tenant_uuid: TENANT };

function event(name: string, more: Json = {}): Json {
  return { name, required_acl: "event.foo", ...more };
}

/** Publishes until it is heard: when the SDK has subscribed, it does not say. */
async function comes(service: Service, sdk: WazoSdk, name: string): Promise<void> {
  await eventually(name, async () => {
    await publish(service, event(name), HEADERS);
    return sdk.heard(name);
  });
  assert.equal((await sdk.hears(name) as Json)["name"], name);
}

for (const front of FRONTS) {
  Deno.test(`W47: @wazo/sdk as it is shipped, over TLS (${front})`, async (t) => {
    const bundle = await wazoSdk();
    if (!bundle) return;
    await using certificate = await makeCertificate();
    if (!certificate) return;
    const { ca, cert, key } = certificate;
    const port = freePort();
    await using service = await Service.start({
      DOORS: "queue,events",
      WEBSOCKET_SERVER: front,
      WORKERS: "2",
      EVENTS_PORT: String(port),
      EVENTS_TLS_CERT: cert,
      EVENTS_TLS_KEY: key,
    });
    const host = `127.0.0.1:${port}`;
    const sdk = () => new WazoSdk(bundle, ca);

    await t.step("initialized, events by name, heartbeat, a weaker token silences", async () => {
      await using client = sdk();
      await client.do("open", { host, token: await eventsToken(), events: NAMES });
      await client.hears("initialized");
      await comes(service, client, NAMES[0]!);
      await comes(service, client, NAMES[1]!);
      await client.do("heartbeat");
      for (let beat = 0; beat < 3; beat++) {
        assert.deepEqual(await client.hears("pong"), { payload: "pong" });
      }
      await using watcher = await EventsClient.started(service, NAMES, {
        token: await eventsToken({ claims: { acl: ["websocketd"] } }),
      });
      const weaker = await eventsToken({ claims: { acl: ["websocketd"] } });
      await client.do("updateToken", { token: weaker });
      await eventually("it is silent", async () => {
        while (client.heard(NAMES[0]!)) await client.hears(NAMES[0]!);
        await publish(service, event(NAMES[0]!), HEADERS);
        // What everybody may see comes after it.
        await publish(service, event(NAMES[1]!, { required_acl: null }), HEADERS);
        await client.hears(NAMES[1]!);
        return !client.heard(NAMES[0]!);
      });
      assert.ok(watcher.open);
      assert.ok(!client.heard("heartbeat timed out"));
    });

    await t.step("on_auth_failed at 4002", async () => {
      await using client = sdk();
      await client.do("open", { host, token: "garbage", events: NAMES });
      await client.hears("on_auth_failed");
      assert.equal(await client.hears("onclose"), 4002);
    });

    await t.step("its singleton re-emits events of meetings", async () => {
      await using client = sdk();
      await client.do("singleton", { host, token: await eventsToken(), events: NAMES });
      await client.hears("initialized");
      await comes(service, client, NAMES[0]!);
    });

    await t.step('its check "Event transport (WS)" passes', async () => {
      await using client = sdk();
      await client.do("check", { host, token: await eventsToken() });
      assert.deepEqual(await client.hears("check"), ["Event transport (WS)", "fine"]);
    });

    await t.step("on the port there is nothing else, and it says what it is", async () => {
      using trusting = Deno.createHttpClient({ caCerts: [await Deno.readTextFile(ca)] });
      for (const [path, status] of [["/", 426], ["/health", 404], ["/visitor", 404]] as const) {
        const response = await fetch(`https://${host}${path}`, { client: trusting });
        await response.body?.cancel();
        assert.equal(response.status, status, path);
      }
    });
  });
}
