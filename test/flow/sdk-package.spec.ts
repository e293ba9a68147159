import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { pngBase64 } from '../api/cases/index.js';
import { startLocalGateway } from '../api/local-gateway.js';

const run = promisify(execFile);
const minutes = 60_000;
const manifest = z.object({ name: z.string(), version: z.string() });
const packed = z.array(z.object({ filename: z.string(), files: z.array(z.object({ path: z.string() })) }));

/** Every block of TypeScript in a document; each is a program of its own. */
async function programs(document: string): Promise<string[]> {
  const text = await readFile(document, 'utf8');
  return [...text.matchAll(/```ts\n(.*?)```/gs)].map(([, program = '']) => program);
}

/** All that the documents have, and what each prints. */
const examples = [
  {
    document: 'packages/sdk/README.md',
    index: 0,
    prints: /"?characters"?.*nine.*2 \{ queue: 0\.1.*en-pt@1/s,
  },
  { document: 'packages/sdk/README.md', index: 1, prints: /label: 'tabby'/ },
  { document: 'packages/sdk/README.md', index: 2, prints: /try one of \[ 'en→pt', 'pt→en' \]/ },
  { document: 'README.md', index: 0, prints: /Where is the station\?/ },
];

/** What an editor must tell a user, and must not: an expected error that does not come is an error. */
const typed = `
import { Inferway, InferwayError, isInferwayError, type TranslateReply } from '@inferway/sdk';

const inferway = new Inferway({ apiKey: 'k', baseUrl: new URL('http://127.0.0.1:8080') });
export async function check(caught: unknown): Promise<void> {
  const reply = await inferway.translate({ text: 'a', target: 'pt' }, { deadlineMs: 1, idempotencyKey: false });
  reply satisfies TranslateReply;
  reply.serverTiming['queue'] satisfies number | undefined;
  reply.translations[0]?.text satisfies string | undefined;
  await inferway.classifyImage({ image: new Blob([]) });
  await inferway.classifyImage({ image: new Uint8Array() });
  await inferway.classifyImage({ image: () => new Blob([]).stream() });
  await inferway.usage();
  // @ts-expect-error the target is missing
  await inferway.translate({ text: 'a' });
  // @ts-expect-error a mistyped field
  await inferway.translate({ text: 'a', target: 'pt', sorce: 'en' });
  // @ts-expect-error a number is no file
  await inferway.classifyImage({ image: 5 });
  // @ts-expect-error a code that there is not
  isInferwayError(caught, 'quota.exeeded');
  if (isInferwayError(caught, 'quota.exceeded', 'timeout')) caught.code satisfies 'quota.exceeded' | 'timeout';
  if (caught instanceof InferwayError) caught.issues?.[0]?.path satisfies string | undefined;
}
`;

describe('@inferway/sdk, packed and installed in an empty project', () => {
  let gateway: Awaited<ReturnType<typeof startLocalGateway>>;
  let project: string;
  let files: string[];

  beforeAll(async () => {
    gateway = await startLocalGateway();
    project = await mkdtemp(join(tmpdir(), 'inferway-sdk-'));
    const { stdout } = await npm(resolve('packages/sdk'), 'pack', '--json', '--pack-destination', project);
    const [tarball] = packed.parse(JSON.parse(stdout));
    files = tarball?.files.map(({ path }) => path) ?? [];
    await write('package.json', JSON.stringify({ name: 'empty', private: true, type: 'module' }));
    await npm(project, 'install', '--offline', join(project, tarball?.filename ?? ''));
    await write('cat.jpg', Buffer.from(pngBase64, 'base64'));
  }, 2 * minutes);

  afterAll(async () => {
    await gateway.stop();
    await rm(project, { recursive: true, force: true });
  });

  const write = (name: string, content: string | Buffer) => writeFile(join(project, name), content);
  const npm = (cwd: string, ...args: string[]) =>
    run('npm', args, { cwd, env: { ...process.env, NODE_OPTIONS: '' }, timeout: minutes });

  /** Runs a program with the Node.js on the PATH, which may be as old as 20. */
  async function execute(program: string): Promise<string> {
    await write('program.js', program);
    const env = {
      PATH: process.env['PATH'],
      INFERWAY_URL: gateway.target.url,
      INFERWAY_KEY: gateway.target.key,
    };
    const { stdout } = await run('node', ['program.js'], { cwd: project, env, timeout: minutes });
    return stdout;
  }

  /** What the compiler has to say of programs that know nothing of each other; nothing where all is well. */
  async function compile(sources: readonly string[], ...options: string[]): Promise<string> {
    const names = sources.map((_, index) => `program-${index}.ts`);
    await Promise.all(sources.map((source, index) => write(names[index] ?? '', source)));
    const compiler = resolve('node_modules/typescript/bin/tsc');
    const strict = ['--strict', '--exactOptionalPropertyTypes', '--module', 'nodenext', '--target', 'es2022'];
    const args = [compiler, '--noEmit', ...strict, '--ignoreConfig', ...options, ...names];
    return run(process.execPath, args, { cwd: project, timeout: minutes }).then(
      () => '',
      (error: unknown) => z.object({ stdout: z.string() }).parse(error).stdout,
    );
  }

  it('is compiled code, declarations, licence and documentation, and depends on nothing', async () => {
    const unexpected = files.filter((path) => !/^dist\/[a-z.-]+\.(js|d\.ts)$/.test(path));
    expect(unexpected.sort()).toEqual(['LICENSE', 'README.md', 'package.json']);
    expect(files).toEqual(expect.arrayContaining(['dist/index.js', 'dist/index.d.ts', 'dist/generated.js']));
    const { stdout } = await npm(project, 'ls', '--all', '--parseable');
    expect(stdout.trim().split('\n')).toEqual([project, join(project, 'node_modules/@inferway/sdk')]);
  });

  it('has the version and the licence of the server', async () => {
    const read = async (path: string) => manifest.parse(JSON.parse(await readFile(path, 'utf8'))).version;
    expect(await read('packages/sdk/package.json')).toBe(await read('package.json'));
    expect(await readFile('packages/sdk/LICENSE', 'utf8')).toBe(await readFile('LICENSE', 'utf8'));
  });

  it(
    'has types that need neither Node.js nor leniency, and catch what the server would refuse',
    async () => {
      expect(await compile([typed], '--lib', 'es2022,dom')).toBe('');
    },
    minutes,
  );

  it(
    'has types for CommonJS programs that still resolve packages by `main`, such as those of Nest, and is required by them',
    async () => {
      const old = ['--module', 'commonjs', '--moduleResolution', 'node10', '--ignoreDeprecations', '6.0'];
      expect(await compile([typed], '--lib', 'es2022,dom', ...old)).toBe('');
      await execute(`import { createRequire } from 'node:module';
        new (createRequire(import.meta.url)('@inferway/sdk').Inferway)({ apiKey: 'k', baseUrl: 'http://127.0.0.1' });`);
    },
    minutes,
  );

  it.each(examples)(
    'runs the examples of $document: $index',
    async ({ document, index, prints }) => {
      expect(await execute((await programs(document))[index] ?? '')).toMatch(prints);
    },
    minutes,
  );

  it(
    'type-checks them all, each as a module of its own',
    async () => {
      const documents = new Set(examples.map(({ document }) => document));
      const sources = (await Promise.all([...documents].map(programs))).flat();
      expect(sources).toHaveLength(examples.length);
      const node = ['--typeRoots', resolve('node_modules/@types'), '--types', 'node', '--skipLibCheck'];
      expect(await compile(sources, '--moduleDetection', 'force', ...node)).toBe('');
    },
    minutes,
  );
});
