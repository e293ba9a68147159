import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { z } from 'zod';
import { modelsDirectory } from '#testing';

const timeoutMs = 120_000;

/**
 * What Python gives for the golden inputs of a task, computed now, on this machine: CPU families round differently, so
 * the committed outputs are not everybody's. The same `generate.py` wrote those.
 */
export class PythonReference implements AsyncDisposable {
  private constructor(
    private readonly task: string,
    private readonly folder: string,
  ) {}

  /** @param task a folder of models/golden; `options` go to its generate.py */
  static async generate(task: string, options: readonly string[] = []): Promise<PythonReference> {
    const folder = await mkdtemp(join(tmpdir(), 'inferway-golden-'));
    const script = join('models', 'golden', task, 'generate.py');
    const required = ['--models', modelsDirectory(), '--out', folder];
    const env = { ...process.env, PYTHONPATH: testSetting('TEST_PYTHONPATH'), PYTHONDONTWRITEBYTECODE: '1' };
    await promisify(execFile)('python3', [script, ...required, ...options], { env, timeout: timeoutMs });
    return new PythonReference(task, folder);
  }

  /** Rows of an output file. */
  read<T>(file: string, schema: z.ZodType<T>): Promise<T> {
    return readJson(join(this.folder, file), schema);
  }

  /** Rows of a file of the repository: inputs, and outputs of the machine that they were committed from. */
  committed<T>(file: string, schema: z.ZodType<T>): Promise<T> {
    return readJson(join('models', 'golden', this.task, file), schema);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** What scripts/test.sh fetched for tests. @throws Error when the tests were started another way */
export function testSetting(name: 'TEST_PYTHONPATH' | 'TEST_PHOTOS'): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: run scripts/test.sh test/golden`);
  return value;
}

async function readJson<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  return schema.parse(JSON.parse(await readFile(path, 'utf8')));
}
