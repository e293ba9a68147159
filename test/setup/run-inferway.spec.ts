import { describe, expect, it } from '@jest/globals';
import { runInferway } from './run-inferway.js';

/** Code that the command runs before it begins. */
const beforehand = (code: string) => ({
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}`,
});

describe('a command of a test', () => {
  it('fails when it left something behind, which is ended, and waits for none of it', async () => {
    const code = `import { spawn } from 'node:child_process'; spawn('sleep', ['300'], { stdio: 'inherit' }).unref();`;
    await expect(runInferway(beforehand(code), '--version')).rejects.toThrow('left processes behind');
  }, 60_000);

  it('is let be otherwise', async () => {
    expect(await runInferway({}, '--version')).toMatchObject({ code: 0, stderr: '' });
  }, 60_000);
});
