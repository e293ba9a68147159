import { parseArgs } from 'node:util';
import { startRedis } from '#local-servers';
import { connectRedis } from '#redis';
import { provenance } from '../provenance.js';
import { percentile } from '../stats.js';
import { AdmittedRequests } from './admitted-requests.js';
import { floodGateways } from './flood-gateways.js';

/**
 * `npm run bench:admission -- [--pairs 10] [--requests 20000] [--flood 20]`: what it costs to know a key and to hold its
 * tenant to a rate, a concurrency and a quota, with the real stores (PGlite and Redis); and how exactly the four gateways of
 * a cluster together keep a rate.
 *
 * A turn of requests that only wait their turn is held against a turn of requests that are authenticated, admitted, settled
 * and told their headers, in one process and one after the other, with who begins changing; the median of the differences
 * counts. HTTP, contract and queue are in neither, so that their noise is in neither.
 */
const { values } = parseArgs({
  options: {
    pairs: { type: 'string', default: '10' },
    requests: { type: 'string', default: '20000' },
    flood: { type: 'string', default: '20' },
  },
});
const [pairs, requests, seconds] = [Number(values.pairs), Number(values.requests), Number(values.flood)];
const rate = { perSecond: 100, burst: 100 };
const gateways = 4;

const server = await startRedis();
const redis = connectRedis(server.url);
await redis.connect();
const subject = await AdmittedRequests.open(redis);

/** CPU of a turn, milliseconds a request. */
async function costMs(turn: (count: number) => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await turn(requests);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000 / requests;
}

const turns = {
  nothing: (count: number) => subject.nothing(count),
  unlimited: (count: number) => subject.unlimited(count),
  memory: (count: number) => subject.inMemory(count),
  redis: (count: number) => subject.inRedis(count),
};
type Turn = keyof typeof turns;
const order: readonly Turn[] = ['nothing', 'unlimited', 'memory', 'redis'];
for (const turn of order) await turns[turn](requests);
const rounds: Record<Turn, number>[] = [];
for (let round = 0; round < pairs; round++) {
  const costs = { nothing: 0, unlimited: 0, memory: 0, redis: 0 };
  for (let i = 0; i < order.length; i++) {
    const turn = order[(round + i) % order.length] ?? 'nothing';
    costs[turn] = await costMs(turns[turn]);
  }
  rounds.push(costs);
}
await subject.close();

const added = (turn: Turn) => {
  const differences = rounds.map((costs) => costs[turn] - costs.nothing);
  const [median, low, high] = [0.5, 0, 1].map((p) => percentile(differences, p).toFixed(4));
  return `${median ?? ''} ms CPU a request (${low ?? ''} to ${high ?? ''})\n`;
};
const { commit, machine, node } = provenance();
process.stdout.write(
  `${machine}, Node ${node}, commit ${commit}; ${pairs} interleaved rounds of ${requests} requests, median (least to most)\n` +
    `key, no limits:                             ${added('unlimited')}` +
    `key, rate, concurrency, quota, in memory:   ${added('memory')}` +
    `key, rate, concurrency, quota, in Redis:    ${added('redis')}`,
);

redis.disconnect();
await server.stop();

const { accepted, asked, seconds: took } = await floodGateways({ gateways, seconds, rate });
const due = rate.burst + rate.perSecond * took;
const off = (100 * (accepted - due)) / due;
process.stdout.write(
  `${gateways} gateways, ${rate.perSecond} items a second, burst ${rate.burst}, ${took.toFixed(2)} s, ${asked} asked: ` +
    `${accepted} admitted of ${due.toFixed(0)} due, ${off.toFixed(2)} %\n`,
);
