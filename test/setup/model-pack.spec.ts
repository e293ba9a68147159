import { cp, mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { modelsDirectory } from '#testing';
import { basics, Sandbox, wholePath } from './sandbox.js';

const models = modelsDirectory('efficientnet-lite0');
const minutes = 60_000;

describe('build-models.sh', () => {
  it('needs no Python where the models are valid', async () => {
    await using sandbox = await Sandbox.create(['scripts', 'models/starter.lock.json'], [...basics, 'node']);
    const outcome = await sandbox.run('scripts/build-models.sh', [], { INFERWAY_MODELS: models });
    expect(outcome).toMatchObject({ code: 0, lines: [] });
  });

  it(
    'whose package registry cannot be reached says so in one line, and leaves nothing half-installed',
    async () => {
      await using sandbox = await Sandbox.create(['scripts', 'models/requirements.txt'], basics);
      const parts = sandbox.path('home/.cache/inferway/python');
      const leftover = join(parts, '.part-of-a-killed-run');
      await mkdir(leftover, { recursive: true });
      await utimes(leftover, 0, 0);
      // A port that nobody listens on. The second try is pip's first to say why.
      const environment = { PATH: wholePath, PIP_INDEX_URL: 'http://127.0.0.1:9/simple', PIP_RETRIES: '1' };
      const { code, lines } = await sandbox.run(
        'scripts/install-python.sh',
        ['models/requirements.txt'],
        environment,
      );
      expect(code).toBe(1);
      expect(lines).toEqual([
        '  python-requirements ...',
        expect.stringMatching(
          /^inferway: python-requirements: the package registry cannot be reached: check network/,
        ),
      ]);
      expect(await readdir(parts)).toEqual([]);
    },
    minutes,
  );

  it(
    'rebuilds a model whose file was damaged, and only that one',
    async () => {
      await using sandbox = await Sandbox.create(['scripts', 'models'], basics);
      const copies = sandbox.path('copies');
      await cp(models, copies, { recursive: true });
      const labels = join(copies, 'efficientnet-lite0/labels.json');
      const intact = await readFile(labels, 'utf8');
      await writeFile(labels, intact.replace('tabby', 'tebby'));

      const environment = { ...process.env, INFERWAY_MODELS: copies };
      const { code, lines } = await sandbox.run('scripts/build-models.sh', [], environment, 5 * minutes);
      expect(lines.join('\n')).toMatch(/efficientnet-lite0: done/);
      expect(lines.filter((line) => line.includes(': done'))).toHaveLength(1);
      expect(code).toBe(0);
      expect(await readFile(labels, 'utf8')).toBe(intact);
    },
    6 * minutes,
  );
});
