import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

const lines = readFileSync('Dockerfile', 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));

/** Arguments of every instruction of that name, options apart. */
const instructions = (name: string) =>
  lines
    .filter((line) => line.startsWith(`${name} `))
    .map((line) => line.split(' ').slice(1))
    .map((words) => ({
      options: words.filter((word) => word.startsWith('--')),
      words: words.filter((word) => !word.startsWith('--')),
    }));

const stages = instructions('FROM').map(({ words }) => words.at(2) ?? '');

describe('Dockerfile', () => {
  it('runs nothing but scripts that this suite and `make` run too', () => {
    const scripts = instructions('RUN').map(({ words: [script = ''] }) => script);
    expect(scripts.length).toBeGreaterThan(0);
    for (const script of scripts) {
      expect(script).toMatch(/^scripts\/[a-z-]+\.sh$/);
      expect(() => accessSync(script, constants.X_OK)).not.toThrow();
    }
  });

  it('copies from the repository only what exists, and from other stages only what they are called', () => {
    for (const { options, words } of instructions('COPY')) {
      const from = options.find((option) => option.startsWith('--from='))?.slice('--from='.length);
      const missing = words.slice(0, -1).filter((path) => !existsSync(path));
      if (from === undefined) expect(missing).toEqual([]);
      else expect(stages).toContain(from);
    }
  });

  it('leaves root before the program starts', () => {
    const user = lines.findIndex((line) => line.startsWith('USER '));
    const lastWrite = lines.findLastIndex((line) => /^(RUN|COPY) /.test(line));
    expect(lines[user]).toBe('USER node');
    expect(user).toBeGreaterThan(lastWrite);
    expect(lines.findIndex((line) => line.startsWith('ENTRYPOINT '))).toBeGreaterThan(user);
  });

  it('names programs that are built: the one it starts, and those that its header tells to start', () => {
    const text = readFileSync('Dockerfile', 'utf8');
    const programs = [...text.matchAll(/dist\/[a-z/]+\.js/g)].map(([path]) => path);
    expect(new Set(programs)).toEqual(
      new Set(['inferway', 'gateway', 'worker'].map((name) => `dist/apps/${name}/src/main.js`)),
    );
    for (const program of programs) expect(existsSync(program)).toBe(true);
  });
});
