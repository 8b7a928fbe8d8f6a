/**
 * Go-lives whose key is not at hand: Prosody asks once and never again, so none of them may be lost.
 *
 * @module
 */

import assert from "node:assert/strict";
import { part } from "../auth/support.ts";
import { AsapBackend } from "../support/asap_backend.ts";
import { eventually } from "../support/eventually.ts";
import { RawWebSocket } from "../support/raw_websocket.ts";
import { Service } from "../support/service.ts";
import { frame } from "../support/stomp_socket.ts";
import { eachSetup } from "./setups.ts";

const CONFERENCE = "room@conference.meet.example";
const AWAY_MS = 3_000;

async function post(service: Service, token: string): Promise<number> {
  const response = await fetch(`${service.http}/golive`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({ conference: CONFERENCE }),
  });
  await response.body?.cancel();
  return response.status;
}

eachSetup("a go-live is held while the key server is away", async (env) => {
  await using backend = new AsapBackend();
  await using service = await Service.start({ ...env, ...backend.env });
  backend.away = true;
  const answer = post(service, await backend.prosodyToken());
  await new Promise((resolve) => setTimeout(resolve, AWAY_MS));
  backend.away = false;
  assert.equal(await answer, 200);
});

eachSetup("a go-live does not wait for strangers who invent keys", async (env) => {
  await using backend = new AsapBackend();
  await using service = await Service.start({ ...env, ...backend.env });
  const exp = Math.floor(Date.now() / 1_000) + 600;
  for (let i = 0; i < 500; i++) {
    using stranger = await RawWebSocket.handshake(service.port);
    const claims = part({ iss: "jitsi", aud: "jitsi", exp });
    const token = `${part({ alg: "RS256", kid: `invented/${i}` })}.${claims}.AAAA`;
    await stranger.text(
      frame("CONNECT", { "accept-version": "1.2", Authorization: `Bearer ${token}` }),
    );
  }
  assert.equal(await post(service, await backend.prosodyToken()), 200);
});

eachSetup(
  "after a restart the key of the backend is fetched before it is asked for",
  async (env) => {
    await using backend = new AsapBackend();
    const folder = await Deno.makeTempDir();
    await using _folder = {
      [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
    };
    const all = { ...env, ...backend.env, KV_PATH: `${folder}/live.sqlite3` };
    {
      await using service = await Service.start(all);
      assert.equal(await post(service, await backend.prosodyToken()), 200);
      service.kill("SIGTERM");
      await service.exited;
    }
    const before = backend.keys.requests.length;
    await using _service = await Service.start(all);
    const isolates = Number(env.WORKERS);
    await eventually("each isolate has fetched it", () => {
      return Promise.resolve(backend.keys.requests.length - before === isolates);
    });
  },
);
