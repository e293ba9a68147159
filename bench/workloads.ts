import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** What a task is asked, item by item: texts of this repository, so that anyone can rerun the numbers. */
export interface Workload {
  task: string;
  model: string;
  path: string;
  /** JSON bodies of single-item requests. */
  bodies: readonly object[];
}

const golden = join('models', 'golden', 'translate');
const sentences = z
  .array(z.string())
  .parse(JSON.parse(readFileSync(join(golden, 'sentences.en.json'), 'utf8')));
const passageSentences = 8;

/** A question about the first of eight sentences: about 150 tokens with its passage. */
export const questions = sentences.map((_, index) => ({
  question: `What is said about number ${index}?`,
  context: Array.from(
    { length: passageSentences },
    (__, i) => sentences[(index + i) % sentences.length],
  ).join(' '),
}));
export const texts: readonly string[] = sentences;
/** The photo of each image task. */
export const photos = {
  'classify-image': readFileSync(join('test', 'assets', 'cat.jpg')),
  'detect-objects': readFileSync(join('test', 'assets', 'cat.jpg')),
  'segment-image': readFileSync(join('test', 'assets', 'plate.jpg')),
};

export const workloads: readonly Workload[] = [
  {
    task: 'translate',
    model: 'translate-en-pt',
    path: '/v1/translate',
    bodies: texts.map((text) => ({ text, source: 'en', target: 'pt' })),
  },
  { task: 'answer', model: 'qa-reader', path: '/v1/answer', bodies: questions },
  { task: 'embed', model: 'minilm-l6', path: '/v1/embed', bodies: texts.map((text) => ({ text })) },
  {
    task: 'classify-image',
    model: 'efficientnet-lite0',
    path: '/v1/images/classify',
    bodies: [{ image: photos['classify-image'].toString('base64'), topK: 5 }],
  },
  {
    task: 'detect-objects',
    model: 'nanodet-g',
    path: '/v1/images/detect',
    bodies: [{ image: photos['detect-objects'].toString('base64') }],
  },
  {
    task: 'segment-image',
    model: 'surface-defects',
    path: '/v1/images/segment',
    bodies: [{ image: photos['segment-image'].toString('base64'), model: 'surface-defects' }],
  },
];
