import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { askInPeace, ClusterProcess, type AnswersInPeace } from '#testing';
import { ClusterUnderLoad } from './cluster-under-load.js';

const testTimeoutMs = 180_000;
const hook = pathToFileURL(resolve('test/failure/cluster/skewed-clock.hook.js')).href;

describe('a cluster in which time goes wrong', () => {
  let cluster: ClusterProcess;
  let inPeace: AnswersInPeace;
  let subject: ClusterUnderLoad;

  beforeAll(async () => {
    cluster = await ClusterProcess.start(
      { gateways: 1, workers: 2 },
      { WORKER_MODELS: 'translate-*,minilm-*' },
    );
    inPeace = await askInPeace(cluster);
  }, testTimeoutMs);
  afterAll(() => cluster.stop(), testTimeoutMs);
  beforeEach(async () => {
    subject = await ClusterUnderLoad.start(cluster, inPeace);
  }, testTimeoutMs);
  afterEach(() => subject.load.stop(), testTimeoutMs);

  it(
    'a worker that stood still, and wakes to find its jobs done by another, sends and bills nothing twice',
    async () => {
      const [worker = 0] = cluster.pids('worker');
      process.kill(worker, 'SIGSTOP');
      await sleep(5_000);
      process.kill(worker, 'SIGCONT');
      await subject.load.answered(100);
      const { retried } = await subject.expectNothingLost('stood still');
      expect(retried).toEqual({});
    },
    testTimeoutMs,
  );

  it(
    'a worker that gets a twentieth of its time holds nobody up: the other takes the work',
    async () => {
      const [worker = 0] = cluster.pids('worker');
      const endsAt = performance.now() + 8_000;
      while (performance.now() < endsAt) {
        process.kill(worker, 'SIGSTOP');
        await sleep(190);
        process.kill(worker, 'SIGCONT');
        await sleep(10);
      }
      const { retried, longestSilenceMs } = await subject.expectNothingLost('slow worker');
      expect(retried).toEqual({});
      expect(longestSilenceMs).toBeLessThan(3_000);
    },
    testTimeoutMs,
  );

  it(
    'a gateway and a worker whose clocks are five minutes off, one fast and one slow, work as the others do',
    async () => {
      const skewed = (skewMs: number) => ({
        NODE_OPTIONS: `--import=${hook}`,
        CLOCK_SKEW_MS: String(skewMs),
      });
      await cluster.add('worker', { ...skewed(300_000), WORKER_MODELS: 'translate-*,minilm-*' });
      const url = await cluster.add('gateway', skewed(-300_000));
      // Only the skewed worker is left to work while the others are replaced.
      const replaced = cluster.replace(cluster.pids('worker'), 'SIGTERM');
      const { apiKey } = cluster.description;
      for (let i = 0; i < 20; i++) {
        const response = await fetch(`${url}/v1/embed`, {
          method: 'POST',
          headers: {
            authorization: `Bearer ${apiKey}`,
            'content-type': 'application/json',
            'x-deadline-ms': '4000',
          },
          body: JSON.stringify({ text: `The clock of number ${i} is wrong.` }),
        });
        expect(response.status).toBe(200);
      }
      await replaced;
      await subject.load.answered(50);
      const { crossed, lost, retried } = await subject.load.stop();
      expect({ crossed, lost, retried }).toEqual({ crossed: [], lost: [], retried: {} });
    },
    testTimeoutMs,
  );
});
