import { join } from 'node:path';
import type { HubConfig } from '#config';
import {
  buildManifest,
  checkSettings,
  chooseFiles,
  InferenceService,
  ModelRepository,
  pullableTasks,
  UnsupportedModelError,
  type ChosenFile,
  type Manifest,
  type PullOptions,
  type PullSource,
} from '#inference';
import { systemClock } from '#kernel';
import { StartupError } from '#process';
import { bytesOf, downloadFile } from './download-file.js';
import { codeOf } from './error-code.js';
import { HubClient, type HubRepository } from './hub.client.js';
import { licenceOf } from './licence.js';
import type { Progress } from './progress.js';
import { PullTarget } from './pull-target.js';
import { localName, parseRepositoryName } from './repository-name.js';

/** What `inferway models pull` may be told; what is absent is read from the repository. */
export interface PullRequest extends Partial<Omit<PullOptions, 'languages'>> {
  source?: string | undefined;
  target?: string | undefined;
  /** Suffix of the graph files for the CPU, `fp32` for those without one. */
  variant?: string | undefined;
  /** The same for CUDA; by default the CPU's if that is fp32. */
  cudaVariant?: string | undefined;
}

export interface PullContext {
  /** The models folder. */
  models: string;
  hub: HubConfig;
  progress: Progress;
  /** First pause between attempts, in milliseconds. */
  backOffMs?: number;
}

/** The hub's names for what we have a task for. */
const taskOfPipeline: ReadonlyMap<string, string> = new Map([
  ['translation', 'translate'],
  ['text2text-generation', 'translate'],
  ['feature-extraction', 'embed'],
  ['sentence-similarity', 'embed'],
  ['question-answering', 'answer'],
  ['image-classification', 'classify-image'],
]);

const trialTimeoutMs = 600_000;
const plain = 'fp32';
/** With its doublings a file is given up after half a minute without a byte. */
const firstBackOffMs = 1_000;

/**
 * Fetches a model from the hub into the models folder and writes its manifest. It is there whole, verified and tried
 * on a real engine host, or not at all.
 *
 * @param text `hf:owner/name[@revision]`
 * @throws StartupError in one line for everything that an operator can meet
 */
export async function pullModel(
  text: string,
  request: PullRequest,
  { models, hub, progress, backOffMs = firstBackOffMs }: PullContext,
): Promise<Manifest> {
  const { repository, revision } = parseRepositoryName(text);
  const client = new HubClient(hub, (line) => progress.say(line));
  const found = await client.repository(repository, revision).catch((error: unknown) => {
    throw unreachable(error, hub);
  });
  const options = optionsFor(request, found, repository);
  const target = new PullTarget(models, options.name, found.sha);
  await target.checkName(`hf:${repository}`);
  const files = chooseFor(request, found, repository);
  await target.begin();
  progress.say(`${repository} at ${found.sha.slice(0, 12)} as ${options.name}, for ${options.task}`);
  try {
    const source = {
      repository,
      commit: found.sha,
      requestedRevision: revision,
      licence: licenceOf(found.tags),
    };
    return await assemble(client, { found, files, source, options, target, progress, backOffMs });
  } catch (error) {
    if (!(error instanceof UnsupportedModelError)) {
      await target.pause();
      throw error;
    }
    await target.discard();
    throw unsupported(error, repository);
  }
}

interface Assembly {
  found: HubRepository;
  files: ReturnType<typeof chooseFor>;
  source: PullSource;
  options: PullOptions;
  target: PullTarget;
  progress: Progress;
  backOffMs: number;
}

async function assemble(client: HubClient, assembly: Assembly): Promise<Manifest> {
  const { files, source, options, target, progress } = assembly;
  await fetchFiles(client, assembly, files.settings);
  await checkSettings(target.folder, options);
  await fetchFiles(client, assembly, files.weights);
  const pulled = { folder: target.folder, graphs: files.graphs, variants: files.variants };
  const { manifest, notes } = await buildManifest(pulled, source, options);
  progress.say('  trying it on an engine host');
  await tryOut(target.draft, options.name);
  await target.install();
  for (const note of notes) progress.say(`  note: ${note}`);
  return manifest;
}

