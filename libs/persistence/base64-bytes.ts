import { Prisma } from './generated/client.js';

/*
 * Large byte columns cross as base64 text. PGlite takes and gives bytes as hex through its own slow path: writing 4 MiB
 * took 450 ms of the event loop as bytes and 95 ms as text, reading them 255 ms and 25 ms. On Postgres the two are
 * alike but for a third more on the wire.
 */

/** Bytes as an SQL value. */
export function toBytes(bytes: Uint8Array): Prisma.Sql {
  return Prisma.sql`decode(${toBase64(bytes)}, 'base64')`;
}

export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

export function fromBase64(text: string): Uint8Array {
  return Buffer.from(text, 'base64');
}
