import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** A direction, its sentences for speed, and, where data was given, lines with their translations for quality. */
export interface Pair {
  source: string;
  target: string;
  sentences: readonly string[];
  quality?: { lines: readonly string[]; references: readonly string[] };
}

const directions = [
  ['en', 'pt'],
  ['pt', 'en'],
] as const;

/** @param data folder with `flores-devtest-300.en` and `.pt`, one sentence or more a line, the lines aligned */
export function readPairs(data: string | undefined): Pair[] {
  return directions.map(([source, target]) => {
    const golden = join('models', 'golden', 'translate', `sentences.${source}.json`);
    const sentences = z.array(z.string()).parse(JSON.parse(readFileSync(golden, 'utf8')));
    if (data === undefined) return { source, target, sentences };
    const read = (language: string) =>
      readFileSync(join(data, `flores-devtest-300.${language}`), 'utf8')
        .trimEnd()
        .split('\n');
    return { source, target, sentences, quality: { lines: read(source), references: read(target) } };
  });
}
