import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';

/** Bytes that an installation keeps, by where they lie. */
export type Kept = Map<string, Buffer>;

/** Every row of every table as text, with bytes as they are beside their text. The login is a superuser's: no policy hides a row. */
export async function dumpDatabase(url: string): Promise<Kept> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const tables = await client.query<{ name: string }>(
      `SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace`,
    );
    const kept: Kept = new Map();
    for (const { name } of tables.rows) {
      const found = await client.query<Record<string, unknown> & { whole: string }>(
        `SELECT t.*, t::TEXT AS whole FROM "${name}" t`,
      );
      const bytes = found.rows.flatMap((row) => Object.values(row).filter((value) => Buffer.isBuffer(value)));
      kept.set(`table ${name}`, Buffer.from(found.rows.map(({ whole }) => whole).join('\n')));
      kept.set(`bytes of table ${name}`, Buffer.concat(bytes));
    }
    return kept;
  } finally {
    await client.end();
  }
}

/** Every value and every name that Redis holds at this moment. */
export async function dumpRedis(redis: Redis): Promise<Kept> {
  const kept: Kept = new Map();
  for await (const page of redis.scanStream({ count: 1_000 }) as AsyncIterable<string[]>)
    for (const key of page)
      kept.set(`Redis key ${key}`, Buffer.concat([Buffer.from(key), ...(await valuesOf(redis, key))]));
  return kept;
}

/** DUMP would do for all types, and compresses: what is searched for could hide in it. */
async function valuesOf(redis: Redis, key: string): Promise<Buffer[]> {
  switch (await redis.type(key)) {
    case 'string':
      return [(await redis.getBuffer(key)) ?? Buffer.alloc(0)];
    case 'hash':
      return Object.entries(await redis.hgetallBuffer(key)).flatMap(([name, value]) => [
        Buffer.from(name),
        value,
      ]);
    case 'list':
      return redis.lrangeBuffer(key, 0, -1);
    case 'set':
      return redis.smembersBuffer(key);
    case 'zset':
      return redis.zrangeBuffer(key, '0', '-1');
    case 'stream':
      return (await redis.xrangeBuffer(key, '-', '+')).flatMap(([id, fields]) => [id, ...fields]);
    case 'none':
      return [];
    case 'unknown':
    default:
      throw new Error(`Redis key ${key} is of a type that this dump does not know`);
  }
}

/** The append-only files: every command since Redis began, also those whose keys are gone. */
export async function readAppendOnlyFiles(redis: Redis): Promise<Kept> {
  const [, directory = ''] = await redis.config('GET', 'dir');
  return readFolder(directory);
}

/** Every file of a folder and those in it. */
export async function readFolder(directory: string): Promise<Kept> {
  const kept: Kept = new Map();
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) kept.set(`file ${relative(directory, path)}`, await readFile(path));
  }
  return kept;
}

/** A run of bytes from the middle of a photo, where it is like no other. */
export function runOf(photo: Buffer): Buffer {
  return photo.subarray(photo.length / 2, photo.length / 2 + 48);
}

/** How a secret can lie in bytes: as it is, in hex, and in base64 at each of the three offsets it can have there. */
export function formsOf(secret: string | Buffer): Map<string, string | Buffer> {
  const bytes = Buffer.from(secret);
  const forms = new Map<string, string | Buffer>([
    ['clear', bytes],
    ['hex', bytes.toString('hex')],
    ['upper-case hex', bytes.toString('hex').toUpperCase()],
  ]);
  for (const offset of [0, 1, 2]) {
    const shifted = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    // The first and last group of four hold bits of the neighbours.
    const own = shifted.slice(offset === 0 ? 0 : 4, Math.floor((offset + bytes.length) / 3) * 4);
    forms.set(`base64 at ${offset}`, own);
    const ofUrls = own.replaceAll('+', '-').replaceAll('/', '_');
    if (ofUrls !== own) forms.set(`base64url at ${offset}`, ofUrls);
  }
  return forms;
}

/** Each place that holds one of the secrets, and in which form. */
export function findSecrets(kept: Kept, secrets: Record<string, string | Buffer>): string[] {
  return Object.entries(secrets).flatMap(([what, secret]) =>
    [...formsOf(secret)].flatMap(([form, text]) =>
      [...kept].flatMap(([place, bytes]) => (bytes.includes(text) ? [`${what} in ${form}: ${place}`] : [])),
    ),
  );
}
