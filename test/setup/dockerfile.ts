import { readFileSync } from 'node:fs';
import { z } from 'zod';

export interface Instruction {
  name: string;
  /** `--from=build` is `{ from: 'build' }`. */
  options: Record<string, string>;
  /** Of the JSON form its members, else what stands between blanks. */
  words: string[];
}

export interface Stage {
  name: string;
  base: string;
  instructions: Instruction[];
}

/** The stages of our Dockerfile, in their order, with its arguments put in: their defaults, or what is given. */
export function readStages(args: Record<string, string> = {}): Stage[] {
  const given: Record<string, string> = {};
  const stages: Stage[] = [];
  for (const instruction of instructions()) {
    const words = instruction.words.map((word) =>
      word.replace(/\$\{(\w+)\}/g, (_, name) => given[String(name)] ?? ''),
    );
    const [first = '', , name = ''] = words;
    if (instruction.name === 'ARG') {
      const [argument = '', value] = first.split('=');
      given[argument] = args[argument] ?? value ?? given[argument] ?? '';
    } else if (instruction.name === 'FROM') stages.push({ name, base: first, instructions: [] });
    else stages.at(-1)?.instructions.push({ ...instruction, words });
  }
  return stages;
}

function instructions(): Instruction[] {
  return readFileSync('Dockerfile', 'utf8')
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name = '', flags = '', rest = ''] = /^(\w+) ((?:--\S+ )*)(.*)$/.exec(line) ?? [];
      const options: Record<string, string> = {};
      for (const [, key = '', value = ''] of flags.matchAll(/--(\S+?)=(\S+)/g)) options[key] = value;
      return { name, options, words: wordsOf(rest) };
    });
}

function wordsOf(text: string): string[] {
  if (text.startsWith('[')) return z.array(z.string()).parse(JSON.parse(text));
  return [...text.matchAll(/(?:[^\s"]|"[^"]*")+/g)].map(([word]) => word.replaceAll('"', ''));
}
