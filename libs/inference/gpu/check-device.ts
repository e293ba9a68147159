import { join } from 'node:path';
import { systemClock } from '#kernel';
import { InferenceService } from '../dispatch/inference-service.js';
import type { InferenceOutputs, RowInputs } from '../inference.types.js';
import type { ModelHandle } from '../models/model-catalogue.js';
import { compareOutputs, type Agreement } from './compare-outputs.js';
import { workOnCpu } from './parse-placement.js';
import { placeNodes } from './place-nodes.js';
import { sampleRows } from './sample-rows.js';

export interface DeviceCheck {
  /** `name@revision` */
  model: string;
  agreement: Agreement;
  /** Rows per second of one engine host. */
  rowsPerSecond: { cpu: number; device: number };
  /** Operators that do work and were left on the CPU, by role and type. */
  leftOnCpu: string[];
}

const rowTimeoutMs = 300_000;
const startTimeoutMs = 600_000;
/** Sent at once, in so many copies: enough for full batches, and over in seconds. */
const copies = 4;

/**
 * Runs one model on the CPU and on another device, through the engine hosts that serve it, and compares.
 * @param device key of the manifest's `variants`
 */
export async function checkDevice(
  model: ModelHandle,
  device: string,
  texts: readonly string[],
): Promise<DeviceCheck> {
  const rows = await sampleRows(model, texts);
  const cpu = await measure(model, 'cpu', rows);
  const other = await measure(model, device, rows);
  return {
    model: model.ref,
    agreement: compareOutputs(cpu.outputs, other.outputs),
    rowsPerSecond: { cpu: cpu.rowsPerSecond, device: other.rowsPerSecond },
    leftOnCpu: device === 'cpu' ? [] : await findWorkOnCpu(model, device),
  };
}

async function measure(
  model: ModelHandle,
  variant: string,
  rows: readonly RowInputs[],
): Promise<{ outputs: InferenceOutputs[]; rowsPerSecond: number }> {
  const catalogue = { list: () => [model], forTask: () => [model] };
  const service = new InferenceService(catalogue, {
    hosts: 1,
    variant,
    maxDispatchMs: 1_000,
    maxBacklogMs: Infinity,
    maxRssBytes: Infinity,
    startTimeoutMs,
  });
  try {
    await service.start();
    const run = () => Promise.all(rows.map((inputs) => ask(service, model, inputs)));
    const outputs = await run();
    const startedAt = performance.now();
    await Promise.all(Array.from({ length: copies }, run));
    const seconds = (performance.now() - startedAt) / 1_000;
    return { outputs, rowsPerSecond: (copies * rows.length) / seconds };
  } finally {
    await service.close(systemClock.now());
  }
}

async function ask(
  service: InferenceService,
  model: ModelHandle,
  inputs: RowInputs,
): Promise<InferenceOutputs> {
  const deadlineAt = systemClock.now() + rowTimeoutMs;
  const { signal } = new AbortController();
  const request = { model, inputs, tenantId: 'gpu-check', weight: 1, deadlineAt, signal };
  return (await service.infer(request)).outputs;
}

async function findWorkOnCpu({ directory, manifest }: ModelHandle, device: string): Promise<string[]> {
  const left: string[] = [];
  for (const [role, file] of Object.entries(manifest.variants[device]?.graphs ?? {})) {
    const operators = workOnCpu(await placeNodes(join(directory, file), device));
    left.push(...[...operators].map(([operator, count]) => `${role}: ${count} × ${operator}`));
  }
  return left;
}
