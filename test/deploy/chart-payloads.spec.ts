import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { loadGatewayConfig, loadWorkerConfig } from '#config';
import { parse, podOf, template } from './chart.js';

const programs = ['gateway', 'worker'];

describe('a bucket in the values', () => {
  /** The environment of both programs, their files in a folder of this machine. */
  async function environments(s3: object, folder: string): Promise<Map<string, Record<string, string>>> {
    const manifests = parse(await template({ secrets: { existingSecret: 'mine' }, payloads: { s3 } }));
    const containers = manifests
      .filter(({ kind }) => kind === 'Deployment')
      .flatMap((each) => podOf(each)?.containers ?? []);
    for (const file of ['database-url', 'redis-url', 'seal-key', 'access-key-id', 'secret-access-key'])
      writeFileSync(join(folder, file), contents[file] ?? '');
    const here = (value: string) => value.replace(/^\/run\/secrets\/(inferway|payloads)/, folder);
    return new Map(
      containers.map(({ name, env }) => [
        name,
        Object.fromEntries(env.map((each) => [each.name, here(each.value ?? '')])),
      ]),
    );
  }
  const contents: Record<string, string> = {
    'database-url': 'postgresql://db/inferway',
    'redis-url': 'redis://queue:6379',
    'seal-key': Buffer.alloc(32, 1).toString('base64'),
    'access-key-id': 'AKIA',
    'secret-access-key': 'secret',
  };

  async function read(s3: object): Promise<unknown[]> {
    const folder = mkdtempSync(join(tmpdir(), 'inferway-payloads-'));
    try {
      const found = await environments(s3, folder);
      const loaded = { gateway: loadGatewayConfig, worker: loadWorkerConfig };
      expect([...found.keys()].sort()).toEqual(programs);
      return Object.entries(loaded).map(([name, load]) => load(found.get(name)).cluster.payloadBucket);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  it('is what gateway and worker read, its credentials from files', async () => {
    const s3 = {
      bucket: 'payloads',
      endpoint: 'http://minio:9000',
      region: 'eu-central-1',
      prefix: 'inferway/production/',
      existingSecret: 'storage',
    };
    const expected = {
      bucket: 'payloads',
      endpoint: 'http://minio:9000',
      region: 'eu-central-1',
      prefix: 'inferway/production/',
      pathStyle: true,
      credentials: { accessKeyId: 'AKIA', secretAccessKey: 'secret' },
    };
    expect(await read(s3)).toEqual([expected, expected]);
  });

  it('of AWS needs its name alone: the pods’ own identity asks for it', async () => {
    const expected = { bucket: 'payloads', region: 'us-east-1', prefix: 'inferway/', pathStyle: false };
    expect(await read({ bucket: 'payloads' })).toEqual([expected, expected]);
  });

  it('is left out where there is none', async () => {
    expect(await read({})).toEqual([undefined, undefined]);
  });
});
