import { describe, expect, it } from '@jest/globals';
import { basics, Sandbox } from './sandbox.js';

describe('install-promtool.sh', () => {
  it('takes the promtool on PATH, and fetches nothing', async () => {
    await using sandbox = await Sandbox.create(['scripts'], basics);
    await sandbox.tool('promtool', 'exit 0');
    expect(await sandbox.run('scripts/install-promtool.sh')).toEqual({
      code: 0,
      stdout: `${sandbox.path('bin', 'promtool')}\n`,
      lines: [],
    });
  });

  it('says in one line what to install where there is no package manager that it knows', async () => {
    await using sandbox = await Sandbox.create(['scripts'], basics);
    expect(await sandbox.run('scripts/install-promtool.sh')).toEqual({
      code: 1,
      stdout: '',
      lines: [expect.stringMatching(/^inferway: promtool is not on PATH: install Prometheus \S+ or newer/)],
    });
  });
});
