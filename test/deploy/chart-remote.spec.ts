import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { loadWorkerConfig } from '#config';
import { parse, podOf, template } from './chart.js';

const server = 'http://triton:8000';

/** The pods of a pool whose models run elsewhere. */
async function podsOf(pool: object) {
  const pools = [{ name: 'all', settings: { REMOTE_MODELS: `*=${server}` }, ...pool }];
  const manifests = parse(await template({ secrets: { existingSecret: 'mine' }, pools }));
  return manifests.filter(({ kind }) => kind === 'Deployment').flatMap((each) => podOf(each) ?? []);
}

describe('a pool whose models run on a server elsewhere', () => {
  it('reads the headers of its server from the Secret that it names, and its gateway does not', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'inferway-remote-'));
    const files = {
      'database-url': 'postgresql://db/inferway',
      'redis-url': 'redis://queue:6379',
      'seal-key': Buffer.alloc(32, 1).toString('base64'),
      headers: `${server} Authorization: Bearer abc\n`,
    };
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    const pods = await podsOf({ remoteHeaders: { existingSecret: 'triton', key: 'ours' } });
    const readers = pods.flatMap(({ volumes = [], containers }) =>
      volumes.some(({ name }) => name === 'remote-headers') ? containers : [],
    );
    expect(readers.map(({ name }) => name)).toEqual(['worker']);
    const env = Object.fromEntries(
      (readers[0]?.env ?? []).map(({ name, value = '' }) => [
        name,
        value.replace(/^\/run\/secrets\/(inferway|remote)/, folder),
      ]),
    );
    expect(loadWorkerConfig(env).engines.remote.headers).toEqual([
      { server, name: 'authorization', value: 'Bearer abc' },
    ]);
    await rm(folder, { recursive: true });
  });

  it('needs no memory for engines, of which it has none', async () => {
    const resources = { limits: { cpu: '8', memory: '512Mi' } };
    expect(await podsOf({ resources })).toHaveLength(2);
    const mixed = { REMOTE_MODELS: `minilm-l6=${server}` };
    await expect(podsOf({ resources, settings: mixed })).rejects.toThrow('engines of 700 MB');
  });
});
