import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { askInPeace, ClusterProcess, type AnswersInPeace } from '#testing';
import { ClusterUnderLoad } from './cluster-under-load.js';

const testTimeoutMs = 180_000;

/** Two gateways and two workers under load, clients as the documentation asks them to be. */
describe('a cluster whose processes are killed', () => {
  let cluster: ClusterProcess;
  let inPeace: AnswersInPeace;
  let subject: ClusterUnderLoad;

  beforeAll(async () => {
    cluster = await ClusterProcess.start(
      { gateways: 2, workers: 2, ownServers: true },
      { WORKER_MODELS: 'translate-*' },
    );
    inPeace = await askInPeace(cluster);
  }, testTimeoutMs);
  afterAll(() => cluster.stop(), testTimeoutMs);
  beforeEach(async () => {
    subject = await ClusterUnderLoad.start(cluster, inPeace);
  }, testTimeoutMs);
  afterEach(() => subject.load.stop(), testTimeoutMs);

  it(
    'kill -9 of a worker: its jobs start again on another',
    async () => {
      const [worker = 0] = cluster.pids('worker');
      await cluster.replace([worker], 'SIGKILL');
      const { retried } = await subject.expectNothingLost('worker killed');
      expect(retried).toEqual({});
    },
    testTimeoutMs,
  );

  it(
    'kill -9 of an engine host: its rows run again',
    async () => {
      const [worker = 0] = cluster.pids('worker');
      const [host] = childrenOf(worker);
      if (host === undefined) throw new Error('the worker has no engine host');
      process.kill(host, 'SIGKILL');
      const { retried } = await subject.expectNothingLost('engine host killed');
      expect(retried).toEqual({});
    },
    testTimeoutMs,
  );

  it(
    'kill -9 of a gateway: clients ask another under the same key and are billed once',
    async () => {
      const [gateway = 0] = cluster.pids('gateway');
      await cluster.replace([gateway], 'SIGKILL');
      await subject.expectNothingLost('gateway killed');
    },
    testTimeoutMs,
  );

  it.each(['redis', 'postgres'] as const)(
    'kill -9 of the %s that it started: it is started again with what it had written',
    async (role) => {
      await cluster.replace(cluster.pids(role), 'SIGKILL');
      await subject.expectNothingLost(`${role} killed`);
    },
    testTimeoutMs,
  );

  it(
    'SIGTERM of one process after the other, as a rolling restart sends it',
    async () => {
      for (const role of ['worker', 'gateway'] as const)
        for (const pid of cluster.pids(role)) await cluster.replace([pid], 'SIGTERM');
      await subject.expectNothingLost('all restarted');
    },
    testTimeoutMs,
  );
});

function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => parentOf(name) === parent)
    .map(Number);
}

function parentOf(pid: string): number | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
}
