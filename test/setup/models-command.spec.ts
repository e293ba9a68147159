import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { createServer } from 'node:http';
import {
  cp,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rm,
  stat,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { modelsDirectory } from '#testing';
import { runInferway, type Outcome } from './run-inferway.js';

const model = 'efficientnet-lite0';
const timeoutMs = 60_000;
const zeros = '0'.repeat(64);
const notPack = 'a page that says sorry';

/** What a pack is, and why one is refused, stands in `model-pack.spec.ts` and `fetch-pack.spec.ts`; here it is asked for. */
describe('inferway models', () => {
  let folder: string;
  let models: string;
  let pack: string;
  let sha256: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inferway-models-'));
    models = join(folder, 'models');
    pack = join(folder, 'models.pack');
    await cp(join(modelsDirectory(model), model), join(models, model), { recursive: true });
    expect(await inferway('pack', pack)).toEqual({ code: 0, stdout: `${pack} written\n`, stderr: '' });
    sha256 = await sha256Of(pack);
  }, timeoutMs);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const inferway = (...args: string[]) => inferwayIn(models, ...args);
  const inferwayIn = (directory: string, ...args: string[]): Promise<Outcome> =>
    runInferway({ INFERWAY_MODELS: directory, INFERWAY_HOME: join(folder, 'home') }, 'models', ...args);
  const emptyFolder = async (name: string) => {
    await mkdir(join(folder, name));
    return join(folder, name);
  };

  it(
    'lists what is there, as a table and as JSON',
    async () => {
      const { stdout } = await inferway('list');
      expect(stdout).toMatch(/efficientnet-lite0@\S+ +classify-image +\d+\.\d +Apache-2\.0/);
      expect(JSON.parse((await inferway('list', '--json')).stdout)).toMatchObject([
        { task: 'classify-image', licence: 'Apache-2.0' },
      ]);
    },
    timeoutMs,
  );

  it(
    'verify reads every file again, and names the one that changed although its size and time did not',
    async () => {
      const altered = await emptyFolder('altered');
      await cp(models, altered, { recursive: true, preserveTimestamps: true });
      expect(await inferwayIn(altered, 'verify')).toMatchObject({ code: 0 });
      const labels = join(altered, model, 'labels.json');
      const { atime, mtime } = await stat(labels);
      await writeFile(labels, (await readFile(labels, 'utf8')).replace('tabby', 'tebby'));
      await utimes(labels, atime, mtime);
      const { code, stderr } = await inferwayIn(altered, 'verify');
      expect(code).toBe(78);
      expect(stderr).toMatch(
        /efficientnet-lite0\/labels\.json: has sha256 \w+, not \w+\nBuild the models .*\n$/,
      );
    },
    timeoutMs,
  );

  it(
    'unpack installs what was packed',
    async () => {
      const elsewhere = join(folder, 'elsewhere');
      const { stdout } = await inferwayIn(elsewhere, 'unpack', pack);
      expect(stdout).toBe(`1 models installed in ${elsewhere}\n`);
      expect(await contents(elsewhere)).toEqual(await contents(models));
    },
    timeoutMs,
  );

  it(
    'unpack refuses a pack that was cut off in one line, and changes nothing',
    async () => {
      const before = await contents(models);
      const cut = join(folder, 'cut.pack');
      await cp(pack, cut);
      await truncate(cut, Math.floor((await stat(cut)).size / 2));
      expect(await inferway('unpack', cut)).toMatchObject({
        code: 78,
        stderr: expect.stringMatching(
          /^inferway: .*cut\.pack is not a pack of models, or is damaged: copy it again.*\n$/,
        ),
      });
      expect(await contents(models)).toEqual(before);
      expect((await readdir(models)).filter((name) => name.startsWith('.unpack'))).toEqual([]);
    },
    timeoutMs,
  );

  it(
    'unpack of a file takes the hash that was said, and refuses another and installs nothing',
    async () => {
      const checked = await emptyFolder('checked');
      expect(await inferwayIn(checked, 'unpack', pack, '--sha256', zeros)).toEqual({
        code: 69,
        stdout: '',
        stderr: `inferway: ${pack} has the SHA-256 ${sha256}, not ${zeros}: nothing was installed\n`,
      });
      expect(await readdir(checked)).toEqual([]);
      expect(await inferwayIn(checked, 'unpack', pack, '--sha256', sha256)).toMatchObject({ code: 0 });
      expect(await contents(checked)).toEqual(await contents(models));
    },
    timeoutMs,
  );

  describe('unpack with an address', () => {
    const server = createServer(({ url: path }, response) =>
      path === '/models.pack' ? createReadStream(pack).pipe(response) : response.end(notPack),
    );
    let url: string;
    beforeAll(async () => {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = z.object({ port: z.number() }).parse(server.address());
      url = `http://127.0.0.1:${port}/models.pack`;
    });
    afterAll(() => void server.close());

    it(
      'installs what has the hash that was said, and leaves nothing else behind',
      async () => {
        const fetched = join(folder, 'fetched');
        const outcome = await inferwayIn(fetched, 'unpack', url, '--sha256', sha256);
        expect(outcome).toMatchObject({ code: 0, stderr: '' });
        expect(await contents(fetched)).toEqual(await contents(models));
        expect((await readdir(fetched)).filter((name) => /^\.(fetch|unpack)/.test(name))).toEqual([]);
      },
      timeoutMs,
    );

    it(
      'refuses another hash, and no hash, and installs nothing',
      async () => {
        const refused = await emptyFolder('refused');
        expect(await inferwayIn(refused, 'unpack', url, '--sha256', zeros)).toEqual({
          code: 69,
          stdout: '',
          stderr: `inferway: ${url} has the SHA-256 ${sha256}, not ${zeros}: nothing was installed\n`,
        });
        expect(await inferwayIn(refused, 'unpack', url)).toMatchObject({
          code: 78,
          stderr: expect.stringMatching(/^inferway: Say with --sha256 what .* must be: models are code\n$/),
        });
        expect(await readdir(refused)).toEqual([]);
      },
      timeoutMs,
    );

    it(
      'names the address, and no file that is gone, where the hash is right and it is no pack',
      async () => {
        const page = new URL('/page', url).href;
        const served = createHash('sha256').update(notPack).digest('hex');
        const target = await emptyFolder('no-pack');
        expect(await inferwayIn(target, 'unpack', page, '--sha256', served)).toMatchObject({
          code: 78,
          stderr: expect.stringMatching(
            new RegExp(`^inferway: ${page} is not a pack of models, or is damaged: .*\\n$`),
          ),
        });
        expect(await readdir(target)).toEqual([]);
      },
      timeoutMs,
    );
  });
});

/** Path and hash of every file of the models, dot files aside: those are memory, not models. */
async function contents(directory: string): Promise<string[]> {
  const files = await readdir(directory, { recursive: true });
  const visible = files.filter((file) => !file.startsWith('.')).sort();
  const hashes = visible.map(async (file) => {
    const path = join(directory, file);
    if ((await stat(path)).isDirectory()) return file;
    return `${file} ${await sha256Of(path)}`;
  });
  return Promise.all(hashes);
}

async function sha256Of(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}
