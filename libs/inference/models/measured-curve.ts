import type { TimedRun } from '#scheduling';
import type { Manifest } from './manifest.js';

/** Key of `variants` whose graphs the curves of manifests were measured with. */
const measuredVariant = 'cpu';

/**
 * Runs whose times the manifest knows, of some machine: what they say of each other holds here too. None for an answer that
 * takes many runs, and of one run each.
 *
 * @param variant of the engine, if it is one of this machine: manifests say nothing of others
 * @param maxRows larger batches than there will be are left out: beyond a cache each row costs more
 */
export function measuredCurve(
  { runner, batching }: Pick<Manifest, 'runner' | 'batching'>,
  variant: string | undefined,
  maxRows = batching.maxBatch,
): TimedRun[] {
  if (runner !== 'single-pass' || variant !== measuredVariant) return [];
  return batching.curve.flatMap(({ batch: rows, length = 1, millisecondsPerRun: ms }) =>
    rows !== undefined && ms !== undefined && rows <= maxRows ? [{ rows, length, ms }] : [],
  );
}
