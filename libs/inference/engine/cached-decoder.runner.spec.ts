import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { writeHubLayout } from '#testing';
import { engineHosts } from '../dispatch/engine-process.js';
import { boundRows } from '../dispatch/served-models.js';
import type { LoadedModel } from './engine.messages.js';
import { InferenceHarness, outcomeOf } from '../testing/inference.harness.js';
import { layoutAsModel } from '../testing/layout-as-model.js';

const eosTokenId = 0;
const name = 'small-translator';

describe('A decoder with a key/value cache', () => {
  let folder: string;
  let harness: InferenceHarness;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inferway-cached-'));
    await writeHubLayout('m2m', join(folder, 'hub'));
    await layoutAsModel(join(folder, 'hub'), join(folder, 'models'), name);
    harness = await InferenceHarness.start(join(folder, 'models'), [name]);
  }, 60_000);
  afterAll(async () => {
    await harness.close(0);
    await rm(folder, { recursive: true, force: true });
  });

  /** A sentence of 3 to 60 tokens that no other seed gives. */
  const sentence = (seed: number) =>
    Int32Array.from({ length: 3 + ((seed * 7) % 58) }, (_, at, length = 3 + ((seed * 7) % 58)) =>
      at === length - 1 ? eosTokenId : 2 + ((seed * 31 + at * 17) % 120),
    );
  const translate = async (seed: number, signal?: AbortSignal) => {
    const options = signal === undefined ? {} : { signal };
    const { outputs } = await harness.ask(name, { input_ids: sentence(seed) }, options);
    return Array.from(outputs['output_ids'] ?? []);
  };
  const seeds = Array.from({ length: 48 }, (_, seed) => seed);

  it('answers a sentence alike alone and among others of other lengths and ages', async () => {
    const alone: number[][] = [];
    for (const seed of seeds) alone.push(await translate(seed));
    expect(new Set(alone.map(({ length }) => length)).size).toBeGreaterThan(8);

    // In waves: later ones find cohorts at work and gather for the next.
    const together = seeds.map(async (seed) => {
      if (seed >= 20) await translate(100 + (seed % 4));
      return translate(seed);
    });
    expect(await Promise.all(together)).toEqual(alone);
  }, 60_000);

  it('loses nothing when sentences leave their cohort before they are done', async () => {
    const staying = seeds.filter((seed) => seed % 2 === 0);
    const expected: number[][] = [];
    for (const seed of staying) expected.push(await translate(seed));
    const leaving = new AbortController();
    const outcomes: Promise<string>[] = [];
    // Side by side, so that they share cohorts.
    const rows = staying.map((seed) => {
      outcomes.push(outcomeOf(translate(seed + 1, leaving.signal)));
      return translate(seed);
    });
    await Promise.race(rows);
    leaving.abort();
    expect(await Promise.all(rows)).toEqual(expected);
    expect(await Promise.all(outcomes)).toContain('request.cancelled');
    await harness.until('the engine is empty', () => harness.inFlightOf(name) === 0);
  }, 60_000);

  it('never answers more than its bound, and never with a suppressed token or the forced first one', async () => {
    const { decoding } = harness.model(name).manifest;
    for (const seed of seeds.slice(0, 8)) {
      const ids = await translate(seed);
      expect(ids.length).toBeLessThanOrEqual(Math.ceil(sentence(seed).length * 2.5) + 8);
      expect(ids).not.toContain(decoding?.forcedBosTokenId);
      for (const id of decoding?.suppressedTokenIds ?? [NaN]) expect(ids).not.toContain(id);
    }
  }, 60_000);

  describe('that warms up', () => {
    const listener = {
      onReport: () => undefined,
      onDropped: () => undefined,
      onCopyLost: () => undefined,
      onExit: () => undefined,
    };
    /** What each of hosts that start side by side tells of the model's runs. */
    const warm = async (hosts: readonly (readonly LoadedModel[])[]) => {
      const open = engineHosts({ variant: 'cpu', startTimeoutMs: 60_000 });
      const links = hosts.map((models) => open(models, listener));
      const samples = await Promise.all(links.map((link) => link.ready));
      await Promise.all(links.map((link) => link.stop(1_000)));
      return samples.map((runs) => runs.map(({ ref, rows, length }) => `${ref} ${rows}x${length}`));
    };
    const bounded = (ref: string, maxRows: number, maxTokens?: number): LoadedModel => {
      const model = boundRows(harness.model(name), maxRows);
      const limits = { ...model.manifest.limits, ...(maxTokens !== undefined && { maxTokens }) };
      return { ...model, ref, manifest: { ...model.manifest, limits } };
    };

    it('is timed by one of the hosts that start side by side, in batches too and whatever it takes', async () => {
      const models = [bounded('m', Infinity)];
      const [timed, beside] = await warm([models, models]);
      const shapes = ['m 1x8', 'm 1x24', 'm 4x8', 'm 4x24', 'm 16x8', 'm 16x24'];
      expect(timed).toEqual([...shapes, ...shapes]);
      expect(beside).toEqual([]);
    }, 60_000);

    it('learns what length costs, whatever bounds its rows and tokens', async () => {
      const [timed] = await warm([[bounded('one', 1), bounded('few', 3), bounded('short', 1, 20)]]);
      expect([...new Set(timed)]).toEqual([
        ...['one 1x8', 'one 1x24'],
        ...['few 1x8', 'few 1x24', 'few 3x8', 'few 3x24'],
        ...['short 1x8', 'short 1x20'],
      ]);
    }, 60_000);
  });
});
