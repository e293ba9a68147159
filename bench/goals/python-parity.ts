import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Workload } from '../workloads.js';
import type { Goal } from './goal.js';

const run = promisify(execFile);
const graphLoop = fileURLToPath(new URL('../parity/graph-loop.process.js', import.meta.url));
const inPython = join('bench', 'parity', 'graph_loop.py');
const rounds = 3;

/** CPU of the same graph on the same inputs in Node over that in Python; they take turns, each counts by its best. */
export async function pythonParity(
  models: string,
  pythonPath: string,
  { task, model }: Workload,
  seconds: number,
): Promise<Goal> {
  const folder = await mkdtemp(join(tmpdir(), 'inferway-parity-'));
  const file = join(folder, 'inputs.json');
  const each = String(seconds / rounds);
  const env = { ...process.env, PYTHONPATH: pythonPath };
  const cpuMs = async (program: string, args: string[]) =>
    Number((await run(program, args, { env })).stdout.trim());
  const [node, python]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    node.push(await cpuMs(process.execPath, [graphLoop, models, task, model, each, file]));
    python.push(await cpuMs('python3', [inPython, file, each]));
  }
  await rm(folder, { recursive: true });
  const facts = { cpuMsInNode: Math.min(...node), cpuMsInPython: Math.min(...python) };
  return {
    name: `the bare loop's graph beside Python's onnxruntime, ${task}`,
    value: facts.cpuMsInNode / facts.cpuMsInPython,
    unit: '×',
    atMost: 1.1,
    facts,
  };
}
