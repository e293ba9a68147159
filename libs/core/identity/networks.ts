import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** What comes before an IPv4 address that is wrapped in IPv6. */
const mappedBits = 96;

/** True for an address inside one of these addresses and CIDR networks. IPv4 wrapped in IPv6 counts as IPv4. */
export function isWithin(address: string, networks: readonly string[]): boolean {
  if (!ipaddr.isValid(address)) return false;
  const client = ipaddr.process(address);
  return networks.some((network) => {
    const [base, bits] = unwrap(...(network.includes('/') ? ipaddr.parseCIDR(network) : whole(network)));
    return base.kind() === client.kind() && client.match(base, bits);
  });
}

function whole(text: string): [Address, number] {
  const address = ipaddr.process(text);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}

/** A network within ::ffff:0:0/96 is one of IPv4. */
function unwrap(base: Address, bits: number): [Address, number] {
  const wraps = base instanceof ipaddr.IPv6 && base.isIPv4MappedAddress() && bits >= mappedBits;
  return wraps ? [base.toIPv4Address(), bits - mappedBits] : [base, bits];
}
