import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { askInPeace, ClusterProcess, meteredCharacters, SteadyLoad } from '#testing';
import { processTree, pssMb } from '../http/process-tree.js';
import { slopePerMinute } from './slope.js';

/**
 * `npm run soak -- [--requests 20000] [--kill-every-s 20] [--quiet-min 10]`: a cluster of two gateways and two workers
 * under load while a random process of ours is killed again and again, then left in peace, where memory is watched once
 * everything is warm. Ends with 1 when a request was lost, a reply crossed, an answer billed other than once, or memory
 * kept growing in peace.
 */
const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '20000' },
    'kill-every-s': { type: 'string', default: '20' },
    'quiet-min': { type: 'string', default: '10' },
  },
});
const requests = Number(values.requests);
const killEveryMs = 1_000 * Number(values['kill-every-s']);
const quietMs = 60_000 * Number(values['quiet-min']);
const sampleMs = 10_000;
/** What was killed last still warms up: its heap and the engines' arenas grow to what this load needs, and then stay. */
const settleMs = 240_000;
/** Of the memory at the beginning of the peace. */
const maxSlopePercent = 1;

const cluster = await ClusterProcess.start({ gateways: 2, workers: 2 });
const inPeace = await askInPeace(cluster);
const meteredBefore = await meteredCharacters(cluster);
const load = new SteadyLoad(cluster, inPeace);
const kills: Record<string, number> = {};
let lastKillAt = performance.now();
while (load.report.answered < requests) {
  await sleep(1_000);
  if (performance.now() - lastKillAt >= killEveryMs && killOne()) lastKillAt = performance.now();
}
process.stdout.write(`${load.report.answered} answered; killed ${JSON.stringify(kills)}; in peace now\n`);

const memory: { minute: number; megabytes: number }[] = [];
await sleep(settleMs);
const peaceFrom = performance.now();
while (performance.now() - peaceFrom < quietMs) {
  memory.push({ minute: (performance.now() - peaceFrom) / 60_000, megabytes: pssMb(ourProcesses()) });
  await sleep(sampleMs);
}

const report = await load.stop();
const metered = (await meteredCharacters(cluster)) - meteredBefore;
const slopePercent = slopePerMinute(memory);
process.stdout.write(
  [
    `lost ${report.lost.length}, crossed ${report.crossed.length}`,
    `billed ${metered} characters for ${report.characters} answered`,
    `longest silence ${Math.round(report.longestSilenceMs)} ms, retried ${JSON.stringify(report.retried)}`,
    `memory ${memory.at(-1)?.megabytes.toFixed(0) ?? '?'} MB, slope ${slopePercent.toFixed(2)} % a minute`,
    '',
  ].join('\n'),
);
await cluster.stop();
const failed = [
  report.lost.length > 0,
  report.crossed.length > 0,
  metered !== report.characters,
  slopePercent >= maxSlopePercent,
];
process.exitCode = failed.includes(true) ? 1 : 0;

function ourProcesses(): number[] {
  return [...cluster.pids('gateway'), ...cluster.pids('worker')].flatMap(processTree);
}

/** A gateway, a worker or an engine host: whichever chance picks. False when it was dead already. */
function killOne(): boolean {
  const roles = new Map(
    (['gateway', 'worker'] as const).flatMap((role) =>
      cluster
        .pids(role)
        .flatMap((pid) =>
          processTree(pid).map((each) => [each, each === pid ? role : 'engine host'] as const),
        ),
    ),
  );
  const victims = [...roles];
  const [pid, role] = victims[Math.floor(Math.random() * victims.length)] ?? [];
  if (pid === undefined || role === undefined) return false;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // `cluster.json` names a process that was killed before until its successor is ready.
    return false;
  }
  kills[role] = (kills[role] ?? 0) + 1;
  return true;
}
