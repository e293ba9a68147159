import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import pg from 'pg';
import { z } from 'zod';
import { jobResults, jobView } from '#contracts';
import { ClusterProcess, OtlpReceiver } from '#testing';
import { dumpDatabase, dumpRedis, findSecrets, readAppendOnlyFiles, runOf, type Kept } from './kept-data.js';

const startTimeoutMs = 240_000;
const cli = join('dist', 'apps', 'inferway', 'src', 'main.js');
const canary = 'Quizzical canaries whisper of Zanzibar 7Q9XK2 at midnight.';
const jobCanary = 'Forty-one canaries hide a ledger 5VT8RW under the bridge.';
const hookCanary = 'hook-canary-3HJ6ZP-token';
const translated = z.object({ requestId: z.string(), translations: z.array(z.object({ text: z.string() })) });
const resultText = z.object({ translations: z.array(z.object({ text: z.string() })) });

/** What lies where, by name, so that an assertion says where a secret was found. */
const named = (place: string, text: string): Kept => new Map([[place, Buffer.from(text)]]);
const merged = (...kept: Kept[]): Kept => new Map(kept.flatMap((each) => [...each]));

describe('a canary that goes through a cluster', () => {
  let cluster: ClusterProcess;
  let traces: OtlpReceiver;
  let redis: Redis;
  let url: string;
  let settings: Record<string, string>;
  const receiver = createServer((asked, response) => {
    asked.resume();
    response.writeHead(500).end();
  });
  let hook: string;
  /** Redis as it was while work was under way, and at its end. */
  const seenInRedis: Kept = new Map();
  let secrets: Record<string, string | Buffer>;
  let jobId: string;
  let requestId: string;

  beforeAll(async () => {
    receiver.listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    const address = receiver.address();
    hook = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/hook?token=${hookCanary}`;
    traces = await OtlpReceiver.start();
    cluster = await ClusterProcess.start({ gateways: 1, workers: 0 });
    // What it writes cannot be read: all work is to go through the processes whose logs can.
    for (const pid of cluster.pids('gateway')) process.kill(pid, 'SIGSTOP');
    settings = { ...traces.settings, LOG_LEVEL: 'debug', WEBHOOK_TRUSTED_HOSTS: '127.0.0.1' };
    await cluster.add('worker', {
      ...settings,
      WORKER_MODELS: 'translate-*,efficientnet-*',
      ENGINE_HOSTS: '1',
    });
    url = await cluster.add('gateway', settings);
    redis = new Redis(cluster.description.redisUrl);
    await goThrough();
  }, startTimeoutMs);
  afterAll(async () => {
    redis.disconnect();
    for (const pid of cluster.pids('gateway')) process.kill(pid, 'SIGCONT');
    await cluster.stop();
    await traces.stop();
    receiver.closeAllConnections();
    receiver.close();
  }, 60_000);

  const ask = async (
    path: string,
    init: RequestInit = {},
    headers: Record<string, string> = {},
  ): Promise<unknown> => {
    const reply = await fetch(url + path, {
      ...init,
      headers: {
        authorization: `Bearer ${cluster.description.apiKey}`,
        'content-type': 'application/json',
        ...headers,
      },
      signal: AbortSignal.timeout(60_000),
    });
    if (!reply.ok) throw new Error(await reply.text());
    return reply.json();
  };

  async function goThrough(): Promise<void> {
    const watching = new AbortController();
    const watched = watchRedis(watching.signal);
    const body = JSON.stringify({ text: canary, source: 'en', target: 'pt' });
    const answer = translated.parse(
      await ask('/v1/translate', { method: 'POST', body }, { 'idempotency-key': 'canary' }),
    );
    requestId = answer.requestId;
    const photo = await readFile(join('test', 'assets', 'cat.jpg'));
    const image = JSON.stringify({ image: photo.toString('base64') });
    await ask('/v1/images/classify', { method: 'POST', body: image }, { 'idempotency-key': 'photo' });
    const results: string[] = [];
    // One receiver refuses, one is not there: both leave a trace of the attempt.
    for (const webhook of [hook, `http://127.0.0.1:1/hook?token=${hookCanary}`]) {
      const inputs = Array.from({ length: 3 }, () => ({ text: jobCanary, source: 'en', target: 'pt' }));
      const job = { task: 'translate', inputs, webhook };
      jobId = z
        .object({ id: z.string() })
        .parse(await ask('/v1/jobs', { method: 'POST', body: JSON.stringify(job) })).id;
      await cluster.until(
        'the job is done',
        async () => jobView.parse(await ask(`/v1/jobs/${jobId}`)).status === 'succeeded',
      );
      const page = jobResults.parse(await ask(`/v1/jobs/${jobId}/results`));
      for (const { output } of page.results)
        results.push(resultText.parse(output).translations[0]?.text ?? '');
    }
    // Refusals tell what was wrong with an input, and a wrong key is looked at too.
    await expect(
      ask('/v1/translate', { method: 'POST', body: JSON.stringify({ text: canary, target: canary }) }),
    ).rejects.toThrow();
    await expect(ask('/v1/translate', { method: 'POST', body: `{"${canary}` })).rejects.toThrow();
    await cluster.until('webhooks were tried', async () => (await attempts()) >= 2);
    watching.abort();
    await watched;
    secrets = {
      'the text': canary,
      'the answer': answer.translations[0]?.text ?? '',
      'the input of a job': jobCanary,
      'the result of a job': results[0] ?? '',
      "the webhook's query": hookCanary,
      'a photo': runOf(photo),
      "the key's secret": cluster.description.apiKey.split('_').slice(3).join('_'),
    };
    for (const [what, secret] of Object.entries(secrets))
      expect([what, secret.length >= 20]).toEqual([what, true]);
  }

  const attempts = async () => {
    const list = z.object({ deliveries: z.array(z.object({ attempts: z.number() })) });
    const { deliveries } = list.parse(await ask('/v1/webhooks/deliveries'));
    return deliveries.filter((each) => each.attempts > 0).length;
  };

  /** Payloads live in Redis for a moment only. */
  async function watchRedis(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      for (const [place, bytes] of await dumpRedis(redis))
        seenInRedis.set(place, Buffer.concat([seenInRedis.get(place) ?? Buffer.alloc(0), bytes]));
      await sleep(20);
    }
  }

  it('is nowhere in clear in the database', async () => {
    const database = await dumpDatabase(cluster.description.databaseUrl);
    expect(String(database.get('table usage_rows'))).toContain(requestId);
    for (const table of ['job_chunks', 'idempotent_replies', 'webhook_deliveries'])
      expect([table, database.get(`bytes of table ${table}`)?.length]).not.toEqual([table, 0]);
    expect(findSecrets(database, secrets)).toEqual([]);
  });

  it('is nowhere in clear in Redis, neither while it is worked on nor in what its files remember', async () => {
    const files = await readAppendOnlyFiles(redis);
    // It did pass through here.
    expect([...files.values()].some((bytes) => bytes.includes(requestId))).toBe(true);
    expect(findSecrets(merged(files, seenInRedis), secrets)).toEqual([]);
  });

  it('is in no line of the logs at debug level, no span and no metric', async () => {
    await traces.until('the request', () => traces.named('POST /v1/jobs').length > 0);
    const spans = JSON.stringify(traces.spans, (_, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    );
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(cluster.output).toContain(requestId);
    const told = merged(
      named('the logs', cluster.output),
      named('a span', spans),
      named('the metrics', metrics),
    );
    expect(findSecrets(told, secrets)).toEqual([]);
  });

  it('would be found in any of these forms', () => {
    const inBase64 = ['', 'x', 'xy'].map((before) => Buffer.from(before + canary).toString('base64'));
    for (const form of [canary, Buffer.from(canary).toString('hex'), ...inBase64])
      expect(findSecrets(named('somewhere', `before ${form} after`), { canary })).toHaveLength(1);
  });

  it('is gone, sealed rows and all, when the retention of its jobs is over and its tenant is deleted', async () => {
    const { databaseUrl, tenantId } = cluster.description;
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    const left = async (table: string) =>
      Number((await client.query<{ count: string }>(`SELECT count(*) FROM ${table}`)).rows[0]?.count);
    for (const table of ['jobs', 'idempotent_replies'])
      await client.query(`UPDATE ${table} SET expires_at = now() - interval '1 second'`);
    // Every gateway sweeps once a minute, and first when it starts: nobody waits for the minute to be over.
    await cluster.add('gateway', settings);
    await cluster.until('its inputs and results are gone', async () => (await left('job_chunks')) === 0);
    await cluster.until('its replies are gone', async () => (await left('idempotent_replies')) === 0);
    const env = {
      ...process.env,
      INFERWAY_HOME: join(cluster.home, 'cli'),
      DATABASE_URL: databaseUrl,
      NODE_OPTIONS: '',
    };
    for (const action of ['suspend', 'delete'])
      await promisify(execFile)(process.execPath, [cli, 'tenants', action, tenantId], { env });
    for (const table of ['jobs', 'webhook_deliveries', 'webhook_secrets'])
      expect([table, await left(table)]).toEqual([table, 0]);
    await client.end();
  }, 150_000);
});
