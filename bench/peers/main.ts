import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { ServerProcess } from '#testing';
import { goalLines, type Goal } from '../goals/goal.js';
import { measureHttp } from '../http/measure-http.js';
import { provenance } from '../provenance.js';
import { pythonPackages } from '../python-packages.js';
import { readPairs, type Pair } from './pairs.js';
import { runPython } from './python.js';
import { translateAll } from './translate-all.js';

/**
 * `npm run bench:peers -- [--data DIR] [--out FILE.json] [--seconds N]`: our server beside the engine that the
 * translation weights were made for; method in docs/benchmarks.md.
 */
const { values } = parseArgs({
  options: { data: { type: 'string' }, out: { type: 'string' }, seconds: { type: 'string', default: '5' } },
});
const seconds = Number(values.seconds);
const rounds = 3;
const clients = 64;
const packages = pythonPackages('models/requirements-peers.txt');
const engineRun = z.object({
  translations: z.array(z.string()),
  itemsPerSecond: z.number(),
  cpuMsPerItem: z.number(),
});
type EngineRun = z.infer<typeof engineRun>;

const server = await ServerProcess.start();
const rows: (Record<string, string | number> & { pair: string })[] = [];
const goals: Goal[] = [];
for (const pair of readPairs(values.data)) {
  await measureSpeed(pair);
  if (pair.quality !== undefined) await measureQuality(pair, pair.quality);
}
await server.stop();

console.table(rows);
process.stdout.write(`${goalLines(goals)}\n`);
if (values.out !== undefined)
  writeFileSync(values.out, `${JSON.stringify({ ...provenance(), rows, goals }, null, 2)}\n`);

/** They take turns, so that what else the machine does meets all; the middle one of the rounds counts. */
async function measureSpeed(pair: Pair): Promise<void> {
  const { source, target, sentences } = pair;
  const workload = {
    task: 'translate',
    model: `translate-${source}-${target}`,
    path: '/v1/translate',
    bodies: sentences.map((text) => ({ text, source, target })),
  };
  const [one, two, ours]: [Speed[], Speed[], Speed[]] = [[], [], []];
  for (let round = 0; round < rounds; round++) {
    one.push(await reference(pair, sentences, 1, seconds / rounds));
    two.push(await reference(pair, sentences, 2, seconds / rounds));
    ours.push(await measureHttp(server, workload, clients, seconds / rounds));
  }
  const name = `${source}-${target}`;
  const add = (engine: string, speeds: readonly Speed[]) => {
    const { itemsPerSecond, cpuMsPerItem } = middle(speeds);
    rows.push({ pair: name, engine, sentencesPerSecond: itemsPerSecond, cpuMsPerItem });
    return itemsPerSecond;
  };
  add('reference engine, 1 thread', one);
  const theirs = add('reference engine, 2 threads', two);
  const value = add(`our server, ${clients} clients`, ours) / theirs;
  goals.push({
    name: `sentences/s over the reference engine's with 2 threads, ${name}`,
    value,
    unit: '×',
    atLeast: 2,
  });
}

interface Speed {
  itemsPerSecond: number;
  cpuMsPerItem: number;
}

function middle(speeds: readonly Speed[]): Speed {
  const sorted = speeds.toSorted((a, b) => a.itemsPerSecond - b.itemsPerSecond);
  return sorted[Math.floor(sorted.length / 2)] ?? { itemsPerSecond: NaN, cpuMsPerItem: NaN };
}

async function measureQuality(pair: Pair, { lines, references }: NonNullable<Pair['quality']>) {
  const ours = await translateAll(server, pair, lines);
  const { translations: theirs } = await reference(pair, lines, 1, 0);
  const chrf = z
    .object({ ours: z.number(), theirs: z.number() })
    .parse(await runPython(packages, 'chrf.py', [], { references, hypotheses: { ours, theirs } }));
  goals.push({
    name: `chrF over the reference engine's, ${pair.source}-${pair.target}`,
    value: chrf.ours - chrf.theirs,
    unit: 'points',
    atLeast: -0.3,
    facts: {
      chrf: chrf.ours,
      chrfOfReference: chrf.theirs,
      lines: lines.length,
      identical: ours.filter((text, i) => text === theirs[i]).length,
    },
  });
}

async function reference(
  { source, target }: Pair,
  texts: readonly string[],
  threads: number,
  runSeconds: number,
): Promise<EngineRun> {
  const args = [`${source}-${target}`, String(threads), String(runSeconds)];
  return engineRun.parse(await runPython(packages, 'reference_engine.py', args, texts));
}
