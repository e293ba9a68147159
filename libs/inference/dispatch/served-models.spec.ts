import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { manifestSchema } from '../models/manifest.js';
import type { ModelHandle } from '../models/model-catalogue.js';
import { ServedModels } from './served-models.js';

const ref = 'minilm-l6@1';
const manifest = manifestSchema.parse(JSON.parse(readFileSync('models/minilm-l6/manifest.json', 'utf8')));
const { name, revision } = manifest;
const handle: ModelHandle = { name, revision, ref, directory: 'nowhere', manifest };
const catalogue = { list: () => [handle], forTask: () => [handle] };

/** Warm-up beside another engine: runs of one row were lucky, those of eight were not. */
const unlucky = [
  { ref, rows: 1, length: 16, ms: 1 },
  { ref, rows: 8, length: 16, ms: 9 },
  { ref, rows: 1, length: 32, ms: 1.5 },
  { ref, rows: 2, length: 32, ms: 6 },
];

function costAfter(variant: string | undefined) {
  const models = new ServedModels(catalogue);
  models.fit(unlucky, variant);
  return models.policy(ref).cost;
}

describe('ServedModels', () => {
  it('believes the manifest, not a warm-up beside others, about what a row more costs', () => {
    const cost = costAfter('cpu');
    expect(cost.runMs(8, 16) / (8 * cost.runMs(1, 16))).toBeLessThan(0.8);
  });

  it.each(['cuda', undefined])('believes the warm-up of engines that no manifest measured: %s', (variant) => {
    const cost = costAfter(variant);
    expect(cost.runMs(8, 16) / (8 * cost.runMs(1, 16))).toBeGreaterThan(0.95);
  });
});
