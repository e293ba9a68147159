import { expect, it } from '@jest/globals';
import { systemClock } from '#kernel';
import { modelsDirectory } from '#testing';
import { ModelRepository } from '../models/model-repository.js';
import type { EngineListener } from './engine-link.js';
import { EnginePool } from './engine-pool.js';
import { engineHosts } from './engine-process.js';
import type { PoolListener } from './engine-slot.js';
import { boundRows } from './served-models.js';

const deaf: PoolListener = {
  onReady: () => undefined,
  onReport: () => undefined,
  onDropped: () => undefined,
  onLost: () => undefined,
  onNotStarted: () => undefined,
  onCopyLost: () => undefined,
  onReplaced: () => undefined,
};
const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

it('keeps nothing of a pool that is closed at the moment when its last host gets ready', async () => {
  const models = await ModelRepository.open(modelsDirectory('cell-nuclei'), { only: ['cell-nuclei'] });
  const openHost = engineHosts({ variant: 'cpu', startTimeoutMs: 60_000 });
  const before = timers();
  let closed: Promise<void> | undefined;
  const open = (listener: EngineListener) => {
    const link = openHost(
      models.list().map((model) => boundRows(model)),
      listener,
    );
    // Heard before the pool hears of it.
    void link.ready.then(() => {
      closed = pool.close(1_000);
    });
    return link;
  };
  const pool = new EnginePool({ hosts: 1, open, maxRssBytes: 1e9 }, systemClock, deaf);
  await expect(pool.start()).rejects.toThrow('stopped');
  await closed;
  expect(pool.engines).toEqual([]);
  expect(timers()).toBe(before);
}, 60_000);
