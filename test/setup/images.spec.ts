import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { modelsDirectory } from '#testing';
import { readStages } from './dockerfile.js';
import { ImageBuilder, link, type Image } from './image-builder.js';

const run = promisify(execFile);
const timeoutMs = 180_000;
const model = 'minilm-l6';
const commandLine = ['node', 'dist/apps/inferway/src/main.js'];

/** One process of an image, with its environment and no other. */
interface Ended {
  code: number;
  output: string;
}

/**
 * No container engine runs these tests: the steps of each image run in a folder, and what is there is started. The steps
 * that `make test` has behind it leave here what they left there.
 */
describe('the images', () => {
  let builder: ImageBuilder;
  beforeAll(async () => {
    builder = await ImageBuilder.create(readStages(), {
      'scripts/install-packages.sh': () => Promise.resolve(),
      'scripts/generate-client.sh': () => Promise.resolve(),
      'scripts/build.sh': (root) => link('dist', join(root, 'app/dist')),
      'scripts/install-packages.sh --production': linkProductionPackages,
      'scripts/build-models.sh': (root) => link(join(modelsDirectory(), model), join(root, 'models', model)),
      'scripts/install-cuda.sh /opt/cuda': (root) =>
        Promise.all(
          ['lib', 'provider'].map((name) => mkdir(join(root, 'opt/cuda', name), { recursive: true })),
        ),
    });
  }, timeoutMs);
  afterAll(() => builder[Symbol.asyncDispose]());

  it(
    'of a gateway has what the gateway and its command line run on, no engine, no model, and says so',
    async () => {
      const image = await builder.build('gateway');
      expect(await start(image)).toEqual({ code: 78, output: unset('gateway') });
      const unreachable = { DATABASE_URL: 'postgresql://a:b@127.0.0.1:9/c' };
      // What Jobs and CronJobs of the chart run, and an operator.
      const commands = [
        ['migrate'],
        ['metering', 'rollup'],
        ['metering', 'verify'],
        ['audit', 'verify'],
        ['tenants', 'list'],
      ];
      for (const args of commands)
        expect(await start(image, [...commandLine, ...args], unreachable)).toEqual({
          code: 69,
          output: expect.stringContaining('The database does not answer'),
        });
      for (const args of [['models', 'list'], ['serve']])
        expect(await start(image, [...commandLine, ...args])).toEqual({
          code: 69,
          output: expect.stringMatching(/^inferway: This image has no part in that command .*\n$/),
        });
      expect(await packages(image)).toEqual(expect.arrayContaining(['@nestjs/core', 'sharp']));
      expect(await packages(image)).not.toContain('onnxruntime-node');
      expect(existsSync(join(image.root, 'models'))).toBe(false);
    },
    timeoutMs,
  );

  it.each(['gateway', 'worker-cpu', 'worker-cuda', 'serve'])(
    'of a %s is of nobody who could write to it, and names its product, licence and version',
    async (name) => {
      const { user, labels } = await builder.build(name);
      expect(user).toBe('1000:1000');
      const { version } = z
        .object({ version: z.string() })
        .parse(JSON.parse(readFileSync('package.json', 'utf8')));
      expect(labels).toMatchObject({
        'org.opencontainers.image.title': expect.stringContaining('Inferway'),
        'org.opencontainers.image.description': expect.any(String),
        'org.opencontainers.image.licenses': 'Apache-2.0',
        'org.opencontainers.image.version': version,
        'org.opencontainers.image.revision': 'unknown',
      });
    },
    timeoutMs,
  );

  it.each(['worker-cpu', 'worker-cuda'])(
    'of a %s has what the worker, its engines and its command line run on, and no server of the API',
    async (name) => {
      const image = await builder.build(name);
      expect(await start(image)).toEqual({ code: 78, output: unset('worker') });
      expect(await packages(image)).toEqual(expect.arrayContaining(['onnxruntime-node', 'sharp']));
      expect((await packages(image)).filter((each) => /^(@nestjs|@?fastify|mercurius)\b/.test(each))).toEqual(
        [],
      );
    },
    timeoutMs,
  );

  it(
    'of a worker warms a model up in an engine of its own, and finds no CUDA by itself',
    async () => {
      const image = await builder.build('worker-cpu');
      const warmUp = `
        import { InferenceService, ModelRepository } from '#inference';
        const models = await ModelRepository.open(process.env.INFERWAY_MODELS);
        const limits = { maxDispatchMs: Infinity, maxBacklogMs: Infinity, maxRssBytes: Infinity };
        const service = new InferenceService(models, { hosts: 1, variant: 'cpu', startTimeoutMs: 60_000, ...limits });
        await service.start();
        console.log('warm');
        await service.close(0);`;
      const command = ['node', '--input-type=module', '--eval', warmUp];
      expect(await start(image, command)).toEqual({ code: 0, output: 'warm\n' });
      expect(await start(image, [...commandLine, 'gpu-check'])).toEqual({
        code: 69,
        output: expect.stringContaining('CUDA cannot be used here'),
      });
    },
    timeoutMs,
  );

  it(
    'of the one-process server is the last, and has both halves',
    async () => {
      expect(readStages().at(-1)?.name).toBe('serve');
      const image = await builder.build('serve');
      expect(await start(image, undefined, { PORT: 'none' })).toEqual({
        code: 78,
        output: expect.stringContaining('PORT'),
      });
      expect(await packages(image)).toEqual(expect.arrayContaining(['onnxruntime-node', '@nestjs/core']));
      expect(existsSync(join(image.root, 'models', model))).toBe(true);
    },
    timeoutMs,
  );

  it.each([
    ['gateway', ['libc6', 'sharp', 'fastify'], ['onnxruntime-node', model]],
    ['worker-cpu', ['libc6', 'onnxruntime-node', model, 'translate-en-pt'], ['fastify', 'onnxruntime-gpu']],
    [
      'worker-cuda',
      ['libc6', 'onnxruntime-node', 'onnxruntime-gpu', 'nvidia-cudnn-cu13'],
      ['fastify', model],
    ],
    ['serve', ['libc6', 'onnxruntime-node', 'fastify', model], ['imageio-ffmpeg', 'typescript', 'jest']],
  ])(
    'of a %s holds its bill of materials where its label says: each package that is there, and no other',
    async (name, listed, unlisted) => {
      const image = await builder.build(name);
      const { components } = bill.parse(
        JSON.parse(readFileSync(join(image.root, image.labels['inferway.sbom'] ?? ''), 'utf8')),
      );
      const names = components.map((each) => each.name);
      expect(names).toEqual(expect.arrayContaining(listed));
      expect(names.filter((each) => unlisted.includes(each))).toEqual([]);
      const npm = components.filter(({ purl }) => purl?.startsWith('pkg:npm/'));
      expect([...new Set(npm.map((each) => each.name))].sort()).toEqual(await packages(image));
      await expect(validate(image)).resolves.toBeDefined();
    },
    timeoutMs,
  );
});