function chooseFor(
  { variant = plain, cudaVariant }: PullRequest,
  { siblings }: HubRepository,
  repository: string,
) {
  // Plain float graphs run on either device; quantised ones hold operators that CUDA lacks.
  const variants = { cpu: variant, cuda: cudaVariant ?? (variant === plain ? plain : undefined) };
  const paths = siblings.map(({ rfilename }) => rfilename);
  try {
    return { ...chooseFiles(paths, variants), variants };
  } catch (error) {
    throw error instanceof UnsupportedModelError ? unsupported(error, repository) : error;
  }
}

function unsupported({ message }: UnsupportedModelError, repository: string): StartupError {
  return new StartupError(`${repository} cannot be served: ${message}`, 78);
}

function optionsFor(request: PullRequest, { pipeline_tag }: HubRepository, repository: string): PullOptions {
  const { source, target, name, ...rest } = request;
  const task = request.task ?? taskOfPipeline.get(pipeline_tag ?? '');
  if (task === undefined || !pullableTasks.includes(task))
    throw new StartupError(
      `${repository} does not say what it is for: name a --task (${pullableTasks.join(', ')})`,
    );
  const languages = task === 'translate' ? languagesOf(repository, source, target) : undefined;
  return { ...rest, task, languages, name: checkedName(name ?? localName(repository, languages)) };
}

/** As told; else by the name that OPUS models have, `opus-mt-en-de`. */
function languagesOf(
  repository: string,
  source?: string,
  target?: string,
): { source: string; target: string } {
  const [, from, to] = /opus-mt-(?:tc-big-)?([a-z]{2,3})-([a-z]{2,3})$/.exec(repository) ?? [];
  const languages = { source: source ?? from, target: target ?? to };
  for (const language of Object.values(languages))
    if (language === undefined || !/^[a-z]{2,3}$/.test(language))
      throw new StartupError(
        `${repository}: name the pair as primary language tags, for example --source en --target de`,
      );
  return { source: languages.source ?? '', target: languages.target ?? '' };
}

function checkedName(name: string): string {
  if (/^[a-z0-9][a-z0-9-]*$/.test(name)) return name;
  throw new StartupError(`${name} is no name for a model: use small letters, digits and dashes (--name)`);
}

async function fetchFiles(
  client: HubClient,
  { found, source, target, progress, backOffMs }: Assembly,
  chosen: readonly ChosenFile[],
): Promise<void> {
  const wanted = chosen.flatMap(({ path, name }) => {
    const file = found.siblings.find(({ rfilename }) => rfilename === path);
    return file === undefined ? [] : [{ file, name }];
  });
  let missing = 0;
  for (const { file, name } of wanted) missing += file.size - (await bytesOf(join(target.folder, name)));
  await target.checkSpace(missing);
  for (const { file, name } of wanted) {
    let bytes = 0;
    await downloadFile(client, {
      repository: source.repository,
      commit: source.commit,
      file,
      target: join(target.folder, name),
      backOffMs,
      onBytes(count) {
        bytes += count;
        progress.show(file.rfilename, bytes, file.size);
      },
    });
  }
}

/** Loads and warms the model as the server will: what fails here would keep the server from starting. */
async function tryOut(draft: string, name: string): Promise<void> {
  const repository = await ModelRepository.open(draft, { only: [name] });
  const service = new InferenceService(repository, {
    hosts: 1,
    variant: 'cpu',
    maxDispatchMs: Infinity,
    maxBacklogMs: Infinity,
    maxRssBytes: Infinity,
    startTimeoutMs: trialTimeoutMs,
  });
  try {
    await service.start();
  } catch (error) {
    throw new UnsupportedModelError(
      `the engine cannot run it: ${error instanceof Error ? error.message : String(error)}`,
    );
  } finally {
    await service.close(systemClock.now());
  }
}

function unreachable(error: unknown, { endpoint }: HubConfig): unknown {
  if (error instanceof StartupError) return error;
  const reason = codeOf(error);
  return new StartupError(
    `${new URL(endpoint).host} cannot be reached (${reason}): check the network and proxy, or set HF_ENDPOINT to a mirror`,
    69,
  );
}
