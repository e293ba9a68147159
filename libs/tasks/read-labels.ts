import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { ModelHandle } from '#inference';

/** The names of a model's classes, in their order. */
export async function readLabels(model: ModelHandle): Promise<string[]> {
  const path = join(model.directory, model.manifest.labels ?? 'labels.json');
  return z.array(z.string()).parse(JSON.parse(await readFile(path, 'utf8')));
}
