import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { z } from 'zod';
import { ServerProcess } from '#testing';
import { intersectionOverUnion } from '../../libs/tasks/detect-objects/suppress-overlaps.js';
import { describeMasks } from './masks.js';
import { photoOptions, readPhoto } from './photos.js';
import { PythonReference } from './python-reference.js';

const startTimeoutMs = 120_000;

let server: ServerProcess;
beforeAll(async () => {
  server = await ServerProcess.start();
}, startTimeoutMs);
afterAll(() => server.stop());

async function ask<T>(path: string, body: object, schema: z.ZodType<T>): Promise<T> {
  const response = await fetch(server.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return schema.parse(await response.json());
}

describe('POST /v1/embed', () => {
  let python: PythonReference;
  beforeAll(async () => {
    python = await PythonReference.generate('embed');
  }, startTimeoutMs);
  afterAll(() => python[Symbol.asyncDispose]());

  it('gives the vectors of Python, to the five decimals that Python writes', async () => {
    const text = await python.committed('sentences.json', z.array(z.string()));
    const vectors = z.array(z.array(z.number()));
    const expected = await python.read('vectors.json', vectors);
    const { embeddings } = await ask('/v1/embed', { text }, z.object({ embeddings: vectors }));
    expect(embeddings).toHaveLength(expected.length);
    const farthest = embeddings.map((embedding, row) =>
      Math.max(...embedding.map((value, i) => Math.abs(value - (expected[row]?.[i] ?? NaN)))),
    );
    expect(Math.max(...farthest)).toBeLessThan(2e-5);
  });

  it('reads the committed token ids and places, which are those of Python `tokenizers`', async () => {
    const row = z.object({
      ids: z.array(z.number()),
      starts: z.array(z.number()),
      ends: z.array(z.number()),
    });
    const read = [python.committed('tokens.json', z.array(row)), python.read('tokens.json', z.array(row))];
    const [committed, fresh] = await Promise.all(read);
    expect(committed).toEqual(fresh);
  });
});

describe('POST /v1/answer', () => {
  it('finds the passage that Python finds, for every golden question', async () => {
    await using python = await PythonReference.generate('answer');
    const question = z.object({ question: z.string(), context: z.string() });
    const span = z.object({ text: z.string(), start: z.number(), end: z.number() });
    const questions = await python.committed('questions.json', z.array(question));
    const expected = await python.read('outputs.json', z.array(span));
    const reply = z.object({ answers: z.array(span) });
    const replies = await Promise.all(questions.map((each) => ask('/v1/answer', each, reply)));
    expect(replies.map(({ answers }) => answers[0])).toEqual(expected);
  });
});

describe('POST /v1/images/classify', () => {
  it('names the photos of scikit-image and foolbox as Python does, each probability within 0.01', async () => {
    await using python = await PythonReference.generate('classify-image', photoOptions());
    const labels = z.array(z.object({ label: z.string(), score: z.number() }));
    const expected = await python.read('photos.json', z.array(z.object({ file: z.string(), top: labels })));
    expect(expected.length).toBeGreaterThanOrEqual(27);
    for (const { file, top } of expected) {
      const image = (await readPhoto(file)).toString('base64');
      const found = await ask('/v1/images/classify', { image, topK: 100 }, z.object({ labels }));
      expect([file, found.labels[0]?.label]).toEqual([file, top[0]?.label]);
      expect([file, farthest(found.labels, top) < 0.01]).toEqual([file, true]);
    }
  }, 60_000);
});

describe('POST /v1/images/detect', () => {
  const box = z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() });
  const detections = z.array(z.object({ label: z.string(), score: z.number(), box }));
  const detect = async (image: Buffer, options: object = {}) => {
    const body = { image: image.toString('base64'), ...options };
    return (await ask('/v1/images/detect', body, z.object({ detections }))).detections;
  };

  it('finds, asked for all photos at once, what Python finds in each alone, committed and now', async () => {
    await using python = await PythonReference.generate('detect-objects', photoOptions());
    const rows = z.array(z.object({ file: z.string(), detections }));
    const committed = await python.committed('photos.json', rows);
    const found = await Promise.all(committed.map(async ({ file }) => detect(await readPhoto(file))));
    expect(committed.flatMap((row) => row.detections).length).toBeGreaterThan(50);
    for (const expected of [committed, await python.read('photos.json', rows)]) {
      for (const [index, { file, detections: all }] of expected.entries()) {
        const here = found[index] ?? [];
        expect([file, here.map(({ label }) => label)]).toEqual([file, all.map(({ label }) => label)]);
        for (const [place, { score, box }] of all.entries()) {
          const other = here[place];
          expect(Math.abs(score - (other?.score ?? NaN))).toBeLessThan(0.02);
          expect(other && intersectionOverUnion(box, other.box)).toBeGreaterThan(0.98);
        }
      }
    }
  }, 60_000);

  it('gives the same for one photo alone as among 31 others, to the last digit', async () => {
    const [cat, astronaut] = await Promise.all(['cat.jpg', 'astronaut.png'].map(readPhoto));
    if (cat === undefined || astronaut === undefined) throw new Error('photos are missing');
    const alone = await detect(cat);
    const crowd = Array.from({ length: 31 }, () => detect(astronaut));
    expect(await detect(cat)).toEqual(alone);
    await Promise.all(crowd);
  }, 60_000);

  it('gives boxes of the upright image, however the file is turned', async () => {
    const photo = sharp(await readPhoto('astronaut.png'));
    const [upright] = await detect(await photo.clone().png().toBuffer(), { labels: ['person'] });
    // Stored a quarter turn to the left, and tagged to be shown a quarter turn to the right.
    const turned = await photo.clone().rotate(270).withMetadata({ orientation: 6 }).png().toBuffer();
    expect(await detect(turned, { labels: ['person'] })).toEqual([upright]);
  });

  it('finds in a region what it finds in a photo of that region alone, at its place in the whole', async () => {
    const photo = await readPhoto('motorcycle_left.png');
    const region = { x: 90, y: 40, width: 620, height: 440 };
    const part = sharp(photo).extract({ left: region.x, top: region.y, width: 620, height: 440 });
    const alone = await detect(await part.png().toBuffer());
    expect(alone.map(({ label }) => label)).toContain('motorcycle');
    expect(await detect(photo, { region })).toEqual(
      alone.map(({ label, score, box }) => {
        const x: unknown = expect.closeTo(box.x + region.x, 6);
        const y: unknown = expect.closeTo(box.y + region.y, 6);
        const width: unknown = expect.closeTo(box.width, 6);
        const height: unknown = expect.closeTo(box.height, 6);
        return { label, score, box: { x, y, width, height } };
      }),
    );
  });

  it('lets a cat be a dog too, unless boxes of other labels displace each other', async () => {
    const photo = await readPhoto('chelsea.png');
    const labelsOf = async (options: object) => (await detect(photo, options)).map(({ label }) => label);
    expect(await labelsOf({})).toEqual(['cat', 'dog']);
    expect(await labelsOf({ classAgnostic: true })).toEqual(['cat']);
    expect(await labelsOf({ labels: ['dog', 'cup'] })).toEqual(['dog']);
    expect(await labelsOf({ minScore: 0.5 })).toEqual(['cat']);
  });

  it('names every label there is when one is unknown, and the size of the image when a region leaves it', async () => {
    const image = (await readPhoto('cat.jpg')).toString('base64');
    const problem = z.object({
      code: z.string(),
      detail: z.string(),
      supported: z.array(z.string()).optional(),
    });
    const unknown = await ask('/v1/images/detect', { image, labels: ['cat', 'unicorn'] }, problem);
    expect(unknown).toMatchObject({ code: 'request.invalid', detail: expect.stringContaining('labels[1]') });
    expect(unknown.supported).toHaveLength(80);
    expect(unknown.supported).toContain('teddy bear');
    const region = { x: 0, y: 0, width: 5_000, height: 1 };
    const outside = await ask('/v1/images/detect', { image, region }, problem);
    expect(outside).toMatchObject({
      code: 'request.invalid',
      detail: expect.stringMatching(/^region: .* image of \d+ × \d+ pixels$/),
    });
  });
});

describeMasks(ask);

type Labels = readonly { label: string; score: number }[];

/** Largest difference in probability over the expected labels; one that is missing counts as 1. */
function farthest(found: Labels, expected: Labels): number {
  const scores = new Map(found.map(({ label, score }) => [label, score]));
  return Math.max(...expected.map(({ label, score }) => Math.abs(score - (scores.get(label) ?? score + 1))));
}
