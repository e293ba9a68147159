import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { makeCatVideo, testFfmpeg } from '#testing';
import { ffmpegArguments } from './ffmpeg.arguments.js';
import { startFfmpeg } from './ffmpeg.process.js';

const limits = { cpuS: 60, memoryKib: 1_500_000 };

/** FFmpeg has bounds of its own against playlists, which change from version to version; these are ours. */
describe('what FFmpeg may open, whoever asks for it', () => {
  let folder: string;
  let cat: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'video-'));
    cat = join(folder, 'cat.mp4');
    await makeCatVideo(cat);
  });
  afterAll(() => rm(folder, { recursive: true }));

  const ours = ffmpegArguments({ by: 'rate', framesPerSecond: 1 });
  const withInput = (input: string) => ours.map((each) => (each === 'fd:' ? input : each));

  async function run(asked: readonly string[]) {
    const file = await open(cat);
    try {
      const child = startFfmpeg(testFfmpeg(), file.fd, asked, limits);
      child.stdout.resume();
      const lines = child.lines[Symbol.asyncIterator]();
      while ((await lines.next()).done !== true);
      const { code, complaints } = await child.ended;
      return { isRead: code === 0, complaints: complaints.join('\n') };
    } finally {
      await file.close();
    }
  }

  it('is the open file', async () => {
    expect(await run(ours)).toMatchObject({ isRead: true });
  });

  it.each([
    ['another file', () => cat],
    ['another file as a URL', () => `file:${cat}`],
    ['an address', () => 'http://127.0.0.1:9/cat.mp4'],
    ['a socket', () => 'tcp://127.0.0.1:9'],
    ['a part of another file', () => `subfile,,start,0,end,0,,:${cat}`],
    ['several files', () => `concat:${cat}|${cat}`],
  ])('is not %s', async (_, input) => {
    const { isRead, complaints } = await run(withInput(input()));
    expect(isRead).toBe(false);
    expect(complaints).toContain("not on whitelist 'fd,pipe'");
  });

  it('would be another file, did the protocols not forbid it', async () => {
    const allowed = withInput(cat).map((each) => (each === 'fd,pipe' ? 'file,pipe' : each));
    const descriptor = allowed.indexOf('-fd');
    expect(await run(allowed.toSpliced(descriptor, 2))).toMatchObject({ isRead: true });
  });
});
