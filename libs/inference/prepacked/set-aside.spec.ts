import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { discard } from './set-aside.js';

describe('a prepacked copy that a host refused', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'refused-'));
    path = await copyIn('copy');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function copyIn(name: string): Promise<string> {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, 'graph.onnx'), name);
    return join(folder, name, 'graph.onnx');
  }
  const reason = 'no protobuf';

  it('is removed', async () => {
    expect(discard({ path, reason, file: await stat(path) })).toContain('is damaged and was removed');
    expect(existsSync(dirname(path))).toBe(false);
  });

  it('stays when another server made it again before that is heard of', async () => {
    const file = await stat(path);
    const sound = dirname(await copyIn('sound'));
    await rm(dirname(path), { recursive: true });
    await rename(sound, dirname(path));
    expect(discard({ path, reason, file })).toMatch(/made again meanwhile: it stays, .*\(no protobuf\)$/);
    expect(existsSync(path)).toBe(true);
  });

  it('stays when its host could not open it at all, as without descriptors', () => {
    expect(discard({ path, reason })).toMatch(/could not be opened, .* it stays/);
    expect(existsSync(path)).toBe(true);
  });
});
