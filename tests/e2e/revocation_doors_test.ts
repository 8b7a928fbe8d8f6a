import assert from "node:assert/strict";
import { Service } from "../support/service.ts";
import { systemToken } from "../support/tokens.ts";

const ROOMS_SECRET = "a-secret-of-the-rooms-for-tests-0123456789";

for (
  const [doors, status] of [["queue", 404], ["events", 200], ["rooms", 200], ["events,rooms", 200]]
) {
  Deno.test(`W110, R95: with DOORS=${doors} a token is taken back with ${status}`, async () => {
    await using service = await Service.start({ DOORS: String(doors), ROOMS_SECRET });
    const response = await fetch(`${service.http}/tokens/revoke`, {
      method: "POST",
      headers: { authorization: `Bearer ${await systemToken()}` },
      body: JSON.stringify({ jti: "a-token" }),
    });
    await response.body?.cancel();
    assert.equal(response.status, status);
  });
}
