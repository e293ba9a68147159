import { z } from 'zod';
import type { OddRow } from '#core';
import { Prisma } from './generated/client.js';

/** Of no row: what a sum of identities begins with. */
export const noIdentity = Prisma.sql`0::bit(640)`;

/** Of all rows that were entered; unknown as soon as one of them is. */
export const identitySum = Prisma.sql`CASE WHEN bool_and(identity IS NOT NULL) THEN bit_xor(identity) END`;

/** Likewise of the squares of their digests. */
export const squaresSum = Prisma.sql`CASE WHEN bool_and(squares IS NOT NULL) THEN sum(squares) END`;

/** A key as the function `usage_identity` of the database writes it, without the bits that fill it up. */
const shape = z.tuple([
  z.string().regex(/^[\x20-\x7e]+$/),
  z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number),
  z.string().regex(/^[a-z._]+$/),
]);

/**
 * The row whose identity the bits are. Undefined where they are no row's: the rest of several rows, or unknown.
 * @param bits the database's text of a bit string: `0` and `1`
 */
export function readIdentity(bits: string | null | undefined): OddRow | undefined {
  const bytes = (bits ?? '').match(/[01]{8}/g) ?? [];
  const text = Buffer.from(bytes.map((byte) => parseInt(byte, 2))).toString('latin1');
  const { data } = shape.safeParse(text.replace(/\0+$/, '').split('\x1f'));
  return data && { requestId: data[0], item: data[1], status: data[2] };
}
