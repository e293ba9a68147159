import ipaddr from 'ipaddr.js';
import { AppError } from '#kernel';

/** Unknown keys that an address may show in a window before more of them are refused unread. */
export const maxBadKeys = 20;
export const badKeyWindowMs = 60_000;
/** Addresses that are remembered; the oldest gives way, so that a flood from many costs no memory. */
const maxAddresses = 10_000;
/** A household or a server has a /64 of IPv6 to itself, and could show each key from another address of it. */
const ipv6GroupBits = 64;

/** Counts unknown keys by client address, in a fixed window from the first one on. */
export class BadKeys {
  private readonly seen = new Map<string, { count: number; endsAt: number }>();

  /** An unknown key, or a known id with a wrong secret, came from here. */
  note(address: string, nowMs: number): void {
    const group = groupOf(address);
    const known = this.seen.get(group);
    if (known !== undefined && nowMs < known.endsAt) {
      known.count += 1;
      return;
    }
    this.seen.delete(group);
    const oldest = this.seen.keys().next();
    if (this.seen.size >= maxAddresses && oldest.done === false) this.seen.delete(oldest.value);
    this.seen.set(group, { count: 1, endsAt: nowMs + badKeyWindowMs });
  }

  /** @throws AppError `rate.limited` while too many have come from here */
  assertFew(address: string, nowMs: number): void {
    const known = this.seen.get(groupOf(address));
    if (known === undefined || nowMs >= known.endsAt || known.count < maxBadKeys) return;
    throw new AppError('rate.limited', {
      detail: 'Too many unknown keys came from this address',
      limit: { name: 'auth.unknown_keys', value: maxBadKeys, unit: 'keys per minute and address' },
      retryAfterS: Math.ceil((known.endsAt - nowMs) / 1_000),
    });
  }
}

/** IPv4 as it is, also where it is wrapped in IPv6; of IPv6 the network. */
function groupOf(text: string): string {
  if (!ipaddr.isValid(text)) return text;
  const address = ipaddr.process(text);
  if (!(address instanceof ipaddr.IPv6)) return address.toString();
  return ipaddr.IPv6.networkAddressFromCIDR(`${address.toString()}/${ipv6GroupBits}`).toString();
}
