import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ServerProcess } from '#testing';

/** The shell blocks of a section of the README, as a reader would paste them. */
async function shellBlocks(section: string): Promise<string[]> {
  const [, text = ''] = (await readFile('README.md', 'utf8')).split(`\n## ${section}\n`);
  const [own = ''] = text.split('\n## ');
  return blocksOf(own);
}

function blocksOf(text: string): string[] {
  return [...text.matchAll(/```sh\n(.*?)```/gs)].map(([, block = '']) => block);
}

describe("the README's calls", () => {
  let server: ServerProcess;
  let clone: string;

  beforeAll(async () => {
    server = await ServerProcess.start();
    clone = await mkdtemp(join(tmpdir(), 'inferway-readme-'));
    await symlink(server.home, join(clone, '.inferway'));
    await cp('test/assets', join(clone, 'test/assets'), { recursive: true });
  }, 90_000);

  afterAll(async () => {
    await server.stop();
    await rm(clone, { recursive: true, force: true });
  });

  it('answer as pasted', async () => {
    const script = join(clone, 'pasted.sh');
    await writeFile(script, (await shellBlocks('Use')).join('\n').replaceAll('curl -s ', 'echo; curl -s '));
    const { stdout } = await promisify(execFile)('bash', ['-e', script], { cwd: clone, timeout: 60_000 });
    const replies: unknown[] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    expect(replies).toEqual([
      expect.objectContaining({ translations: [{ text: expect.any(String) }, { text: expect.any(String) }] }),
      expect.objectContaining({ answers: [expect.objectContaining({ text: 'three to five working days' })] }),
      expect.objectContaining({ embeddings: [expect.any(Array)] }),
      expect.objectContaining({
        labels: expect.arrayContaining([{ label: 'tiger cat', score: expect.any(Number) }]),
      }),
      expect.objectContaining({ detections: [expect.objectContaining({ label: 'cat' })] }),
      { data: { translate: expect.objectContaining({ model: expect.stringMatching(/^translate-en-pt@/) }) } },
      expect.objectContaining({ id: expect.stringMatching(/^job_/), status: 'queued' }),
      { usage: expect.arrayContaining([expect.objectContaining({ task: 'classify-image', amount: 1 })]) },
      expect.objectContaining({ code: 'language.unsupported', supported: ['en-pt', 'pt-en'] }),
    ]);
  }, 60_000);

  it('answer as pasted from docs/inspection.md, too', async () => {
    const script = join(clone, 'inspection.sh');
    const blocks = blocksOf(await readFile('docs/inspection.md', 'utf8'));
    await writeFile(script, blocks.join('\n').replaceAll(/^curl -s /gm, 'echo; curl -s '));
    const { stdout } = await promisify(execFile)('bash', ['-e', script], { cwd: clone, timeout: 60_000 });
    const replies = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    expect(replies).toEqual([
      expect.objectContaining({
        verdict: 'fail',
        findings: [expect.objectContaining({ label: 'cat', severity: 'critical' })],
        model: expect.stringMatching(/^nanodet-g@/),
      }),
      expect.objectContaining({
        verdict: 'fail',
        findings: [
          expect.objectContaining({ severity: 'major' }),
          expect.objectContaining({ severity: 'major' }),
        ],
        model: expect.stringMatching(/^surface-defects@/),
      }),
      expect.objectContaining({
        verdict: 'pass',
        findings: [expect.objectContaining({ longestSideMm: expect.closeTo(0.0137, 3) })],
        usage: { unit: 'images', amount: 1 },
      }),
    ]);
    expect((await readFile(join(clone, 'report.pdf'))).subarray(0, 5).toString()).toBe('%PDF-');
  }, 60_000);
});
