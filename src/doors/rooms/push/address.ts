/** What is not the address of a host in the public Internet (RFC 6890 and its registries). */
const V4: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
];

const V6: readonly (readonly [string, number])[] = [
  ["::", 96],
  ["64:ff9b:1::", 48],
  ["100::", 64],
  ["2001::", 23],
  ["2001:db8::", 32],
  ["fc00::", 7],
  ["fe80::", 9],
  ["ff00::", 8],
];

/** Those that carry an IPv4 address: that one counts. Its first octet, and the prefix in front. */
const CARRIERS: readonly (readonly [string, number, number])[] = [
  ["::ffff:0:0", 96, 12],
  ["64:ff9b::", 96, 12],
  ["2002::", 16, 2],
];

/** Whether `address`, as a resolver gives it, belongs to a host that anybody may call. */
export function isPublicAddress(address: string): boolean {
  const octets = address.includes(":") ? octetsOfV6(address) : octetsOfV4(address);
  if (!octets) return false;
  if (octets.length === 4) return !V4.some(([net, bits]) => within(octets, octetsOfV4(net)!, bits));
  const carrier = CARRIERS.find(([net, bits]) => within(octets, octetsOfV6(net)!, bits));
  if (carrier) return isPublicAddress(octets.slice(carrier[2], carrier[2] + 4).join("."));
  return !V6.some(([net, bits]) => within(octets, octetsOfV6(net)!, bits));
}

function within(octets: readonly number[], net: readonly number[], bits: number): boolean {
  return octets.every((octet, i) => {
    const left = Math.min(8, Math.max(0, bits - 8 * i));
    return (octet >> (8 - left)) === (net[i]! >> (8 - left));
  });
}

function octetsOfV4(address: string): number[] | undefined {
  const octets = address.split(".").map(Number);
  const fits = octets.length === 4 && octets.every((each) => each >= 0 && each <= 255);
  return fits ? octets : undefined;
}

/** As the URL standard writes it: eight groups once `::` is filled in. */
function octetsOfV6(address: string): number[] | undefined {
  const url = `http://[${address.split("%", 1)[0]}]/`;
  if (!URL.canParse(url)) return undefined;
  const [head = "", tail] = new URL(url).hostname.slice(1, -1).split("::");
  const groups = (text: string) => text === "" ? [] : text.split(":");
  const [before, after] = [groups(head), groups(tail ?? "")];
  const filled = tail === undefined ? [] : Array(8 - before.length - after.length).fill("0");
  return [...before, ...filled, ...after].flatMap((group) => {
    const number = parseInt(group, 16);
    return [number >> 8, number & 0xff];
  });
}
