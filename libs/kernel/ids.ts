import { v7 } from 'uuid';

/** What an identifier names; the prefix makes ids readable in logs and greppable. */
export type IdPrefix = 'req' | 'ten' | 'key' | 'job' | 'msg' | 'prc' | 'insp';

/** A time-ordered unique id such as `req_0198c1f27b6e7d54a1b2c3d4e5f60718` (UUIDv7, RFC 9562). */
export function newId<P extends IdPrefix>(prefix: P): `${P}_${string}` {
  return `${prefix}_${v7().replaceAll('-', '')}`;
}
