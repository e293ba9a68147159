import { setTimeout as sleep } from 'node:timers/promises';
import { startRedis } from '#local-servers';
import { SleepingCluster } from '../cluster/sleeping-cluster.js';
import { poissonArrivals } from '../http/arrivals.js';
import { seeded } from '../random.js';
import { percentile } from '../stats.js';
import { startOfRace } from './race.js';
import { VirtualCluster } from './virtual-cluster.js';
import { VirtualTime } from './virtual-time.js';

const sleepMs = 50;
const workers = 4;
const loads = [0.5, 0.7, 0.85];
/** Long enough that chance moves a p95 by less than what is allowed: at 85 % a burst is felt for seconds. */
const seconds = 70;
/** Which worker is back in line first is chance: the simulator tries it so often. */
const tries = 20;
const lonely = 40;
/** Jobs one after another, and the rest after each: all are back in line before the next. */
const race = { jobs: 400, restMs: 10 };
/** Workers learn what a job takes before anything is counted, in both. */
const warmUp = { jobs: 400, gapMs: 100 };
/** What the simulator is allowed to be off. */
const allowed = 0.1;

interface Figures {
  perSecond: number;
  p95Ms: number;
}

export interface Comparison {
  load: string;
  real: Figures;
  simulated: Figures;
  /** As in the calibration, of the real jobs: the race again, under load. */
  again: number;
}

/** All that the simulator is told of this machine. */
interface Calibration {
  /** What one worker takes for a job. */
  serviceMs: number;
  /** A job's way through Redis. */
  wayMs: number;
  /** Of jobs one by one, how many go to the worker that had the one before the last: who is back in line first. */
  again: number;
}

/**
 * Four workers with timed engines through the real queue and Redis, beside the simulator on the same moments of arrival.
 * The simulator knows what one worker does alone and who of four is back in line first while there is one job at a time;
 * it has to find what four do under load.
 */
export async function validate(): Promise<{ calibration: Calibration; comparisons: Comparison[] }> {
  const redis = await startRedis();
  try {
    const alone = await measureAlone(redis.url);
    const cluster = await SleepingCluster.start(redis.url, { workers, sleepMs });
    const calibration = { ...alone, again: await measureRace(cluster) };
    const comparisons: Comparison[] = [];
    await cluster.throughput(4 * workers, 3);
    for (const load of loads) {
      const perSecond = (load * workers * 1_000) / calibration.serviceMs;
      const moments = poissonArrivals(perSecond, seconds);
      const { real, again } = await askAt(cluster, moments);
      const simulated = simulateOften(moments, calibration);
      comparisons.push({ load: `${100 * load} %`, real, simulated, again });
    }
    await cluster.stop();
    return { calibration, comparisons };
  } finally {
    await redis.stop();
  }
}

/** The relative error of what is worse, throughput or p95. */
export function errorOf({ real, simulated }: Comparison): number {
  return Math.max(
    Math.abs(simulated.perSecond / real.perSecond - 1),
    Math.abs(simulated.p95Ms / real.p95Ms - 1),
  );
}

export function isWithin(comparison: Comparison): boolean {
  return errorOf(comparison) <= allowed;
}

async function measureAlone(redisUrl: string): Promise<Omit<Calibration, 'again'>> {
  const cluster = await SleepingCluster.start(redisUrl, { workers: 1, sleepMs });
  const serviceMs = 1_000 / (await cluster.throughput(8, 5));
  const alone: number[] = [];
  for (let job = 0; job < lonely; job++) {
    const at = performance.now();
    await cluster.ask();
    alone.push(performance.now() - at);
  }
  await cluster.stop();
  return { serviceMs, wayMs: Math.max(0, percentile(alone, 0.5) - serviceMs) };
}

async function measureRace(cluster: SleepingCluster): Promise<number> {
  const had: number[] = [];
  for (let job = 0; job < race.jobs; job++) {
    had.push(await cluster.ask());
    await sleep(race.restMs);
  }
  return shareAgain(had);
}

async function askAt(
  cluster: SleepingCluster,
  moments: readonly number[],
): Promise<{ real: Figures; again: number }> {
  const startedAt = performance.now();
  const calls: Promise<{ worker: number; latencyMs: number }>[] = [];
  for (const dueMs of moments) {
    const aheadMs = startedAt + dueMs - performance.now();
    if (aheadMs > 1) await sleep(aheadMs);
    calls.push(
      cluster.ask().then((worker) => ({ worker, latencyMs: performance.now() - startedAt - dueMs })),
    );
  }
  const answers = await Promise.all(calls);
  const latencies = answers.map(({ latencyMs }) => latencyMs);
  return {
    real: figures(latencies, performance.now() - startedAt),
    again: shareAgain(answers.map(({ worker }) => worker)),
  };
}

/** Of jobs in the order in which they were asked for, how many a worker had that had the one half a line before. */
function shareAgain(had: readonly number[]): number {
  const before = workers / 2;
  return had.filter((worker, i) => worker === had[i - before]).length / (had.length - before);
}

function simulateOften(moments: readonly number[], calibration: Calibration): Figures {
  const all = Array.from({ length: tries }, (_, seed) => simulate(moments, calibration, seed));
  const median = (key: keyof Figures) =>
    percentile(
      all.map((each) => each[key]),
      0.5,
    );
  return { perSecond: median('perSecond'), p95Ms: median('p95Ms') };
}

/** The same moments on a virtual clock, after a warm-up. */
function simulate(
  moments: readonly number[],
  { serviceMs, wayMs, again }: Calibration,
  seed: number,
): Figures {
  const time = new VirtualTime();
  const latencies: number[] = [];
  const startMs = (warmUp.jobs + 10) * warmUp.gapMs;
  let lastMs = 0;
  const cluster = new VirtualCluster({
    time,
    curves: [
      { task: 'sleep', model: 'sleep', maxRows: 1, runs: [{ rows: 1, ms: serviceMs }], servingMsPerRow: 0 },
    ],
    enginesPerPod: 1,
    maxBacklogMsPerEngine: 1e9,
    deadlineMs: 60_000,
    wayMs,
    startMs: startOfRace(again, wayMs),
    noise: () => 1,
    random: seeded(seed),
    onAnswered({ payload }) {
      if (payload.arrivedAt < startMs) return;
      latencies.push(time.now() - payload.arrivedAt);
      lastMs = time.now() - startMs;
    },
    onLost: () => undefined,
  });
  for (let worker = 0; worker < workers; worker++) cluster.addPod();
  const warming = Array.from({ length: warmUp.jobs }, (_, job) => job * warmUp.gapMs);
  for (const atMs of [...warming, ...moments.map((dueMs) => startMs + dueMs)]) {
    time.run(atMs);
    cluster.submit({ tenantId: 'one', weight: 1, model: 'sleep' });
  }
  time.run(time.now() + 60_000);
  if (latencies.length !== moments.length) throw new Error('the simulator lost a job');
  return figures(latencies, lastMs);
}

/** Throughput counts until the last answer: what stays behind shows in it. */
function figures(latencies: readonly number[], untilMs: number): Figures {
  return { perSecond: (1_000 * latencies.length) / untilMs, p95Ms: percentile(latencies, 0.95) };
}
