import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { ServerProcess } from '#testing';
import { PythonReference, testSetting } from './python-reference.js';

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
  it('gives the vectors of Python, to the five decimals that Python writes', async () => {
    await using python = await PythonReference.generate('embed');
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
    await using python = await PythonReference.generate('embed');
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
    const photos = testSetting('TEST_PHOTOS');
    const cache = join(homedir(), '.cache', 'inferway', 'packages');
    await using python = await PythonReference.generate('classify-image', [
      '--photos',
      photos,
      '--cache',
      cache,
    ]);
    const labels = z.array(z.object({ label: z.string(), score: z.number() }));
    const expected = await python.read('photos.json', z.array(z.object({ file: z.string(), top: labels })));
    expect(expected.length).toBeGreaterThanOrEqual(27);
    for (const { file, top } of expected) {
      const folder = file === 'cat.jpg' ? join('test', 'assets') : photos;
      const image = (await readFile(join(folder, file))).toString('base64');
      const found = await ask('/v1/images/classify', { image, topK: 100 }, z.object({ labels }));
      expect([file, found.labels[0]?.label]).toEqual([file, top[0]?.label]);
      expect([file, farthest(found.labels, top) < 0.01]).toEqual([file, true]);
    }
  }, 60_000);
});

type Labels = readonly { label: string; score: number }[];

/** Largest difference in probability over the expected labels; one that is missing counts as 1. */
function farthest(found: Labels, expected: Labels): number {
  const scores = new Map(found.map(({ label, score }) => [label, score]));
  return Math.max(...expected.map(({ label, score }) => Math.abs(score - (scores.get(label) ?? score + 1))));
}
