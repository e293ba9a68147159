import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { manifestSchema, type Manifest } from '../models/manifest.js';
import { flat, type GraphFiles } from './choose-files.js';
import { answerFacts, embedFacts } from './encoder.facts.js';
import { classifyImageFacts } from './image.facts.js';
import { inspectGraphs, type FoundGraph } from './inspect-graphs.js';
import type { ModelFacts, ModelSources } from './model-facts.js';
import type { PullOptions, PullSource } from './pull-options.js';
import { readSettings } from './read-settings.js';
import { scanFile } from './scan-file.js';
import { checkTranslator, translateFacts } from './translate.facts.js';
import { UnsupportedModelError } from './unsupported-model.error.js';

const factsOf: Readonly<Record<string, (sources: ModelSources) => ModelFacts>> = {
  translate: translateFacts,
  embed: embedFacts,
  answer: answerFacts,
  'classify-image': classifyImageFacts,
};

/** Tasks for which a pulled model can be served. */
export const pullableTasks = Object.keys(factsOf);

const revisionDigits = 12;
const maxBatch = 16;
/** Above the one of whoever did not say, and below. */
const preference = { preferred: 1, pulled: -1 };

export interface PulledFolder {
  folder: string;
  /** Files of each execution provider by role, as paths in the repository. */
  graphs: { cpu: GraphFiles; cuda?: GraphFiles };
  /** Suffixes that were chosen. */
  variants: { cpu: string; cuda?: string | undefined };
}

/**
 * Writes `manifest.json` for a folder that holds a repository's chosen files.
 * @throws UnsupportedModelError in one line when no engine of ours could serve it
 */
export async function buildManifest(
  { folder, graphs, variants }: PulledFolder,
  source: PullSource,
  options: PullOptions,
): Promise<{ manifest: Manifest; notes: string[] }> {
  const settings = await readSettings(folder);
  const cpu = await inspect(folder, graphs.cpu);
  const sources = { settings, graphs: cpu, options };
  const facts = chooseFacts(options.task)(sources);
  await checkSameTensors(folder, graphs, cpu);
  const dependsOnBatch = await quantisesByBatch(folder, graphs.cpu);
  for (const [name, content] of Object.entries(facts.written ?? {}))
    await writeFile(join(folder, name), content);

  const { written, notes, ...described } = facts;
  const batch = options.maxBatch ?? (dependsOnBatch ? 1 : maxBatch);
  const manifest: Manifest = {
    schemaVersion: 1,
    name: options.name,
    revision: source.commit.slice(0, revisionDigits),
    task: options.task,
    description: `${source.repository} from the Hugging Face hub (${settings.config.model_type}, ${variants.cpu}).`,
    preference: options.prefer === true ? preference.preferred : preference.pulled,
    batchInvariance: dependsOnBatch ? 'none' : 'rounding',
    ...described,
    files: await listFiles(folder),
    variants: variantsOf(graphs, variants),
    batching: { machine: 'not measured', threads: 1, curve: [], maxBatch: batch },
    quality: [],
    licence: {
      spdx: source.licence,
      notice: `From the repository ${source.repository}; its model card states the licence and its terms.`,
    },
    provenance: {
      source: `hf:${source.repository}`,
      commit: source.commit,
      requestedRevision: source.requestedRevision,
      architecture: settings.config.model_type,
    },
  };
  await writeFile(
    join(folder, 'manifest.json'),
    `${JSON.stringify(manifestSchema.parse(manifest), null, 2)}\n`,
  );
  const batchNote = dependsOnBatch
    ? [
        batch === 1
          ? 'its activations are quantised by what a batch holds, so rows run one at a time (--max-batch to trade that for speed)'
          : 'its answers depend on their batch mates: its activations are quantised by what a batch holds',
      ]
    : [];
  return { manifest, notes: [...notes, ...batchNote] };
}

/** Refuses what the settings alone show to be hopeless, before gigabytes are fetched. */
export async function checkSettings(folder: string, options: PullOptions): Promise<void> {
  chooseFacts(options.task);
  const settings = await readSettings(folder);
  if (options.task === 'translate') checkTranslator(settings);
  if (options.task !== 'classify-image' && settings.tokenizer === undefined)
    throw new UnsupportedModelError('it has no tokenizer.json; choose a conversion that has one');
}

function chooseFacts(task: string): (sources: ModelSources) => ModelFacts {
  const facts = factsOf[task];
  if (facts !== undefined) return facts;
  throw new UnsupportedModelError(
    `there is no task ${task} for pulled models; choose one of ${pullableTasks.join(', ')}`,
  );
}

async function inspect(folder: string, files: GraphFiles): Promise<Record<string, FoundGraph>> {
  const roles = Object.keys(files);
  const found = await inspectGraphs(roles.map((role) => join(folder, flat(files[role] ?? '').name)));
  return Object.fromEntries(roles.flatMap((role, index) => (found[index] ? [[role, found[index]]] : [])));
}

/** The manifest describes tensors once, for all execution providers. */
async function checkSameTensors(
  folder: string,
  { cpu, cuda }: PulledFolder['graphs'],
  known: Record<string, FoundGraph>,
): Promise<void> {
  if (cuda === undefined || JSON.stringify(cuda) === JSON.stringify(cpu)) return;
  if (signature(await inspect(folder, cuda)) !== signature(known))
    throw new UnsupportedModelError('its CUDA variant has other inputs or outputs than the CPU variant');
}

function signature(graphs: Record<string, FoundGraph>): string {
  const tensors = Object.entries(graphs).flatMap(([role, { inputs, outputs }]) =>
    [...inputs, ...outputs].map(({ name, type }) => `${role} ${name} ${type}`),
  );
  return tensors.sort().join('\n');
}

/** True when an operator takes its scale from the whole batch. */
async function quantisesByBatch(folder: string, files: GraphFiles): Promise<boolean> {
  const scans = Object.values(files).map((path) =>
    scanFile(join(folder, flat(path).name), 'DynamicQuantizeLinear'),
  );
  return (await Promise.all(scans)).includes(true);
}

function variantsOf(
  graphs: PulledFolder['graphs'],
  variants: PulledFolder['variants'],
): Manifest['variants'] {
  const describe = (files: GraphFiles, precision: string) => ({
    precision,
    graphs: Object.fromEntries(Object.entries(files).map(([role, path]) => [role, flat(path).name])),
  });
  const cpu = { cpu: describe(graphs.cpu, variants.cpu) };
  if (graphs.cuda === undefined || variants.cuda === undefined) return cpu;
  return { ...cpu, cuda: describe(graphs.cuda, variants.cuda) };
}

async function listFiles(folder: string): Promise<Manifest['files']> {
  const names = (await readdir(folder)).filter((name) => name !== 'manifest.json').sort();
  const entries = names.map(async (name) => [name, await digest(join(folder, name))] as const);
  return Object.fromEntries(await Promise.all(entries));
}

async function digest(path: string): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path)) {
    const part = Buffer.from(chunk as Uint8Array);
    hash.update(part);
    bytes += part.length;
  }
  return { sha256: hash.digest('hex'), bytes };
}
