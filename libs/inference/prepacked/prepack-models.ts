import { fork } from 'node:child_process';
import { constants, existsSync } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { PrepackOrder } from '../engine/prepack-graph.js';
import { hostEnvironment } from '../host-environment.js';
import type { ModelHandle } from '../models/model-catalogue.js';
import { ownProgram } from '../own-program.js';
import { prepackedFile, prepackedFolder, prepackedPlace } from './prepacked-place.js';
import { removeUnused } from './remove-unused.js';
import { whyUnreadable } from './unreadable-copy.js';

/** Copies exist for graphs of this execution provider: others hold their weights on a device. */
const prepackedVariant = 'cpu';
/** Well below what a worker has until it must be ready; what is not begun by then is made at the next start. */
const timeLeftMs = 45_000;
const killAfterMs = 90_000;
const report = z.object({ graph: z.string(), problem: z.string().optional() });

export interface Prepacking {
  /** The models, with the copies that their graphs have now. */
  models: readonly ModelHandle[];
  /** Why some have none; those run from their own files, with weights of each host's own. */
  problems: readonly string[];
}

/**
 * Weights that all engine hosts of a machine share: makes the copies of graphs that are missing, in a child process.
 * Measured with the starter pack and two hosts: 254 MB each, 346 without; one start in a machine's life takes 3 s more.
 *
 * @param wanted what is missing is made once this resolves @throws what it rejects with, and then makes nothing
 */
export async function prepackModels(
  models: readonly ModelHandle[],
  variant: string,
  wanted?: Promise<unknown>,
): Promise<Prepacking> {
  if (variant !== prepackedVariant) return { models, problems: [] };
  const orders = models.flatMap(ordersOf);
  const places = orders.map(({ directory }) => directory);
  for (const root of new Set(models.map(({ directory }) => dirname(directory))))
    await removeUnused(root, join(root, prepackedFolder), places);
  const unreadable = await findUnreadable(places);
  const missing = orders.filter(
    ({ directory }) => !unreadable.has(directory) && !existsSync(join(directory, prepackedFile)),
  );
  const left = missing.length > 0 ? await prepack(missing, wanted) : [];
  const problems = [...new Set(unreadable.values()), ...left];
  return { models: models.map((model) => withCopies(model, unreadable)), problems };
}

function ordersOf(model: ModelHandle): PrepackOrder[] {
  const { directory, manifest } = model;
  return Object.entries(manifest.variants[prepackedVariant]?.graphs ?? {}).map(([role, file]) => ({
    graph: join(directory, file),
    inputs: manifest.graphs[role]?.inputs ?? [],
    directory: prepackedPlace(model, role, prepackedVariant),
  }));
}

/** Places of copies that this user may not read, and why. */
async function findUnreadable(places: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const found = await Promise.all(places.map(async (place) => [place, await whyUnreadable(place)] as const));
  return new Map(found.flatMap(([place, why]) => (why === undefined ? [] : [[place, why] as const])));
}

function withCopies(model: ModelHandle, unreadable: ReadonlyMap<string, string>): ModelHandle {
  const roles = Object.keys(model.manifest.variants[prepackedVariant]?.graphs ?? {});
  const copies = roles.flatMap((role) => {
    const place = prepackedPlace(model, role, prepackedVariant);
    const path = join(place, prepackedFile);
    return !unreadable.has(place) && existsSync(path) ? [[role, path] as const] : [];
  });
  return { ...model, prepacked: Object.fromEntries(copies) };
}

/** @returns what went wrong: all that is lost is memory. @throws what `wanted` rejects with, and nothing else */
async function prepack(
  graphs: readonly PrepackOrder[],
  wanted: Promise<unknown> | undefined,
): Promise<readonly string[]> {
  const why = await whyUnwritable(graphs);
  if (why !== undefined) return [why];
  await wanted;
  return runChild(graphs).catch((error: unknown) => [String(error)]);
}

/** Said once, and without a process or a wait, where the folder cannot be written, as in an image. */
async function whyUnwritable(graphs: readonly PrepackOrder[]): Promise<string | undefined> {
  try {
    for (const folder of new Set(graphs.map(({ directory }) => dirname(directory)))) {
      await mkdir(folder, { recursive: true });
      await access(folder, constants.W_OK);
    }
    return undefined;
  } catch (error) {
    return String(error);
  }
}

async function runChild(graphs: readonly PrepackOrder[]): Promise<string[]> {
  const { path, execArgv } = ownProgram('engine/prepack.main');
  const child = fork(path, [], {
    execArgv,
    env: hostEnvironment(),
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    timeout: killAfterMs,
    killSignal: 'SIGKILL',
  });
  const problems: string[] = [];
  let begun = '';
  child.on('message', (message) => {
    const { graph, problem } = report.parse(message);
    begun = graph;
    if (problem !== undefined) problems.push(`${graph}: ${problem}`);
  });
  child.send({ timeLeftMs, graphs });
  const how = await new Promise<string>((resolve) => {
    child.on('error', ({ message }) => resolve(message));
    child.once('close', (code, signal) => resolve(signal ?? `code ${code ?? '?'}`));
  });
  return how === 'code 0' ? problems : [...problems, `${begun}: the process that prepacks ended with ${how}`];
}
