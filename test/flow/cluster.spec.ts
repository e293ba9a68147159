import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { Inferway } from '#sdk';
import { ClusterProcess, makeCatVideo } from '#testing';
import { describeCases } from '../api/describe-cases.js';
import { makeTargetKeys } from '../api/target-keys.js';

const run = promisify(execFile);
const main = (program: string) => join('dist', 'apps', program, 'src', 'main.js');
const createdKey = z.object({ text: z.string() });
const jobState = z.object({
  status: z.string(),
  progress: z.object({ total: z.number(), succeeded: z.number(), failed: z.number() }),
});
const startTimeoutMs = 180_000;

describe('a cluster of one gateway and two workers', () => {
  let cluster: ClusterProcess;
  let keys: Awaited<ReturnType<typeof makeTargetKeys>>;

  beforeAll(async () => {
    cluster = await ClusterProcess.start({ gateways: 1, workers: 2, ownServers: true });
    const { urls, tenantId } = cluster.description;
    const admin = createdKey.parse(JSON.parse(await cli('keys', 'create', tenantId, '--admin', '--json')));
    keys = await makeTargetKeys(urls[0] ?? '', admin.text);
  }, startTimeoutMs);
  afterAll(() => cluster.stop(), startTimeoutMs);

  /** The command line on the cluster's database, from a folder of its own. */
  async function cli(...args: string[]): Promise<string> {
    const home = join(cluster.home, 'cli');
    const env = { ...process.env, INFERWAY_HOME: home, DATABASE_URL: cluster.description.databaseUrl };
    return (await run(process.execPath, [main('inferway'), ...args], { env: { ...env, NODE_OPTIONS: '' } }))
      .stdout;
  }

  describeCases(() => {
    const { urls, apiKey } = cluster.description;
    return { url: urls[0] ?? '', key: apiKey, keys };
  });

  it('lists the models of its workers, each once', async () => {
    const { urls, apiKey } = cluster.description;
    const response = await fetch(`${urls[0] ?? ''}/v1/models`, {
      headers: { authorization: `Bearer ${apiKey}` },
    });
    const { models } = z
      .object({ models: z.array(z.object({ model: z.string() })) })
      .parse(await response.json());
    expect(new Set(models.map(({ model }) => model)).size).toBe(models.length);
    expect(models.length).toBeGreaterThanOrEqual(5);
  });

  it('runs an asynchronous job over its workers, each input answered and billed once', async () => {
    const { urls, apiKey } = cluster.description;
    const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
    const inputs = Array.from({ length: 200 }, (_, i) => ({ text: `Sentence ${i} is short.`, target: 'pt' }));
    const submitted = await fetch(`${urls[0] ?? ''}/v1/jobs`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ task: 'translate', inputs }),
    });
    expect(submitted.status).toBe(202);
    const { id } = z.object({ id: z.string() }).parse(await submitted.json());
    await cluster.until('the job is done', async () => {
      const found = await (await fetch(`${urls[0] ?? ''}/v1/jobs/${id}`, { headers })).json();
      return jobState.parse(found).status === 'succeeded';
    });
    const found = jobState.parse(await (await fetch(`${urls[0] ?? ''}/v1/jobs/${id}`, { headers })).json());
    expect(found.progress).toMatchObject({ total: 200, succeeded: 200, failed: 0 });
  }, 90_000);

  it('reads a video at the gateway, and has its workers look at the frames', async () => {
    const { urls, apiKey } = cluster.description;
    const client = new Inferway({ baseUrl: urls[0] ?? '', apiKey });
    const { id } = await client.submitVideo({ file: await makeCatVideo(join(cluster.home, 'cat.mp4')) });
    const video = () => client.video({ id });
    await cluster.until('every frame was looked at', async () => (await video()).status === 'succeeded');
    const { progress, counts } = await video();
    expect(progress).toEqual({ total: 50, succeeded: 50, failed: 0 });
    expect(counts).toEqual([{ label: 'cat', tracks: 1, mostAtOnce: 1 }]);
  }, 90_000);

  it.each([
    ['maxmemory-policy', 'allkeys-lru', 'noeviction'],
    ['appendonly', 'no', 'yes'],
  ])(
    'does not start on a Redis with %s %s: exit code 78, naming the setting',
    async (setting, bad, good) => {
      const { databaseUrl, redisUrl } = cluster.description;
      const redis = new Redis(redisUrl);
      try {
        await redis.config('SET', setting, bad);
        const sealKey = Buffer.alloc(32).toString('base64');
        const settings = { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, SEAL_KEY: sealKey, PORT: '0' };
        const env = { ...process.env, ...settings, NODE_OPTIONS: '' };
        for (const program of ['gateway', 'worker'])
          await expect(run(process.execPath, [main(program)], { env })).rejects.toMatchObject({
            code: 78,
            stderr: expect.stringContaining(`REDIS_URL: ${setting} is ${bad}`),
          });
      } finally {
        await redis.config('SET', setting, good);
        redis.disconnect();
      }
    },
    60_000,
  );

  it('says which port is in use, with exit code 69', async () => {
    const { databaseUrl, redisUrl, urls } = cluster.description;
    const { port } = new URL(urls[0] ?? '');
    const sealKey = (await readFile(join(cluster.home, 'seal.key'))).toString('base64');
    const settings = { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, SEAL_KEY: sealKey, PORT: port };
    const env = { ...process.env, ...settings, NODE_OPTIONS: '' };
    await expect(run(process.execPath, [main('gateway')], { env })).rejects.toMatchObject({
      code: 69,
      stderr: expect.stringContaining(`Port ${port} on`),
    });
  }, 60_000);

  it('stops at ctrl-C in its order: what is under way is answered, and no process stays', async () => {
    const { urls, apiKey, redisUrl, processes } = cluster.description;
    const redis = new Redis(redisUrl);
    const text = Array.from({ length: 128 }, (_, i) => `Number ${i} of many sentences is under way.`);
    const asked = fetch(`${urls[0] ?? ''}/v1/translate`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ text, source: 'en', target: 'pt' }),
    });
    const entries = () => redis.keys('inferway:{translate}:entry:*');
    await cluster.until('the work is under way', async () => (await entries()).length > 0);
    redis.disconnect();
    expect(await cluster.interrupt()).toBe(0);
    expect((await asked).status).toBe(200);
    expect(processes.filter(({ pid }) => isAlive(pid))).toEqual([]);
  }, 60_000);
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
