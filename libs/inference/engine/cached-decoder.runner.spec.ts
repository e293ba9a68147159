import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { writeHubLayout } from '#testing';
import { engineHosts } from '../dispatch/engine-process.js';
import { boundRows } from '../dispatch/served-models.js';
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

  it('is timed by one of the hosts that start side by side, in batches too and whatever it takes', async () => {
    const openHost = engineHosts({ variant: 'cpu', startTimeoutMs: 60_000 });
    const listener = {
      onReport: () => undefined,
      onDropped: () => undefined,
      onCopyLost: () => undefined,
      onExit: () => undefined,
    };
    const links = [1, 2].map(() => openHost([boundRows(harness.model(name))], listener));
    const [timed, beside] = await Promise.all(links.map((link) => link.ready));
    await Promise.all(links.map((link) => link.stop(1_000)));
    expect(timed?.map(({ rows, length }) => [rows, length])).toEqual([
      [16, 8],
      [4, 24],
      [4, 8],
      [1, 24],
      [1, 8],
    ]);
    expect(beside).toEqual([]);
  }, 60_000);
});
