import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { FileVerifier } from './file-verifier.js';

/** How protobuf writes the entry that names another file. */
const entry = (location: string) =>
  Buffer.concat([
    Buffer.from('\x0a\x08location\x12', 'latin1'),
    Buffer.from([location.length]),
    Buffer.from(location),
  ]);
const pieceBytes = 1 << 20;

describe('A graph that keeps weights in another file', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inferway-external-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  let made = 0;
  const check = async (content: Buffer, listed: string[]) => {
    const name = `graph-${++made}.onnx`;
    await writeFile(join(folder, name), content);
    const sha256 = createHash('sha256').update(content).digest('hex');
    const verifier = await FileVerifier.open(join(folder, 'memory.json'));
    return verifier.check(folder, name, { sha256, bytes: content.length }, listed);
  };

  it('is served when the manifest lists that file', async () => {
    expect(await check(entry('model.onnx_data'), ['model.onnx_data'])).toBeUndefined();
  });

  it.each(['../secret', '/etc/passwd', 'other.bin', ''])('is refused when it names %j', async (location) => {
    expect(await check(entry(location), ['model.onnx_data'])).toMatch(/does not list \(external data/);
  });

  it.each([-200, -20, -11, -5, -1, 0])('is seen wherever the name lies, %d bytes from a piece', async (offset) => {
    const before = Buffer.alloc(pieceBytes + offset);
    const content = Buffer.concat([before, entry('model.onnx_data'), entry('../secret'), Buffer.alloc(50)]);
    expect(await check(content, ['model.onnx_data'])).toMatch(/external data: \.\.\/secret/);
  });

  it('is refused when the name is cut off', async () => {
    expect(await check(entry('model.onnx_data').subarray(0, 12), ['model.onnx_data'])).toBeDefined();
  });
});
