import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { checkPack, withFetchedPack } from './fetch-pack.js';

const bytes = Buffer.from('a pack');
const sha256 = createHash('sha256').update(bytes).digest('hex');
const zeros = '0'.repeat(64);

describe('a pack on a web server', () => {
  const server = createServer(({ url }, response) => {
    if (url === '/models.pack') response.end(bytes);
    else if (url === '/cut') response.writeHead(200, { 'content-length': 100 }).write(bytes, () => response.destroy());
    else response.writeHead(404).end();
  });
  let origin: string;
  let folder: string;
  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    origin = `http://127.0.0.1:${z.object({ port: z.number() }).parse(server.address()).port}`;
  });
  afterAll(() => void server.close());
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inferway-fetch-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const used: string[] = [];
  const fetchPack = (path: string, wanted = sha256) =>
    withFetchedPack({ url: new URL(path, origin), sha256: wanted }, folder, async (file) => {
      used.push(await readFile(file, 'utf8'));
    });

  it('is handed over with the hash that was said, and removed', async () => {
    await fetchPack('/models.pack');
    expect(used.splice(0)).toEqual(['a pack']);
    expect(await readdir(folder)).toEqual([]);
  });

  it.each([
    ['another hash', '/models.pack', zeros, `has the SHA-256 ${sha256}, not ${zeros}: nothing was installed`],
    ['nothing at its address', '/nothing', sha256, 'could not be fetched (the server answers 404)'],
    ['an end that is missing', '/cut', sha256, 'could not be fetched ('],
  ])('with %s is used by nobody, and leaves nothing', async (_, path, wanted, words) => {
    await expect(fetchPack(path, wanted)).rejects.toMatchObject({
      exitCode: 69,
      message: expect.stringContaining(`${origin}${path} ${words}`),
    });
    expect(used).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
  });

  it('and one on this machine are held to the same', async () => {
    const file = join(folder, 'models.pack');
    await writeFile(file, bytes);
    await checkPack(file, sha256);
    await expect(checkPack(file, zeros)).rejects.toMatchObject({
      exitCode: 69,
      message: `${file} has the SHA-256 ${sha256}, not ${zeros}: nothing was installed`,
    });
  });
});