const bill = z.object({
  components: z.array(z.object({ name: z.string(), purl: z.string().optional() })),
});

/** What every container lacks that nobody configured. */
const unset = (program: string) =>
  expect.stringMatching(new RegExp(`^${program}: DATABASE_URL: .*\nREDIS_URL: .*\nSEAL_KEY: .*\n$`));

function start(
  image: Image,
  command = [...image.entrypoint, ...image.command],
  settings = {},
): Promise<Ended> {
  const { INFERWAY_MODELS: models } = image.environment;
  const env = {
    ...image.environment,
    ...(models !== undefined && { INFERWAY_MODELS: join(image.root, models) }),
    ...settings,
  };
  const options = { cwd: join(image.root, 'app'), timeout: 60_000, env };
  return new Promise((resolve) => {
    execFile(process.execPath, command.slice(1), options, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), output: stdout + stderr }),
    );
  });
}

const manifestOfPackage = /\/node_modules\/((?:@[^/]+\/)?[^/@.][^/]*)\/package\.json$/;

/** Names in node_modules, the nested ones too. */
async function packages({ root }: Image): Promise<string[]> {
  const { stdout } = await run('find', [join(root, 'app'), '-name', 'package.json'], { maxBuffer: 2 ** 26 });
  const names = stdout.split('\n').flatMap((path) => manifestOfPackage.exec(path)?.[1] ?? []);
  return [...new Set(names)].sort();
}

/** As npm leaves it: without what only development needs, and without a second Node. */
async function linkProductionPackages(root: string): Promise<void> {
  const lock = z.object({ packages: z.record(z.string(), z.object({ dev: z.boolean().optional() })) });
  const { packages } = lock.parse(JSON.parse(readFileSync('node_modules/.package-lock.json', 'utf8')));
  const kept = Object.entries(packages).filter(
    ([path, { dev }]) => dev !== true && /^node_modules\/(?!node-linux-)(@[^/]+\/)?[^/]+$/.test(path),
  );
  // npm installs a package again whose programs are not linked.
  const folders = ['node_modules/.bin', ...kept.map(([path]) => path)];
  await Promise.all(folders.map((path) => link(path, join(root, 'app', path))));
}

/** By the schema of CycloneDX, which its Python library holds. */
function validate({ root }: Image): Promise<unknown> {
  const program = `
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
sys.exit(JsonStrictValidator(SchemaVersion.V1_5).validate_str(open(sys.argv[1]).read()))`;
  const env = { ...process.env, PYTHONPATH: process.env['TEST_DEPLOY_PYTHONPATH'] };
  return run('python3', ['-c', program, join(root, 'app/sbom.cdx.json')], { env, timeout: 60_000 });
}
