import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { modelsDirectory } from './models-directory.js';

const timeoutMs = 60_000;
const original = 'minilm-l6';

/** A text that the model fails on, and one that its engine never comes back from. */
export const brittleTexts = { breaks: 'This is poison.', hangs: 'This is an abyss.' };

/** A models folder with one model that embeds texts, until it is disposed of. */
export async function brittleModels(): Promise<AsyncDisposable & { directory: string }> {
  const env = {
    ...process.env,
    PYTHONPATH: process.env['TEST_PYTHONPATH'] ?? '',
    PYTHONDONTWRITEBYTECODE: '1',
  };
  const directory = await mkdtemp(join(tmpdir(), 'inferway-brittle-'));
  const remove = () => rm(directory, { recursive: true, force: true });
  const script = join('libs', 'testing', 'brittle-model.py');
  const place = [join(modelsDirectory(original), original), join(directory, 'brittle-l6')];
  try {
    await promisify(execFile)('python3', [script, ...place], { env, timeout: timeoutMs });
  } catch (error) {
    await remove();
    throw error;
  }
  return { directory, [Symbol.asyncDispose]: remove };
}
