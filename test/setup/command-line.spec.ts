import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { cp, mkdtemp, readFile, readdir, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { create } from 'tar';
import { z } from 'zod';
import { modelsDirectory } from '#testing';

const main = join('dist', 'apps', 'inferway', 'src', 'main.js');
const model = 'efficientnet-lite0';
jest.setTimeout(60_000);

let folder: string;
let models: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inferway-cli-'));
  models = join(folder, 'models');
  await cp(join(modelsDirectory(model), model), join(models, model), { recursive: true });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

function inferway(args: readonly string[], settings: Record<string, string> = {}): Promise<Outcome> {
  const home = join(folder, 'home');
  const own = {
    INFERWAY_MODELS: models,
    INFERWAY_HOME: home,
    PORT: '0',
    LOG_LEVEL: 'warn',
    NODE_OPTIONS: '',
  };
  const env = { ...process.env, ...own, ...settings };
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...args], { env, timeout: 60_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

/** Path and hash of every file of the models, dot files aside: those are memory, not models. */
async function contents(directory: string): Promise<string[]> {
  const files = await readdir(directory, { recursive: true });
  const visible = files.filter((file) => !file.startsWith('.')).sort();
  const hashes = visible.map(async (file) => {
    const path = join(directory, file);
    if ((await stat(path)).isDirectory()) return file;
    return `${file} ${createHash('sha256')
      .update(await readFile(path))
      .digest('hex')}`;
  });
  return Promise.all(hashes);
}

describe('inferway models', () => {
  it('lists what is there, as a table and as JSON', async () => {
    const { stdout } = await inferway(['models', 'list']);
    expect(stdout).toMatch(/efficientnet-lite0@\S+ +classify-image +\d+\.\d +Apache-2\.0/);
    expect(JSON.parse((await inferway(['models', 'list', '--json'])).stdout)).toMatchObject([
      { task: 'classify-image', licence: 'Apache-2.0' },
    ]);
  });

  it('verify reads every file again, and names the one that changed although its size and time did not', async () => {
    expect(await inferway(['models', 'verify'])).toMatchObject({ code: 0 });
    const labels = join(models, model, 'labels.json');
    const { atime, mtime } = await stat(labels);
    await writeFile(labels, (await readFile(labels, 'utf8')).replace('tabby', 'tebby'));
    await utimes(labels, atime, mtime);
    const { code, stderr } = await inferway(['models', 'verify']);
    expect(code).toBe(78);
    expect(stderr).toMatch(
      /efficientnet-lite0\/labels\.json: has sha256 \w+, not \w+\nBuild the models .*\n$/,
    );
  });

  it('packs to the same bytes every time, and unpacks to what was packed', async () => {
    const [first, second] = [join(folder, 'first.pack'), join(folder, 'second.pack')];
    await inferway(['models', 'pack', first]);
    await inferway(['models', 'pack', second]);
    expect((await readFile(first)).equals(await readFile(second))).toBe(true);
    const elsewhere = join(folder, 'elsewhere');
    const { stdout } = await inferway(['models', 'unpack', first], { INFERWAY_MODELS: elsewhere });
    expect(stdout).toBe(`1 models installed in ${elsewhere}\n`);
    expect(await contents(elsewhere)).toEqual(await contents(models));
  });

  it('unpack changes nothing when the pack is truncated, altered, or no pack', async () => {
    const pack = join(folder, 'models.pack');
    const whole = join(folder, 'whole');
    await cp(models, whole, { recursive: true });
    await inferway(['models', 'pack', pack]);
    await truncate(pack, Math.floor((await stat(pack)).size / 2));
    expect(await inferway(['models', 'unpack', pack])).toMatchObject({
      code: 78,
      stderr: expect.stringMatching(
        /^inferway: .*models\.pack is not a pack of models, or is damaged: copy it again.*\n$/,
      ),
    });
    await writeFile(join(whole, model, 'labels.json'), '[]');
    await create({ file: pack, cwd: whole, gzip: true }, [model]);
    expect(await inferway(['models', 'unpack', pack])).toMatchObject({
      code: 78,
      stderr: expect.stringContaining('labels.json: has 2 bytes'),
    });
    await writeFile(pack, 'not a pack');
    expect(await inferway(['models', 'unpack', pack])).toMatchObject({ code: 78 });
    expect(await inferway(['models', 'verify'])).toMatchObject({ code: 0 });
    expect((await readdir(models)).filter((name) => name.startsWith('.unpack'))).toEqual([]);
  });
});

describe('inferway models unpack with an address', () => {
  const sha256Of = async (file: string) =>
    createHash('sha256')
      .update(await readFile(file))
      .digest('hex');
  let server: Server;
  let url: string;
  let pack: string;
  beforeEach(async () => {
    pack = join(folder, 'models.pack');
    await inferway(['models', 'pack', pack]);
    server = createServer((request, response) => {
      if (request.url === '/models.pack') createReadStream(pack).pipe(response);
      else response.writeHead(404).end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = z.object({ port: z.number() }).parse(server.address());
    url = `http://127.0.0.1:${port}`;
  });
  afterEach(() => void server.close());

  it('installs what has the hash that was said, and leaves nothing else behind', async () => {
    const elsewhere = join(folder, 'elsewhere');
    const args = ['models', 'unpack', `${url}/models.pack`, '--sha256', await sha256Of(pack)];
    expect(await inferway(args, { INFERWAY_MODELS: elsewhere })).toMatchObject({ code: 0, stderr: '' });
    expect(await contents(elsewhere)).toEqual(await contents(models));
    expect((await readdir(elsewhere)).filter((name) => /^\.(fetch|unpack)/.test(name))).toEqual([]);
  });

  it('refuses another hash, no hash, what is no pack, and an address that has nothing, and installs nothing', async () => {
    const elsewhere = join(folder, 'elsewhere');
    const unpack = (...args: string[]) =>
      inferway(['models', 'unpack', ...args], { INFERWAY_MODELS: elsewhere });
    const zeros = '0'.repeat(64);
    expect(await unpack(`${url}/models.pack`, '--sha256', zeros)).toEqual({
      code: 69,
      stdout: '',
      stderr: `inferway: ${url}/models.pack has the SHA-256 ${await sha256Of(pack)}, not ${zeros}: nothing was installed\n`,
    });
    expect(await unpack(pack, '--sha256', zeros)).toMatchObject({
      code: 69,
      stderr: `inferway: ${pack} has the SHA-256 ${await sha256Of(pack)}, not ${zeros}: nothing was installed\n`,
    });
    expect(await unpack(`${url}/models.pack`)).toMatchObject({
      code: 78,
      stderr: expect.stringMatching(/^inferway: Say with --sha256 what .* must be: models are code\n$/),
    });
    expect(await unpack(`${url}/nothing`, '--sha256', zeros)).toMatchObject({
      code: 69,
      stderr: `inferway: ${url}/nothing could not be fetched (the server answers 404)\n`,
    });
    await writeFile(pack, 'not a pack');
    expect(await unpack(`${url}/models.pack`, '--sha256', await sha256Of(pack))).toMatchObject({
      code: 78,
      stderr: expect.stringContaining(`inferway: ${url}/models.pack is not a pack of models`),
    });
    expect(await readdir(elsewhere)).toEqual([]);
  });
});

describe("an operator's mistake", () => {
  let home: string;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'inferway-cli-home-'));
  });
  afterAll(() => rm(home, { recursive: true, force: true }));

  const mistakes: {
    name: string;
    args: string[];
    settings?: Record<string, string>;
    code: number;
    says: RegExp;
  }[] = [
    {
      name: 'no models',
      args: ['serve'],
      settings: { INFERWAY_MODELS: '/nowhere' },
      code: 78,
      says: /\/nowhere cannot be served:\n .*\nBuild the models .*unpack FILE\)\.\n$/,
    },
    {
      name: 'several wrong settings',
      args: ['serve'],
      settings: { PORT: '99999', INFERWAY_HOM: 'x' },
      code: 78,
      says: /^inferway: INFERWAY_HOM: is not a setting.*\nPORT: .*65535\n$/,
    },
    {
      name: 'a home that is a file',
      args: ['serve'],
      settings: { INFERWAY_HOME: 'README.md' },
      code: 78,
      says: /^inferway: .*README\.md cannot hold this server's state .*: set INFERWAY_HOME to a folder that this user may write to\.\n$/,
    },
    {
      name: 'a database that does not answer',
      args: ['tenants', 'list'],
      settings: { DATABASE_URL: 'postgres://127.0.0.1:1/none' },
      code: 69,
      says: /^inferway: The database cannot be opened: .*\n$/,
    },
    {
      name: 'a pack that is not there',
      args: ['models', 'unpack', '/nowhere/models.pack'],
      code: 1,
      says: /^inferway: There is no such file or folder: check the path .*\/nowhere\/models\.pack.*\n$/,
    },
    {
      name: 'a weight that is no number',
      args: ['tenants', 'create', 'acme', '--weight', 'much'],
      code: 1,
      says: /^inferway: weight: .*number.*\n$/,
    },
    {
      name: 'a tenant that is not there',
      args: ['keys', 'create', 'ten_none'],
      code: 1,
      says: /^inferway: There is no tenant ten_none\n$/,
    },
  ];

  it.each(mistakes)(
    '$name is told without a stack, with what to do',
    async ({ args, settings, code, says }) => {
      const outcome = await inferway(args, { INFERWAY_HOME: home, ...settings });
      expect(outcome.stderr).toMatch(says);
      expect(outcome.stderr).not.toMatch(/^ +at /m);
      expect(outcome.code).toBe(code);
    },
    60_000,
  );

  it('credentials that were damaged are named, and stay as they are', async () => {
    await writeFile(join(home, 'credentials.json'), '{"url": ');
    const { code, stderr } = await inferway(['serve'], {
      INFERWAY_HOME: home,
      INFERWAY_MODELS: modelsDirectory(),
    });
    expect(stderr).toMatch(/^inferway: .*credentials\.json is damaged: restore it, or remove it .*\n$/);
    expect(code).toBe(78);
    expect(await readFile(join(home, 'credentials.json'), 'utf8')).toBe('{"url": ');
  });
});

