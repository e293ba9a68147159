import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { readStages, type Stage } from './dockerfile.js';

const run = promisify(execFile);
const targets = ['gateway', 'worker-cpu', 'worker-cuda', 'serve'];
const stages = readStages();
const steps = (name: string) =>
  stages.flatMap(({ instructions }) => instructions.filter((each) => each.name === name));
const stageOf = (name: string): Stage => {
  const found = stages.find((each) => each.name === name);
  if (found === undefined) throw new Error(`there is no stage ${name}`);
  return found;
};

const { version, dependencies } = z
  .object({ version: z.string(), dependencies: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync('package.json', 'utf8')));

describe('Dockerfile', () => {
  it('is what its linter lets pass, and the linter finds what is wrong with another one', async () => {
    const hadolint = join(process.env['TEST_DEPLOY_PYTHONPATH'] ?? '', 'bin', 'hadolint');
    await expect(run(hadolint, ['Dockerfile'])).resolves.toMatchObject({ stdout: '' });
    const linting = run(hadolint, ['-']);
    linting.child.stdin?.end('FROM debian:latest\n');
    await expect(linting).rejects.toMatchObject({ stdout: expect.stringContaining('DL3007') });
  }, 60_000);

  it('runs nothing but scripts that this suite and `make` run too', () => {
    const scripts = steps('RUN').map(({ words: [script = ''] }) => script);
    expect(scripts.length).toBeGreaterThan(0);
    for (const script of scripts) {
      expect(script).toMatch(/^scripts\/[a-z-]+\.sh$/);
      expect(() => accessSync(script, constants.X_OK)).not.toThrow();
    }
  });

  it('copies from the repository only what exists, and from other stages only what they are called', () => {
    for (const { options, words } of steps('COPY')) {
      const missing = words.slice(0, -1).filter((path) => !existsSync(path));
      if (options['from'] === undefined) expect(missing).toEqual([]);
      else expect(stages.map(({ name }) => name)).toContain(options['from']);
    }
  });

  it.each([
    { MODELS: 'starter', FFMPEG: 'none' },
    { MODELS: 'none', FFMPEG: 'static' },
  ])('has a stage above, or an image with a version, for every choice: %j', (choice) => {
    const known = new Set(['scratch']);
    for (const { name, base } of readStages(choice)) {
      if (!known.has(base)) expect(base).toMatch(/^(node:24|python:3\.11)-/);
      known.add(name);
    }
  });

  it.each(targets)('leaves root, and writes no more, before the program of %s starts', (target) => {
    const names = stageOf(target).instructions.map(({ name }) => name);
    expect(names.indexOf('USER')).toBeGreaterThan(
      Math.max(names.lastIndexOf('RUN'), names.lastIndexOf('COPY')),
    );
    expect(names.indexOf('ENTRYPOINT')).toBeGreaterThan(names.indexOf('USER'));
    expect(stageOf(target).base).toBe('runtime');
  });

  it('starts programs that are built', () => {
    const programs = steps('ENTRYPOINT').map(({ words }) => words[1] ?? '');
    expect(programs).toEqual(
      ['gateway', 'worker', 'worker', 'inferway'].map((name) => `dist/apps/${name}/src/main.js`),
    );
    for (const program of programs) expect(existsSync(program)).toBe(true);
  });

  it('bears the version of the product', () => {
    const label = steps('LABEL').flatMap(({ words }) =>
      words.filter((word) => word.includes('image.version')),
    );
    expect(label).toEqual([`org.opencontainers.image.version=${version}`]);
  });

  it('takes the CUDA provider of the same onnxruntime, whose own folder it goes to', () => {
    const pins = readFileSync('scripts/requirements-cuda.txt', 'utf8');
    expect(pins).toContain(`onnxruntime-gpu==${dependencies['onnxruntime-node'] ?? ''} `);
    const [provider] = stageOf('worker-cuda').instructions.filter(({ words }) =>
      words[0]?.endsWith('/provider'),
    );
    expect(existsSync(join(provider?.words[1] ?? '', 'libonnxruntime.so.1'))).toBe(process.arch === 'x64');
  });
});

describe('images.json', () => {
  it('leaves out what is a dependency, and nothing from the one-process server', () => {
    const images = z
      .record(z.string(), z.array(z.string()))
      .parse(JSON.parse(readFileSync('images.json', 'utf8')));
    expect(images['serve']).toEqual([]);
    for (const name of Object.values(images).flat()) expect(dependencies).toHaveProperty([name]);
  });
});
