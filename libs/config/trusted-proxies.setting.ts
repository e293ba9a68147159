import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { isNetwork } from '#kernel';

/** Addresses as numbers, IPv4 as IPv6 wraps it: one line that both lie on. */
interface Range {
  first: bigint;
  end: bigint;
}

/** Clients come from these: all of IPv4, and what is given out of IPv6. */
const publics = ['0.0.0.0/0', '2000::/3'].map(rangeOf);

/**
 * Proxies whose word on the client's address is taken. A list that holds half of all clients holds no proxies: whoever it
 * trusts may say who they are. Half, as nobody's own networks come near it and nothing close to everybody stays below.
 */
export const trustedProxies = z
  .string()
  .transform((text) => text.split(',').map((network) => network.trim()))
  .pipe(
    z
      .array(
        z.string().refine(isNetwork, {
          error: 'must be addresses or CIDR networks, separated by commas',
          abort: true,
        }),
      )
      .refine(
        (networks) => !holdsHalfOfClients(networks),
        'must not be half of all addresses of IPv4 or IPv6, or more: anybody there could say who they are',
      ),
  )
  .optional()
  .describe(
    'Addresses and CIDR networks, separated by commas, of proxies in front of this program: the client’s address is taken from their `X-Forwarded-For`; without any, the peer of the connection is the client',
  );

function holdsHalfOfClients(networks: readonly string[]): boolean {
  const ranges = networks.map(rangeOf).toSorted((a, b) => (a.first < b.first ? -1 : 1));
  return publics.some((all) => 2n * shared(all, ranges) >= all.end - all.first);
}

/** How many addresses of `all` are in any of the ranges, which come in order and may overlap. */
function shared(all: Range, ranges: readonly Range[]): bigint {
  let [count, next] = [0n, all.first];
  for (const { first, end } of ranges) {
    const from = first > next ? first : next;
    const until = end < all.end ? end : all.end;
    if (until <= from) continue;
    count += until - from;
    next = until;
  }
  return count;
}

function rangeOf(network: string): Range {
  const [text = '', bits] = network.split('/');
  const address = ipaddr.parse(text);
  const isIpv4 = address instanceof ipaddr.IPv4;
  const wide = isIpv4 ? address.toIPv4MappedAddress() : address;
  const prefix = bits === undefined ? 128 : Number(bits) + (isIpv4 ? 96 : 0);
  const free = BigInt(128 - prefix);
  const first = (BigInt(`0x${Buffer.from(wide.toByteArray()).toString('hex')}`) >> free) << free;
  return { first, end: first + (1n << free) };
}