describe('inferway prices', () => {
  it('keeps every price to the millionth, and refuses what it cannot: past, unknown task, other currency', async () => {
    const set = (...args: string[]) => inferway(['prices', 'set', ...args]);
    expect(await set('translate', '--price', '18.1')).toMatchObject({ code: 0 });
    const later = ['--price', '0.000001', '--per', '1', '--model', 'en-pt', '--from', '2999-01-01T00:00:00Z'];
    expect(await set('translate', ...later)).toMatchObject({ code: 0 });
    expect(JSON.parse((await inferway(['prices', 'list', '--json'])).stdout)).toMatchObject([
      { task: 'translate', priceMicros: 18_100_000, perUnits: 1_000_000, currency: 'EUR' },
      {
        task: 'translate',
        model: 'en-pt',
        priceMicros: 1,
        perUnits: 1,
        validFrom: '2999-01-01T00:00:00.000Z',
      },
    ]);
    const past = await set('translate', '--price', '1', '--from', '2020-01-01T00:00:00Z');
    expect(past).toMatchObject({ code: 1, stderr: expect.stringContaining('must not be in the past') });
    expect((await set('sing', '--price', '1')).stderr).toContain('There is no task sing');
    expect((await set('translate', '--price', '0.0000001')).stderr).toContain('at most six decimals');
    const other = await inferway(['prices', 'set', 'embed', '--price', '1'], { CURRENCY: 'USD' });
    expect(other).toMatchObject({ code: 1, stderr: expect.stringContaining('has prices in EUR') });
  }, 120_000);
});
