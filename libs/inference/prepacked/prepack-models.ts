import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { PrepackOrder } from '../engine/prepack-graph.js';
import { hostEnvironment } from '../host-environment.js';
import type { ModelHandle } from '../models/model-catalogue.js';
import { ownProgram } from '../own-program.js';
import { prepackedFile, prepackedPlace } from './prepacked-place.js';

/** Copies exist for graphs of this execution provider: others hold their weights on a device. */
const prepackedVariant = 'cpu';
const timeoutMs = 300_000;
const answer = z.object({ problems: z.array(z.string()) });

export interface Prepacking {
  /** The models, with the copies that their graphs have now. */
  models: readonly ModelHandle[];
  /** Why some have none; those run from their own files, with weights of each host's own. */
  problems: readonly string[];
}

/**
 * Weights that all engine hosts of a machine share: makes the copies of graphs that are missing, in a child process.
 * Measured with the starter pack and two hosts: 254 MB each, 346 without; one start in a machine's life takes 4 s more.
 */
export async function prepackModels(models: readonly ModelHandle[], variant: string): Promise<Prepacking> {
  if (variant !== prepackedVariant) return { models, problems: [] };
  const orders = models
    .flatMap(ordersOf)
    .filter(({ directory }) => !existsSync(join(directory, prepackedFile)));
  const problems = orders.length > 0 ? await prepack(orders) : [];
  return { models: models.map(withCopies), problems };
}

function ordersOf(model: ModelHandle): PrepackOrder[] {
  const { directory, manifest } = model;
  return Object.entries(manifest.variants[prepackedVariant]?.graphs ?? {}).map(([role, file]) => ({
    graph: join(directory, file),
    inputs: manifest.graphs[role]?.inputs ?? [],
    ...prepackedPlace(model, role, prepackedVariant),
  }));
}

function withCopies(model: ModelHandle): ModelHandle {
  const roles = Object.keys(model.manifest.variants[prepackedVariant]?.graphs ?? {});
  const copies = roles.map(
    (role) => [role, join(prepackedPlace(model, role, prepackedVariant).directory, prepackedFile)] as const,
  );
  return { ...model, prepacked: Object.fromEntries(copies.filter(([, path]) => existsSync(path))) };
}

/** @returns what went wrong; never throws: all that is lost is memory. */
async function prepack(orders: readonly PrepackOrder[]): Promise<readonly string[]> {
  // Said once, and without a process, where the folder cannot be written, as in an image.
  for (const folder of new Set(orders.map(({ directory }) => dirname(directory)))) {
    const refusal = await mkdir(folder, { recursive: true }).then(() => undefined, String);
    if (refusal !== undefined) return [refusal];
  }
  const { path, execArgv } = ownProgram('engine/prepack.main');
  const child = fork(path, [], {
    execArgv,
    env: hostEnvironment(),
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  });
  let message: unknown;
  child.once('message', (given) => {
    message = given;
  });
  child.send(orders);
  const how = await new Promise<string>((resolve) => {
    child.once('error', ({ message: reason }) => resolve(reason));
    child.once('close', (code, signal) => resolve(signal ?? `code ${code ?? '?'}`));
  });
  const parsed = answer.safeParse(message);
  return parsed.success ? parsed.data.problems : [`the process that prepacks ended with ${how}`];
}
