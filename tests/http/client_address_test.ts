import assert from "node:assert/strict";
import { ClientAddresses, isSubnet } from "../../src/http/client_address.ts";

Deno.test("X-Forwarded-For is believed from the end, as far as the proxies are trusted", () => {
  const clients = new ClientAddresses(["10.0.0.0/8", "127.0.0.1", "2001:db8:f::/48"]);
  const cases: [peer: string, forwarded: string | null, client: string][] = [
    ["203.0.113.7", null, "203.0.113.7"],
    ["203.0.113.7", "198.51.100.1", "203.0.113.7"],
    ["127.0.0.1", "198.51.100.1", "198.51.100.1"],
    ["127.0.0.1", null, "127.0.0.1"],
    ["::ffff:127.0.0.1", "198.51.100.1", "198.51.100.1"],
    ["10.1.2.3", "192.0.2.9, 198.51.100.1, 10.9.9.9", "198.51.100.1"],
    ["10.1.2.3", "10.1.1.1,10.2.2.2", "10.1.1.1"],
    ["127.0.0.1", "198.51.100.1:4711", "198.51.100.1"],
    ["2001:db8:f::1", "[2001:db8:1:2::5]:4711", "2001:db8:1:2::/64"],
    ["127.0.0.1", "198.51.100.1, unknown", "127.0.0.1"],
    ["127.0.0.1", "198.51.100.1, _hidden, 10.0.0.1", "10.0.0.1"],
    ["127.0.0.1", "", "127.0.0.1"],
  ];
  for (const [peer, forwarded, client] of cases) {
    assert.equal(clients.of(peer, forwarded), client, `${peer} ${forwarded}`);
  }
});

Deno.test("the addresses of one IPv6 subnet are one client, however they are written", () => {
  const clients = new ClientAddresses([]);
  const one = ["2001:db8::1", "2001:db8:0:0::2", "2001:0DB8:0000:0000:ffff::", "2001:db8::1%eth0"];
  assert.deepEqual([...new Set(one.map((peer) => clients.of(peer, null)))], ["2001:db8:0:0::/64"]);
  assert.notEqual(clients.of("2001:db8:0:1::1", null), "2001:db8:0:0::/64");
  assert.equal(clients.of("::1", null), "0:0:0:0::/64");
  assert.equal(clients.of("64:ff9b::192.0.2.1", null), "64:ff9b:0:0::/64");
});

Deno.test("a subnet is an address with or without a length", () => {
  for (const good of ["10.0.0.0/8", "127.0.0.1", "::1", "fd00::/8", "0.0.0.0/0"]) {
    assert.ok(isSubnet(good), good);
  }
  for (
    const bad of ["", "10.0.0.0/33", "10.0.0/8", "nginx", "::/129", "10.0.0.0/8/8", "10.0.0.0/"]
  ) {
    assert.ok(!isSubnet(bad), bad);
  }
});
