import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ClusterProcess, meteredCharacters, SteadyLoad } from '#testing';

const testTimeoutMs = 180_000;

/** Two gateways and two workers under load, clients as the documentation asks them to be. */
describe('a cluster whose processes are killed', () => {
  let cluster: ClusterProcess;
  let load: SteadyLoad;
  let meteredBefore: number;

  beforeAll(async () => {
    cluster = await ClusterProcess.start({ gateways: 2, workers: 2 });
  }, testTimeoutMs);
  afterAll(() => cluster.stop(), testTimeoutMs);
  beforeEach(async () => {
    meteredBefore = await meteredCharacters(cluster);
    load = await SteadyLoad.start(cluster);
    meteredBefore += load.charactersInPeace;
    await load.answered(50);
  }, testTimeoutMs);
  afterEach(() => load.stop(), testTimeoutMs);

  /** Nothing lost, nothing crossed, every answer billed once and nothing else. */
  async function expectNothingLost(name: string): Promise<void> {
    await load.answered(50);
    const { crossed, lost, characters, retried, longestSilenceMs } = await load.stop();
    process.stdout.write(
      `${name}: longest silence ${Math.round(longestSilenceMs)} ms, retried ${JSON.stringify(retried)}\n`,
    );
    expect({ crossed, lost }).toEqual({ crossed: [], lost: [] });
    expect((await meteredCharacters(cluster)) - meteredBefore).toBe(characters);
  }

  it(
    'kill -9 of a worker: its jobs start again on another',
    async () => {
      const [worker = 0] = cluster.pids('worker');
      await cluster.replace([worker], 'SIGKILL');
      await expectNothingLost('worker killed');
      expect(load.report.retried).toEqual({});
    },
    testTimeoutMs,
  );

  it(
    'kill -9 of an engine host: its rows run again',
    async () => {
      const [worker = 0] = cluster.pids('worker');
      const [host = 0] = childrenOf(worker);
      process.kill(host, 'SIGKILL');
      await expectNothingLost('engine host killed');
      expect(load.report.retried).toEqual({});
    },
    testTimeoutMs,
  );

  it(
    'kill -9 of a gateway: clients ask another under the same key and are billed once',
    async () => {
      const [gateway = 0] = cluster.pids('gateway');
      await cluster.replace([gateway], 'SIGKILL');
      await expectNothingLost('gateway killed');
    },
    testTimeoutMs,
  );

  it(
    'SIGTERM of one process after the other, as a rolling restart sends it',
    async () => {
      for (const role of ['worker', 'gateway'] as const)
        for (const pid of cluster.pids(role)) await cluster.replace([pid], 'SIGTERM');
      await expectNothingLost('all restarted');
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
