import { execFile, spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { migrate, openDatabase } from '#persistence';
import { Inferway } from '#sdk';
import { ClusterProcess, ServerProcess } from '#testing';

/** False in an archive and a shallow clone: the tests are then skipped, and counted as skipped. */
const hasPrevious = spawnSync('git', ['rev-parse', '--verify', 'HEAD^']).status === 0;
const timeoutMs = 400_000;

type Version = 'previous' | 'current';
const versions = ['previous', 'current'] as const;
const pairs = versions.flatMap((gateway) => versions.map((worker) => ({ gateway, worker })));

/** Each version's workers have tasks of their own, so that who answers does not depend on who is faster. */
const served = { previous: 'translate-*,efficientnet-*', current: 'minilm-*,qa-*,nanodet-*' };
const texts = ['The cat sleeps on the sofa.', 'Good morning.'];

async function buildPrevious(): Promise<string> {
  const { stdout } = await promisify(execFile)('scripts/build-previous.sh');
  return stdout.trim();
}

/** Setting by which the code that a build's programs have compiled is kept in its folder, and goes with it. */
const compiledIn = (build: string) => ({ NODE_COMPILE_CACHE: join(build, '.cache', 'compiled') });

/** As `inferway migrate` of this version leaves it, and then that of a newer one which only added to it. */
async function upgrade(databaseUrl: string): Promise<void> {
  const database = await openDatabase({ url: databaseUrl });
  await migrate(database);
  await database.transactSql((session) =>
    session.script(`
      INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name)
      VALUES ('newer', '', now(), '29990101000000_expand_newer')`),
  );
  await database.close();
}

(hasPrevious ? describe : describe.skip)('two versions over one queue and one database', () => {
  let cluster: ClusterProcess;
  let gateways: Record<Version, Inferway>;

  beforeAll(async () => {
    const previous = await buildPrevious();
    cluster = await ClusterProcess.start(
      { gateways: 1, workers: 1 },
      { WORKER_MODELS: served.previous, ...compiledIn(previous) },
      previous,
    );
    const { databaseUrl, urls, apiKey } = cluster.description;
    await upgrade(databaseUrl);
    const [url] = await Promise.all([
      cluster.add('gateway', {}),
      cluster.add('worker', { WORKER_MODELS: served.current }),
    ]);
    gateways = {
      previous: new Inferway({ baseUrl: urls[0] ?? '', apiKey }),
      current: new Inferway({ baseUrl: url, apiKey }),
    };
    for (const gateway of versions)
      await cluster.until(`the ${gateway} gateway knows both workers`, async () => {
        const { models } = await gateways[gateway].models();
        return ['translate', 'embed'].every((task) => models.some((model) => model.task === task));
      });
  }, timeoutMs);
  afterAll(() => cluster.stop(), timeoutMs);

  /** What only the workers of a version can answer. */
  const answers: Record<Version, (client: Inferway, image: Buffer) => Promise<object>> = {
    previous: async (client, image) => ({
      ...(await client.translate({ text: texts, source: 'en', target: 'pt' })),
      ...(await client.classifyImage({ image })),
    }),
    current: async (client, image) => ({
      ...(await client.embed({ text: texts })),
      ...(await client.answer({ question: 'Who sleeps?', context: texts[0] ?? '' })),
      ...(await client.detectObjects({ image })),
    }),
  };
  const expected: Record<Version, object> = {
    previous: { translations: [{ text: expect.any(String) }, {}], labels: expect.any(Array) },
    current: {
      embeddings: [expect.any(Array), expect.any(Array)],
      answers: [{ text: expect.stringContaining('cat') }],
      detections: expect.arrayContaining([expect.objectContaining({ label: 'cat' })]),
    },
  };

  it.each(pairs)('a worker of the $worker version answers a gateway of the $gateway one', async (pair) => {
    const image = await readFile('test/assets/cat.jpg');
    const reply = await answers[pair.worker](gateways[pair.gateway], image);
    expect(reply).toMatchObject(expected[pair.worker]);
  });

  it.each(versions)(
    'a reply of the %s version is given again by the other, and metered once',
    async (version) => {
      const other = version === 'previous' ? 'current' : 'previous';
      const before = await translated('current');
      const options = { idempotencyKey: `of-${version}` };
      const request = { text: texts, source: 'en', target: 'pt' };
      const reply = await gateways[version].translate(request, options);
      const again = await gateways[other].translate(request, options);
      expect(again.requestId).toBe(reply.requestId);
      expect(again.translations).toEqual(reply.translations);
      const amount = texts.join('').length;
      expect(await Promise.all(versions.map(translated))).toEqual([before + amount, before + amount]);
    },
  );

  it.each(versions)(
    'a job sent to the %s version ends, whoever works on it, as both tell',
    async (version) => {
      for (const task of ['translate', 'embed']) {
        const inputs = Array.from({ length: 40 }, (_, i) => ({
          text: `Sentence ${i}.`,
          ...(task === 'translate' && { source: 'en', target: 'pt' }),
        }));
        const { id } = await gateways[version].submitJob({ task, inputs });
        for (const teller of versions) {
          await cluster.until(`the ${teller} version says that the job has ended`, async () => {
            const { status } = await gateways[teller].job({ id });
            return status === 'succeeded';
          });
          expect(await gateways[teller].job({ id })).toMatchObject({
            progress: { total: 40, succeeded: 40 },
          });
        }
        const pages = await Promise.all(
          versions.map((teller) => gateways[teller].jobResults({ id, limit: 40 })),
        );
        expect(pages[0]?.results).toHaveLength(40);
        expect(pages[1]?.results).toEqual(pages[0]?.results);
      }
    },
  );

  /** Characters of translations that are in the books, as a gateway of this version reads them. */
  async function translated(version: Version): Promise<number> {
    const { usage } = await gateways[version].usage({ task: 'translate' });
    return usage.reduce((sum, { amount }) => sum + amount, 0);
  }
});

(hasPrevious ? describe : describe.skip)('the folder of one process', () => {
  let server: ServerProcess | undefined;
  afterEach(() => server?.stop(), timeoutMs);

  it(
    'goes from the previous version to this one and back: keys, replies, jobs and usage',
    async () => {
      const builds: Record<Version, string> = { previous: await buildPrevious(), current: '.' };
      const request = { text: texts, source: 'en', target: 'pt' };
      const kept: object[] = [];
      for (const version of ['previous', 'current', 'previous'] as const) {
        const build = builds[version];
        server = await ServerProcess.start(compiledIn(build), server?.home, build);
        const client = new Inferway({ baseUrl: server.url, apiKey: server.apiKey });
        if (kept.length === 0) await doJob(client);
        const { requestId, translations } = await client.translate(request, { idempotencyKey: 'kept' });
        const { usage } = await client.usage({ task: 'translate' });
        const { jobs } = await client.jobs({});
        kept.push({ requestId, translations, usage, jobs });
        // In good order: the journal of this version is empty then, and the previous one does not look into it.
        await server.end('SIGTERM');
      }
      expect(kept[1]).toEqual(kept[0]);
      expect(kept[2]).toEqual(kept[0]);
    },
    timeoutMs,
  );

  async function doJob(client: Inferway): Promise<void> {
    const { id } = await client.submitJob({ task: 'embed', inputs: texts.map((text) => ({ text })) });
    while ((await client.job({ id })).status !== 'succeeded') await sleep(50);
  }
});
