import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import {
  checkDevice,
  placeNodes,
  type DeviceCheck,
  type ModelHandle,
  type ModelRepository,
} from '#inference';
import { StartupError } from '#process';

const device = 'cuda';
/** Share of rows that must agree: tensor cores round, and a close choice between two tokens may fall otherwise. */
const minAgreement = 0.95;
const goldenTexts = join('models', 'golden', 'translate', 'sentences.en.json');
const maxTexts = 64;

/**
 * Proves the CUDA variants of the models of this machine: same answers as on the CPU, how fast, no work left on the CPU.
 * @throws StartupError with exit code 69 where there is no CUDA or no variant for it
 */
export async function gpuCheck(
  repository: ModelRepository,
  onChecked: (check: DeviceCheck) => void,
): Promise<void> {
  await findDevice(repository.list());
  const models = repository.list().filter(({ manifest }) => Object.hasOwn(manifest.variants, device));
  if (models.length === 0)
    throw new StartupError(
      'No model here has a CUDA variant: pull one first (inferway models pull, docs/models.md)',
      69,
    );
  const texts = await readTexts();
  const failed: string[] = [];
  for (const model of models) {
    const check = await checkDevice(model, device, texts);
    onChecked(check);
    if (!passes(check)) failed.push(check.model);
  }
  if (failed.length > 0) throw new StartupError(`The GPU check failed for ${failed.join(', ')}`, 78);
}

export function passes({ agreement, leftOnCpu }: DeviceCheck): boolean {
  return agreement.agreeing >= minAgreement * agreement.rows && leftOnCpu.length === 0;
}

/** Any graph will do to ask onnxruntime for the device. */
async function findDevice([model]: readonly ModelHandle[]): Promise<void> {
  const [file] = Object.values(model?.manifest.variants['cpu']?.graphs ?? {});
  if (model === undefined || file === undefined) return;
  try {
    await placeNodes(join(model.directory, file), device);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartupError(
      `CUDA cannot be used here (${reason}): the GPU check needs an NVIDIA GPU, and the libraries of scripts/install-cuda.sh (docs/models.md)`,
      69,
    );
  }
}

async function readTexts(): Promise<string[]> {
  const text = await readFile(goldenTexts, 'utf8').catch(() => undefined);
  if (text === undefined)
    throw new StartupError(`${goldenTexts} is not here: run the GPU check in a checkout of the repository`);
  return z.array(z.string()).parse(JSON.parse(text)).slice(0, maxTexts);
}
