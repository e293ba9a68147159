import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { symlink } from 'node:fs/promises';
import { freemem } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { canMount } from './run-inferway.js';
import { Sandbox, wholePath } from './sandbox.js';

/** The real test.sh and the real Jest on other tests; the set-up, which has tests of its own, is left out. */
async function runTests(
  tests: Record<string, string>,
  { setup = 'exit 0', environment = {}, script = 'exec scripts/test.sh "$@"' } = {},
) {
  await using sandbox = await Sandbox.create(['scripts'], []);
  await sandbox.write('scripts/setup.sh', `#!/bin/sh\nmkdir -p .cache/logs\n${setup}\n`, 0o755);
  await sandbox.write('scripts/run.sh', `#!/bin/sh\n${script}\n`, 0o755);
  await sandbox.write('scripts/fetch-test-data.sh', '#!/bin/sh\necho INFERWAY_MODELS=/models\n', 0o755);
  await sandbox.write('package.json', '{ "type": "module" }');
  await sandbox.write('jest.config.js', 'export default { testMatch: ["<rootDir>/*.test.js"] };');
  for (const [name, text] of Object.entries(tests)) await sandbox.write(`${name}.test.js`, text);
  await symlink(join(process.cwd(), 'node_modules'), sandbox.path('node_modules'));
  const outcome = await sandbox.run('scripts/run.sh', ['--runInBand'], { PATH: wholePath, ...environment });
  const unsteady = outcome.lines.filter((line) => line.startsWith('unsteady'));
  return { code: outcome.code, closingLine: outcome.stdout.trimEnd().split('\n').at(-1), unsteady };
}

const gibibyte = 2 ** 30;
/** Of the container, by the version of its cgroups; a limit that is none is `max`, or more than there is. */
const limitFile = ['/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/memory/memory.limit_in_bytes'].find((file) =>
  existsSync(file),
);
const limitOf = (file: string) => Number(readFileSync(file, 'utf8')) || Infinity;

/** A little more than test.sh asks for: it looks later than this. */
const hasPlenty =
  /^\S+ \/dev\/shm tmpfs (?!\S*noexec)/m.test(readFileSync('/proc/mounts', 'utf8')) &&
  roomOf('/dev/shm') >= 9 * gibibyte &&
  Math.min(
    freemem(),
    process.constrainedMemory() || Infinity,
    limitFile === undefined ? Infinity : limitOf(limitFile),
  ) >=
    14 * gibibyte;

function roomOf(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

const passing = "it('passes', () => undefined);";

describe('the closing line of `make test`', () => {
  it('counts passed tests alone when nothing failed or was skipped', async () => {
    expect(await runTests({ one: passing, two: passing })).toMatchObject({
      code: 0,
      closingLine: '2 passed, 0 failed',
    });
  });

  it('counts failed, skipped and unloadable tests, and the run fails', async () => {
    const failing = "it('fails', () => { throw new Error('no'); }); it.skip('later', () => undefined);";
    const broken = 'this is not JavaScript';
    expect(await runTests({ one: passing, failing, broken })).toMatchObject({
      code: 1,
      closingLine: '1 passed, 2 failed, 1 skipped',
    });
  });

  it('comes although a test that failed left something open', async () => {
    const open = "it('fails', () => { setInterval(() => undefined, 1_000); throw new Error('no'); });";
    expect(await runTests({ one: passing, open })).toMatchObject({
      code: 1,
      closingLine: '1 passed, 1 failed',
    });
  });

  it('is a failure when no test was found', async () => {
    expect(await runTests({})).toMatchObject({ code: 1, closingLine: '0 passed, 1 failed' });
  });

  it('is a failure when the set-up failed', async () => {
    expect(await runTests({ one: passing }, { setup: 'exit 1' })).toMatchObject({
      code: 1,
      closingLine: '0 passed, 1 failed',
    });
  });

  describe('on a machine with 9 GiB of room in /dev/shm and 14 GiB of memory', () => {
    const test = (isWanted: boolean) =>
      `it('lies', () => { if (Boolean(process.env.TMPDIR?.startsWith('/dev/shm')) !== ${isWanted}) throw new Error(process.env.TMPDIR); });`;
    const closingLine = '1 passed, 0 failed';

    (hasPlenty ? it : it.skip)('is of tests whose files lie in memory', async () => {
      expect(await runTests({ lies: test(true) })).toMatchObject({ closingLine });
    });

    (hasPlenty ? it : it.skip)(
      'is of tests that keep them out of it where Node knows of a limit',
      async () => {
        const limit = 'process.constrainedMemory=()=>4*2**30';
        const environment = { NODE_OPTIONS: `--import=data:text/javascript,${limit}` };
        expect(await runTests({ lies: test(false) }, { environment })).toMatchObject({ closingLine });
      },
    );

    (hasPlenty && canMount && limitFile !== undefined ? it : it.skip)(
      'is of tests that keep them out of it where the container has a limit of which Node does not know',
      async () => {
        const script = `echo ${4 * gibibyte} >limit
          exec unshare --map-root-user --mount sh -c 'mount --bind limit ${limitFile} && exec scripts/test.sh "$@"' sh "$@"`;
        expect(await runTests({ lies: test(false) }, { script })).toMatchObject({ closingLine });
      },
    );
  });

  describe('where nobody watches', () => {
    const environment = { CI: 'true' };
    /** Fails until a file lies beside it, which it leaves there. */
    const fickle = `
      import { existsSync, writeFileSync } from 'node:fs';
      it('passes too', () => undefined);
      it('fails at first', () => {
        if (existsSync('seen')) return;
        writeFileSync('seen', '');
        throw new Error('no');
      });`;
    const failing = "it('fails', () => { throw new Error('no'); });";

    it('names what passed at a second try only, and counts each of its tests once', async () => {
      expect(await runTests({ one: passing, fickle }, { environment })).toEqual({
        code: 0,
        closingLine: '3 passed, 0 failed',
        unsteady: ['unsteady, passed at the second try: fickle.test.js'],
      });
    });

    it('is a failure when the second try failed too', async () => {
      expect(await runTests({ one: passing, fickle, failing }, { environment })).toEqual({
        code: 1,
        closingLine: '3 passed, 1 failed',
        unsteady: ['unsteady, passed at the second try: fickle.test.js'],
      });
    });

    it('gives no second try when much failed, nor on a desk', async () => {
      const many = Object.fromEntries(['a', 'b', 'c'].map((name) => [name, failing]));
      expect(await runTests({ ...many, fickle }, { environment })).toMatchObject({
        code: 1,
        closingLine: '1 passed, 4 failed',
      });
      expect(await runTests({ fickle })).toMatchObject({ code: 1, closingLine: '1 passed, 1 failed' });
    });
  });
});
