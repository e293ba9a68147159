import { readFile, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { FileVerifier } from './file-verifier.js';
import { manifestSchema, type Manifest } from './manifest.js';
import type { ModelCatalogue, ModelHandle } from './model-catalogue.js';

/** Remembers which files were verified, so that a start does not hash 100 MB again. */
const verifiedFile = '.verified.json';

/** What file systems of the ext family have at their root, which a volume for models may be. */
const ofTheFileSystem = 'lost+found';

const advice =
  'Build the models (scripts/build-models.sh), or install a pack of them (inferway models unpack FILE).';

/** Everything that is wrong with a models folder, found in one pass. */
export class ModelRepositoryError extends Error {
  readonly problems: readonly string[];

  constructor(directory: string, problems: readonly string[]) {
    super([`${directory} cannot be served:`, ...problems.map((problem) => `  - ${problem}`), advice].join('\n'));
    this.name = 'ModelRepositoryError';
    this.problems = problems;
  }
}

export interface RepositoryOptions {
  /** Names of models to load; every one must be there. All folders when absent. */
  only?: readonly string[];
  /** Names of models whose graphs run on a server: only the files that are read here must be there. */
  elsewhere?: readonly string[];
  /** What can be asked here; a model of another task is of no use. Any task when absent. */
  tasks?: readonly string[];
  /** False to hash every file again, whatever an earlier start has found. */
  trustCache?: boolean;
}

/** A models folder whose every file has been checked against its manifest. */
export class ModelRepository implements ModelCatalogue {
  readonly #models: readonly ModelHandle[];

  private constructor(models: readonly ModelHandle[]) {
    this.#models = models;
  }

  /**
   * Reads `<directory>/<name>/manifest.json` of every folder and verifies the files they list.
   *
   * @throws ModelRepositoryError listing every problem of every model.
   */
  static async open(
    directory: string,
    { only, elsewhere = [], tasks, trustCache = true }: RepositoryOptions = {},
  ): Promise<ModelRepository> {
    const root = resolve(directory);
    const problems: string[] = [];
    const present = await modelFolders(root);
    const names = only ?? present;
    if (names.length === 0) problems.push('there is no model folder (run the model pack first)');
    const memory = join(root, verifiedFile);
    const verifier = trustCache ? await FileVerifier.open(memory) : FileVerifier.unknowing(memory);
    const models: ModelHandle[] = [];
    for (const name of names) {
      if (!present.includes(name)) problems.push(`${name}: there is no such model folder`);
      else models.push(...(await openModel(root, name, verifier, problems, elsewhere.includes(name))));
    }
    problems.push(...models.flatMap((model) => [...missingGate(model, names), ...unknownTask(model, tasks)]));
    // Also where something is wrong: the next start must not believe what was known of that file before.
    await verifier.remember();
    if (problems.length > 0) throw new ModelRepositoryError(root, problems);
    return new ModelRepository(models);
  }

  /** Name and task of every model, from the manifests alone: no file is hashed. @throws as `open` */
  static async describe(directory: string): Promise<{ name: string; task: string }[]> {
    const root = resolve(directory);
    const problems: string[] = [];
    const manifests: Manifest[] = [];
    for (const folder of await modelFolders(root)) {
      const manifest = await readManifest(join(root, folder), folder, problems);
      if (manifest !== undefined) manifests.push(manifest);
    }
    if (problems.length > 0) throw new ModelRepositoryError(root, problems);
    return manifests.map(({ name, task }) => ({ name, task }));
  }

  list(): readonly ModelHandle[] {
    return this.#models;
  }

  forTask(task: string): readonly ModelHandle[] {
    return this.#models.filter(({ manifest }) => manifest.task === task);
  }

  /** @param ref `name@revision`, or `name` alone. */
  get(ref: string): ModelHandle | undefined {
    return this.#models.find((model) => model.ref === ref || model.name === ref);
  }
}

async function modelFolders(root: string): Promise<string[]> {
  try {
    const entries = await readdir(root, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
      .map(({ name }) => name)
      .filter((name) => !name.startsWith('.') && name !== ofTheFileSystem)
      .sort();
  } catch (error) {
    throw new ModelRepositoryError(root, [`the folder cannot be read (${describe(error)})`]);
  }
}

/** The one model, or nothing and its problems appended. */
async function openModel(
  root: string,
  folder: string,
  verifier: FileVerifier,
  problems: string[],
  elsewhere: boolean,
): Promise<ModelHandle[]> {
  const directory = join(root, folder);
  const manifest = await readManifest(directory, folder, problems);
  if (manifest === undefined) return [];
  if (manifest.name !== folder) problems.push(`${folder}: manifest names itself ${manifest.name}`);
  const readHere = [manifest.tokenizer?.file, manifest.labels];
  for (const [file, { sha256, bytes }] of Object.entries(manifest.files)) {
    if (elsewhere && !readHere.includes(file)) continue;
    const problem = await verifier.check(directory, file, { sha256, bytes }, Object.keys(manifest.files));
    if (problem !== undefined) problems.push(`${folder}/${file}: ${problem}`);
  }
  const { name, revision } = manifest;
  return [{ name, revision, ref: `${name}@${revision}`, directory, manifest }];
}

/** A model that is asked only where another has found something is of no use without that one. */
function missingGate({ name, manifest }: ModelHandle, names: readonly string[]): string[] {
  const asked = manifest.segmentation?.gate?.model;
  return asked === undefined || names.includes(asked) ? [] : [`${name}: needs ${asked}, which is not served here`];
}

/** It would be loaded by every engine, and never be asked. */
function unknownTask({ name, manifest: { task } }: ModelHandle, tasks: readonly string[] = [task]): string[] {
  if (tasks.includes(task)) return [];
  return [`${name}: its task ${task} is unknown to this version, which knows ${tasks.join(', ')}`];
}

async function readManifest(
  directory: string,
  folder: string,
  problems: string[],
): Promise<Manifest | undefined> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(join(directory, 'manifest.json'), 'utf8'));
  } catch (error) {
    problems.push(`${folder}/manifest.json: cannot be read (${describe(error)})`);
    return undefined;
  }
  const parsed = manifestSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  for (const { path, message } of parsed.error.issues)
    problems.push(`${folder}/manifest.json: ${z.core.toDotPath(path) || '(whole)'}: ${message}`);
  return undefined;
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
