import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { benchCluster } from './cluster/bench-cluster.js';
import { goalLines } from './goals/goal.js';
import { benchLoad } from './load/bench-load.js';
import { benchOneProcess } from './one-process.js';
import { provenance } from './provenance.js';
import { table } from './report.js';
import { workloads } from './workloads.js';

/**
 * `npm run bench -- [--topology http|cluster] [--out FILE.json] [--tasks a,b] [--seconds N]`; method in docs/benchmarks.md.
 * `npm run bench -- --profile NAME [--cluster | --url URL --key KEY ...] [--out FILE.json]`; docs/load-test.md.
 */
const { values } = parseArgs({
  options: {
    topology: { type: 'string', default: 'http' },
    cluster: { type: 'boolean', default: false },
    out: { type: 'string' },
    tasks: { type: 'string', default: workloads.map(({ task }) => task).join(',') },
    seconds: { type: 'string', default: '5' },
    profile: { type: 'string' },
    url: { type: 'string' },
    key: { type: 'string', multiple: true, default: [] },
  },
});
const topology = values.cluster ? 'cluster' : values.topology;
const bench = { http: benchOneProcess, cluster: benchCluster }[topology];
if (bench === undefined) throw new Error(`--topology is http or cluster, not ${topology}`);

if (values.profile === undefined) {
  const chosen = workloads.filter(({ task }) => values.tasks.split(',').includes(task));
  const { results, goals } = await bench({ workloads: chosen, seconds: Number(values.seconds) });
  process.stdout.write(`${table(results)}\n\n${goalLines(goals)}\n`);
  if (values.out !== undefined)
    writeFileSync(values.out, `${JSON.stringify({ ...provenance(), results, goals }, null, 2)}\n`);
} else {
  const { profile, url, key: keys, out } = values;
  await benchLoad({ profile, topology, url, keys, out });
}
