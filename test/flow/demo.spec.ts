import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

const demoFolders = async () => (await readdir(tmpdir())).filter((name) => name.startsWith('inferway-demo-'));

describe('inferway demo', () => {
  it('shows a translation, an answer, a photo and a GraphQL query, exits with 0 and leaves nothing behind', async () => {
    const before = await demoFolders();
    const main = join('dist', 'apps', 'inferway', 'src', 'main.js');
    const env = { ...process.env, NODE_OPTIONS: '' };
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [main, 'demo'], {
      env,
      timeout: 90_000,
    });
    const shown = stdout.trim().split('\n\n');
    expect(shown).toEqual([
      expect.stringMatching(/^Translation · translate-en-pt@.*\n.*lovely.*\n → .*praia/),
      expect.stringMatching(/^Answer · qa-reader@.*\n.*\n.*Refunds.*\n → three to five working days$/),
      expect.stringMatching(/^Photo · efficientnet-lite0@.*\n.*cat\.jpg\n → Egyptian cat \(\d+ %\), /),
      expect.stringMatching(/^GraphQL · translate-pt-en@.*\n.*farmácia.*\n → .*pharmacy.* {2}\(from pt\)$/),
    ]);
    expect(stderr).toBe('');
    expect(await demoFolders()).toEqual(before);
  }, 120_000);
});
