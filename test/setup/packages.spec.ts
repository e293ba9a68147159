import { describe, expect, it } from '@jest/globals';
import { basics, Sandbox } from './sandbox.js';

/** A project without dependencies: npm itself runs, but has nothing to fetch. */
async function emptyProject(): Promise<Sandbox> {
  const sandbox = await Sandbox.create(['scripts', '.npmrc'], [...basics, 'node', 'npm']);
  await lockAs(sandbox, '1.0.0');
  return sandbox;
}

async function lockAs(sandbox: Sandbox, version: string, dependencies = {}): Promise<void> {
  const project = { name: 'empty', version };
  const lock = { ...project, lockfileVersion: 3, requires: true, packages: { '': project } };
  await sandbox.write('package.json', JSON.stringify({ ...project, dependencies }));
  await sandbox.write('package-lock.json', JSON.stringify(lock));
}

const install = (sandbox: Sandbox, environment = {}) =>
  sandbox.run('scripts/install-packages.sh', [], environment);

describe('install-packages.sh', () => {
  it('installs once, and again only when the lock file changed', async () => {
    await using sandbox = await emptyProject();
    const installed = [expect.stringMatching(/packages \.\.\./), expect.stringMatching(/packages: \d+ s/)];
    expect(await install(sandbox)).toMatchObject({ code: 0, lines: installed });
    expect(await install(sandbox)).toMatchObject({ code: 0, lines: [] });
    await lockAs(sandbox, '1.0.1');
    expect(await install(sandbox)).toMatchObject({ code: 0, lines: installed });
  });

  it('names network and proxy when the registry cannot be reached', async () => {
    await using sandbox = await emptyProject();
    await lockAs(sandbox, '1.0.0', { zod: '4.0.0' });
    const unreachable = { npm_config_registry: 'http://127.0.0.1:9', npm_config_fetch_retries: '0' };
    const { code, lines } = await install(sandbox, unreachable);
    expect(code).toBe(1);
    expect(lines.slice(1)).toEqual([
      expect.stringMatching(/^inferway: packages: .* check network and proxy/),
    ]);
  });

  it('says that the disk is full when it fills up half-way', async () => {
    await using sandbox = await emptyProject();
    await sandbox.tool('npm', 'echo "npm error code ENOSPC" >&2; exit 228');
    const { code, lines } = await install(sandbox);
    expect(code).toBe(1);
    expect(lines.slice(1)).toEqual([
      expect.stringMatching(/^inferway: packages: the disk is full: free some/),
    ]);
  });

  it('shows why npm failed and where its whole log is, and starts afresh the next time', async () => {
    await using sandbox = await emptyProject();
    await sandbox.write('package-lock.json', 'not JSON');
    const { code, lines } = await install(sandbox);
    expect(code).toBe(1);
    expect(lines.join('\n')).toMatch(/npm error/);
    expect(lines.at(-1)).toMatch(/^inferway: packages failed: .*packages\.log/);
    await lockAs(sandbox, '1.0.0');
    expect(await install(sandbox)).toMatchObject({ code: 0 });
  });
});
