import ipaddr from 'ipaddr.js';

/** 2000::/3, the only part of IPv6 that is given out as global unicast: all the rest is special or not in use. */
const globalUnicast = ipaddr.IPv6.parse('2000::');
const globalUnicastBits = 3;

/**
 * True for addresses of the public internet: not private, loopback, link-local (clouds keep their metadata there),
 * carrier-grade NAT, multicast, reserved or documentation, and none that wraps such an address in IPv6 (mapped,
 * 6to4, NAT64, Teredo).
 */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.parse(text);
  if (address instanceof ipaddr.IPv6) {
    if (address.isIPv4MappedAddress()) return isPublicAddress(address.toIPv4Address().toString());
    if (!address.match(globalUnicast, globalUnicastBits)) return false;
  }
  return address.range() === 'unicast';
}
