import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { ServerProcess } from '#testing';
import { mutatedImages, rareImages, type Expected, type TestImage } from './mutated-images.js';
import { processState } from './process-state.js';

/** `npm run fuzz:images` sets 2,000. */
const count = Number(process.env['FUZZ_IMAGES'] ?? 500);
const seed = 1;
const clients = 4;
/**
 * Seen with two threads: 101 to 106 with 500 images. With 2,000 once less than this and once 210, where two of the largest
 * may have been decoded at a time: what the rest of it is, nobody has looked for.
 */
const mostMb = count > 500 ? 240 : 200;
const timeoutMs = 60_000 + 100 * count;
const problem = z.object({ code: z.string() });
const imageErrors = ['image.unreadable', 'image.unsupported_format', 'image.too_large', 'request.invalid'];

describe(`images that are rare, and ${count} that are altered, seed ${seed}`, () => {
  let server: ServerProcess;
  let restingMb = 0;
  let peakMb = 0;
  let watching = true;
  const watch = async () => {
    while (watching) {
      peakMb = Math.max(peakMb, processState(server.pid).rssMb);
      await sleep(20);
    }
  };
  let watched: Promise<void>;

  beforeAll(async () => {
    server = await ServerProcess.start();
    // The threads of images are started by the first, and keep a picture's room: that is rest.
    const [warm] = await rareImages();
    for (let times = 0; warm !== undefined && times < 4 * clients; times++) await outcomesOf(warm);
    restingMb = processState(server.pid).rssMb;
    watched = watch();
  }, 60_000);
  afterAll(() => server.stop());

  it('are answered where they are right', async () => {
    const images = await rareImages();
    const failed: unknown[] = [];
    for (const image of images) failed.push(...(await mismatches(image)));
    expect(failed).toEqual([]);
  }, 60_000);

  it(
    'are answered or refused by name where they are altered, and never break the server',
    async () => {
      const images = await mutatedImages(count, seed);
      const failed: unknown[] = [];
      const seen = { answer: 0, refusal: 0 };
      const work = images.values();
      const client = async () => {
        for (const image of work) failed.push(...(await mismatches(image, seen)));
      };
      await Promise.all(Array.from({ length: clients }, client));
      expect(failed).toEqual([]);
      // Both must have come, or the files were not what they were meant to be.
      expect(seen.answer).toBeGreaterThan(count / 10);
      expect(seen.refusal).toBeGreaterThan(count / 2);
    },
    timeoutMs,
  );

  it(`take no more than ${mostMb} MB beside what the server holds at rest, and leave it serving`, async () => {
    watching = false;
    await watched;
    expect(peakMb - restingMb).toBeLessThan(mostMb);
    const [right] = await rareImages();
    expect(right && (await mismatches(right))).toEqual([]);
  }, 30_000);

  /** What of an image's outcomes is not as expected. */
  async function mismatches(image: TestImage, seen?: Record<'answer' | 'refusal', number>) {
    const outcomes = await outcomesOf(image);
    if (seen !== undefined) for (const { is } of outcomes) if (is !== 'fault') seen[is]++;
    return outcomes
      .filter(({ is }) => !fits(is, image.expected))
      .map((outcome) => ({ ...outcome, image: image.name }));
  }

  /** One after the other: each of two threads may hold 75 MB of pixels of the largest image. */
  async function outcomesOf({ bytes }: TestImage) {
    return [
      await send('classify', bytes),
      await send('detect', bytes),
      await send('segment', bytes, { model: 'surface-defects', cutOut: true }),
    ];
  }

  async function send(path: string, body: Buffer, options: object = {}) {
    const reply = await fetch(`${server.url}/v1/images/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ image: body.toString('base64'), ...options }),
      signal: AbortSignal.timeout(30_000),
    });
    const text = await reply.text();
    if (reply.ok) return { path, is: 'answer' as const };
    const { code } = problem.parse(JSON.parse(text));
    const isNamed = reply.status < 500 && imageErrors.includes(code);
    return { path, is: isNamed ? ('refusal' as const) : ('fault' as const), text };
  }
});

function fits(is: 'answer' | 'refusal' | 'fault', expected: Expected): boolean {
  return is === expected || (expected === 'either' && is !== 'fault');
}
