import { describe, expect, it } from '@jest/globals';
import { runInferway } from './run-inferway.js';

/** Code that the command runs before it begins. */
const beforehand = (code: string) => ({
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}`,
});

describe('a command of a test', () => {
  it('ends what it left behind, which is told, and waits for none of it', async () => {
    const code = `import { spawn } from 'node:child_process'; spawn('sleep', ['300'], { stdio: 'inherit' }).unref();`;
    expect(await runInferway(beforehand(code), '--version')).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^\d+\./),
      stderr: '',
      leftBehind: true,
    });
  }, 60_000);

  it('leaves nothing behind otherwise', async () => {
    expect(await runInferway({}, '--version')).toMatchObject({ code: 0, leftBehind: false });
  }, 60_000);
});
