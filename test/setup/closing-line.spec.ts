import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Sandbox, wholePath } from './sandbox.js';

/** The real test.sh and the real Jest on other tests; the set-up, which has tests of its own, is left out. */
async function runTests(tests: Record<string, string>, setup = 'exit 0') {
  await using sandbox = await Sandbox.create(['scripts'], []);
  await sandbox.write('scripts/setup.sh', `#!/bin/sh\nmkdir -p .cache/logs\n${setup}\n`, 0o755);
  await sandbox.write('scripts/fetch-test-data.sh', '#!/bin/sh\necho INFERWAY_MODELS=/models\n', 0o755);
  await sandbox.write('package.json', '{ "type": "module" }');
  await sandbox.write('jest.config.js', 'export default { testMatch: ["<rootDir>/*.test.js"] };');
  for (const [name, text] of Object.entries(tests)) await sandbox.write(`${name}.test.js`, text);
  await symlink(join(process.cwd(), 'node_modules'), sandbox.path('node_modules'));
  const { code, stdout } = await sandbox.run('scripts/test.sh', ['--runInBand'], { PATH: wholePath });
  return { code, closingLine: stdout.trimEnd().split('\n').at(-1) };
}

const passing = "it('passes', () => undefined);";

describe('the closing line of `make test`', () => {
  it('counts passed tests alone when nothing failed or was skipped', async () => {
    expect(await runTests({ one: passing, two: passing })).toEqual({
      code: 0,
      closingLine: '2 passed, 0 failed',
    });
  });

  it('counts failed, skipped and unloadable tests, and the run fails', async () => {
    const failing = "it('fails', () => { throw new Error('no'); }); it.skip('later', () => undefined);";
    const broken = 'this is not JavaScript';
    expect(await runTests({ one: passing, failing, broken })).toEqual({
      code: 1,
      closingLine: '1 passed, 2 failed, 1 skipped',
    });
  });

  it('comes although a test that failed left something open', async () => {
    const open = "it('fails', () => { setInterval(() => undefined, 1_000); throw new Error('no'); });";
    expect(await runTests({ one: passing, open })).toEqual({ code: 1, closingLine: '1 passed, 1 failed' });
  });

  it('is a failure when no test was found', async () => {
    expect(await runTests({})).toEqual({ code: 1, closingLine: '0 passed, 1 failed' });
  });

  it('is a failure when the set-up failed', async () => {
    expect(await runTests({ one: passing }, 'exit 1')).toEqual({
      code: 1,
      closingLine: '0 passed, 1 failed',
    });
  });
});
