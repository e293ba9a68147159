import { parseArgs } from 'node:util';
import { ServerProcess } from '#testing';
import { closedLoop } from '../http/closed-loop.js';
import { processTree } from '../http/process-tree.js';
import { percentile } from '../stats.js';
import { workloads } from '../workloads.js';
import { off, recordingCostUs } from './recording-cost.js';
import { SpanSink } from './span-sink.js';
import { threadTimeUs } from './thread-time.js';

/**
 * `npm run bench:telemetry -- [--task translate] [--pairs 10] [--seconds 4] [--clients 32]`: what telemetry costs of a
 * request's CPU. Turns are interleaved and begin with another variant each round, so that whatever else the machine
 * does meets all alike; the median of the rounds' differences counts.
 *
 * Two processes of one program differ by a few percent for as long as they live, more than is measured here. So spans
 * are counted within one process, by the flag that callers send, and a second server with telemetry off shows how much
 * of the difference between servers is no telemetry at all. On a busy machine even that drowns what is measured; the
 * recording alone, in a process that does nothing else, does not.
 */
const { values } = parseArgs({
  options: {
    task: { type: 'string', default: 'translate' },
    pairs: { type: 'string', default: '10' },
    seconds: { type: 'string', default: '4' },
    clients: { type: 'string', default: '32' },
  },
});
const workload = workloads.find(({ task }) => task === values.task);
if (workload === undefined) throw new Error(`no task ${values.task}`);
const [pairs, seconds, clients] = [Number(values.pairs), Number(values.seconds), Number(values.clients)];
/** Until the compiler has seen every path. */
const warmUpSeconds = 3 * seconds;
const recordings = 40_000;

const sink = await SpanSink.open();

/** CPU a request, in microseconds. Engine hosts run no telemetry: what it costs is the server's own difference. */
interface Cost {
  serverUs: number;
  allUs: number;
}

const on = { OTEL_EXPORTER_OTLP_ENDPOINT: sink.url };
const recordingUs = {
  off: await recordingCostUs(off, recordings),
  metrics: await recordingCostUs({}, recordings),
  all: await recordingCostUs(on, recordings),
};
const servers = {
  off: await ServerProcess.start(off),
  offToo: await ServerProcess.start(off),
  on: await ServerProcess.start(on),
};
const caller = ({ url, apiKey }: ServerProcess, flag: '00' | '01') => ({
  url,
  apiKey,
  headers: { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-${flag}` },
});
const turns = {
  off: () => costOf(servers.off, '01'),
  offToo: () => costOf(servers.offToo, '01'),
  unsampled: () => costOf(servers.on, '00'),
  sampled: () => costOf(servers.on, '01'),
};
type Turn = keyof typeof turns;
const order: readonly Turn[] = ['off', 'unsampled', 'sampled', 'offToo'];

for (const server of Object.values(servers))
  await closedLoop(caller(server, '01'), workload, clients, warmUpSeconds);
const rounds: Record<Turn, Cost>[] = [];
for (let round = 0; round < pairs; round++) {
  const costs: Partial<Record<Turn, Cost>> = {};
  for (let i = 0; i < order.length; i++) {
    const turn = order[(round + i) % order.length] ?? 'off';
    costs[turn] = await turns[turn]();
  }
  const { off: first, offToo, unsampled, sampled } = costs;
  if (first !== undefined && offToo !== undefined && unsampled !== undefined && sampled !== undefined)
    rounds.push({ off: first, offToo, unsampled, sampled });
}
for (const server of Object.values(servers)) await server.stop();
sink.close();

const requestUs = median(rounds.map((costs) => costs.off.allUs));
const added = (from: Turn, to: Turn) => {
  const us = median(rounds.map((costs) => costs[to].serverUs - costs[from].serverUs));
  return told(us);
};
const told = (us: number) => `${us.toFixed(0)} us, ${((100 * us) / requestUs).toFixed(2)} % of a request\n`;
process.stdout.write(
  `${values.task}, ${clients} clients, ${pairs} rounds of ${seconds} s a turn; ${(sink.bytes / 1e6).toFixed(1)} MB exported\n` +
    `a request without telemetry: ${requestUs.toFixed(0)} us CPU, the server's process ${median(rounds.map((costs) => costs.off.serverUs)).toFixed(0)} of them\n` +
    `recording metrics, alone:         ${told(recordingUs.metrics - recordingUs.off)}` +
    `recording all, alone:             ${told(recordingUs.all - recordingUs.off)}` +
    `spans, within one process:        ${added('unsampled', 'sampled')}` +
    `all telemetry, between processes: ${added('off', 'sampled')}` +
    `nothing, between processes:       ${added('off', 'offToo')}`,
);

async function costOf(server: ServerProcess, flag: '00' | '01'): Promise<Cost> {
  if (workload === undefined) throw new Error('no task');
  const hosts = processTree(server.pid).filter((pid) => pid !== server.pid);
  const read = () => [server.pid, ...hosts].map(threadTimeUs);
  const before = read();
  const { items } = await closedLoop(caller(server, flag), workload, clients, seconds);
  const spent = read().map((us, i) => us - (before[i] ?? 0));
  return { serverUs: (spent[0] ?? 0) / items, allUs: spent.reduce((sum, us) => sum + us, 0) / items };
}

function median(numbers: readonly number[]): number {
  return percentile(numbers, 0.5);
}
