import { BlockList, isIP } from "node:net";
import { getLogger } from "../log/log.ts";

/** The most entries of an X-Forwarded-For that are looked at, from its end. */
const MAX_HOPS = 32;
/** How IPv6 writes an IPv4 address. */
const MAPPED = /^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i;

const logger = getLogger("http");

/** Tells the client of a request, through the proxies that are trusted. */
export class ClientAddresses {
  readonly #trusted = new BlockList();
  #warned = false;

  /**
   * @param proxies whose X-Forwarded-For is believed: addresses, or subnets as `10.0.0.0/8`.
   * @throws {Error} one of them is neither.
   */
  constructor(proxies: readonly string[]) {
    for (const proxy of proxies) addSubnet(this.#trusted, proxy);
  }

  /**
   * What tells the client's address from others: an IPv4 address, or the first 64 bits of an IPv6
   * one, since whoever has one of these has them all.
   *
   * @param peer the other end of the TCP connection.
   * @param forwarded the X-Forwarded-For header: each proxy adds whom it has seen at the end.
   */
  of(peer: string, forwarded: string | null): string {
    let address = plainAddress(peer) ?? peer;
    if (forwarded === null) return keyOf(address);
    if (!this.#trusts(address)) this.#warn(address);
    const hops = forwarded.split(",").slice(-MAX_HOPS);
    for (let hop = hops.pop(); hop !== undefined && this.#trusts(address); hop = hops.pop()) {
      const before = plainAddress(hop);
      // A proxy that hides the client, or lies: nothing before it can be believed.
      if (before === undefined) break;
      address = before;
    }
    return keyOf(address);
  }

  #trusts(address: string): boolean {
    const version = isIP(address);
    return version !== 0 && this.#trusted.check(address, version === 4 ? "ipv4" : "ipv6");
  }

  #warn(peer: string): void {
    if (this.#warned) return;
    this.#warned = true;
    logger.warn(
      "{peer} sends X-Forwarded-For and is not believed: if it is your proxy, name it in " +
        "TRUSTED_PROXIES, or all its clients share one MAX_CONNECTIONS_PER_ADDRESS",
      { peer },
    );
  }
}

/** Whether `text` is an address or a subnet, as {@linkcode ClientAddresses} takes them. */
export function isSubnet(text: string): boolean {
  try {
    addSubnet(new BlockList(), text);
    return true;
  } catch {
    return false;
  }
}

function addSubnet(list: BlockList, text: string): void {
  const [address = "", bits] = text.split("/", 2);
  const version = isIP(address);
  const most = version === 4 ? 32 : 128;
  const length = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : Infinity;
  if (version === 0 || length > most || text.split("/").length > 2) {
    throw new TypeError(`Cannot trust ${JSON.stringify(text)}: it is no address and no subnet`);
  }
  list.addSubnet(address, length, version === 4 ? "ipv4" : "ipv6");
}

/** An address without port, brackets, zone and blanks, IPv4 as such; undefined when it is none. */
function plainAddress(text: string): string | undefined {
  const bare = text.trim().replace(/^\[([^\]]*)\](?::\d+)?$/, "$1").replace(/%.*$/, "")
    .replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, "$1").replace(MAPPED, "");
  return isIP(bare) === 0 ? undefined : bare;
}

function keyOf(address: string): string {
  return isIP(address) === 6 ? `${groupsOf(address).slice(0, 4).join(":")}::/64` : address;
}

/** The eight groups of an IPv6 address (RFC 4291 section 2.2), without leading zeros. */
function groupsOf(address: string): string[] {
  const [head = "", tail] = address.replace(/\d+\.\d+\.\d+\.\d+$/, "0:0").split("::");
  const first = head === "" ? [] : head.split(":");
  const last = tail === undefined || tail === "" ? [] : tail.split(":");
  const middle = tail === undefined ? 0 : 8 - first.length - last.length;
  return [...first, ...Array(middle).fill("0"), ...last]
    .map((group) => Number.parseInt(group, 16).toString(16));
}
