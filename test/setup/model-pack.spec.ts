import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { modelsDirectory } from '#testing';
import { basics, Sandbox } from './sandbox.js';

const models = modelsDirectory('efficientnet-lite0');
const minutes = 60_000;

describe('build-models.sh', () => {
  it('needs no Python where the models are valid', async () => {
    await using sandbox = await Sandbox.create(['scripts', 'models/starter.lock.json'], [...basics, 'node']);
    const outcome = await sandbox.run('scripts/build-models.sh', [], { INFERWAY_MODELS: models });
    expect(outcome).toMatchObject({ code: 0, lines: [] });
  });

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
