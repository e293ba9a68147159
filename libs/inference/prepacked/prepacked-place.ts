import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { arch, cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { ModelHandle } from '../models/model-catalogue.js';
import { instructions } from '../processor.js';

/** The copy of a graph, once it can be used; its weights lie beside it. */
export const prepackedFile = 'graph.onnx';
/** Not of a graph whose weights are all small. */
export const weightsFile = 'weights.bin';
/** Beside the models, hidden: what is in it can be made again. */
export const prepackedFolder = '.prepacked';
/** Raised when copies are made in another way. */
const format = 2;
const keyLength = 16;

/**
 * The folder of the prepacked copy of a model's graph: by processor, whose instructions the kernels' layouts follow, then
 * by everything else that it was made from.
 */
export function prepackedPlace(
  { name, directory, manifest }: ModelHandle,
  role: string,
  variant: string,
): string {
  const file = manifest.variants[variant]?.graphs[role];
  const key = digest([format, runtimeVersion(), file, manifest.files]);
  return join(dirname(directory), prepackedFolder, processor(), `${name}.${role}.${key}`);
}

function processor(): string {
  return digest([arch(), cpus()[0]?.model, instructions()]);
}

function runtimeVersion(): string {
  const manifest: unknown = createRequire(import.meta.url)('onnxruntime-node/package.json');
  return z.object({ version: z.string() }).parse(manifest).version;
}

function digest(of: unknown): string {
  return createHash('sha256').update(JSON.stringify(of)).digest('hex').slice(0, keyLength);
}
