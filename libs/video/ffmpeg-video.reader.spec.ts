import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import type { VideoSampling } from '#contracts';
import { framesAtMost, type VideoFrame } from '#core';
import { AppError } from '#kernel';
import { makeCatVideo, makeCutVideo, makeVideo, testFfmpeg } from '#testing';
import { FfmpegVideoReader, type FfmpegVideoReaderOptions } from './ffmpeg-video.reader.js';

const memory = '/dev/shm';
const twice: VideoSampling = { by: 'rate', framesPerSecond: 2 };
const never = new AbortController().signal;

describe('reading videos with FFmpeg', () => {
  let folder: string;
  let cat: Uint8Array;
  const at = (name: string) => join(folder, name);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'video-'));
    cat = await makeCatVideo(at('cat.mp4'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  function readerOf(options: Partial<FfmpegVideoReaderOptions> = {}): FfmpegVideoReader {
    return new FfmpegVideoReader({ ffmpeg: testFfmpeg(), folder: memory, ...options });
  }

  async function read(
    file: Uint8Array,
    sampling: VideoSampling = twice,
    options: Partial<FfmpegVideoReaderOptions> = {},
  ): Promise<{ frames: VideoFrame[]; size: ReturnType<typeof video.size>; cuts: readonly number[] }> {
    const video = await readerOf(options).receive(piecesOf(file));
    try {
      const frames = await collect(video.frames(sampling, never));
      return { frames, size: video.size(), cuts: video.cuts() };
    } finally {
      await video.close();
    }
  }
  const made = async (name: string, ...options: string[]) => {
    await makeVideo(...options, at(name));
    return readFile(at(name));
  };
  const copied = (name: string, ...options: string[]) =>
    made(name, '-i', at('cat.mp4'), '-c', 'copy', ...options);
  const plain = (size: string, seconds: number) => [
    '-f',
    'lavfi',
    '-i',
    `color=c=gray:s=${size}:r=1:d=${seconds}`,
  ];

  it('gives frames at the rate that is asked for, each with its own time, also where the index comes last', async () => {
    const { frames, size } = await read(cat);
    expect(size).toEqual({ width: 640, height: 360, scale: 1 });
    expect(frames.map(({ timeS }) => Math.floor(timeS * 2))).toEqual(Array.from({ length: 20 }, (_, i) => i));
    for (const { timeS } of frames) expect(timeS * 25).toBeCloseTo(Math.round(timeS * 25), 3);
    const { format, width, height } = await sharp(frames[10]?.image).metadata();
    expect({ format, width, height }).toEqual({ format: 'jpeg', width: 640, height: 360 });
  });

  it.each([0.3, 2, 7, 24, 30])('gives at %d a second as many frames as were estimated', async (rate) => {
    const { frames } = await read(cat, { by: 'rate', framesPerSecond: rate });
    const planned = { sampling: 'rate', framesPerSecond: rate, durationS: 10, frames: 250 } as const;
    expect(frames).toHaveLength(framesAtMost(planned));
  });

  it('gives the first frame and those that begin a scene', async () => {
    const { frames } = await read(cat, { by: 'scene', sceneThreshold: 0.02 });
    const times = frames.map(({ timeS }) => timeS);
    expect(times[0]).toBe(0);
    expect(times).toEqual(expect.arrayContaining([3, 7]));
    expect(times.length).toBeLessThan(20);
  });

  it.each<VideoSampling>([
    { by: 'rate', framesPerSecond: 5 },
    { by: 'rate', framesPerSecond: 0.3 },
    { by: 'scene', sceneThreshold: 0.05 },
  ])('says when the camera cuts, and takes a cat that comes for none (%j)', async (sampling) => {
    const { frames, cuts } = await read(await makeCutVideo(at('cut.mp4')), sampling);
    const first = frames.findIndex(({ timeS }) => timeS >= 2);
    expect(cuts).toEqual([first < 0 ? frames.length : first]);
    expect((await read(cat, sampling)).cuts).toEqual([]);
  });

  it('says of a fast camera, too, which frame is the first after a cut', async () => {
    // Black, and from the 62nd of 120 frames a second on white. Every fourth is taken, one of them just before the cut.
    const wall = "color=c=black:s=64x36:r=120:d=1,drawbox=c=white:t=fill:enable='gte(n,61)'";
    const file = await made('fast.mp4', '-f', 'lavfi', '-i', wall, '-c:v', 'libx264', '-threads', '1');
    const { frames, cuts } = await read(file, { by: 'rate', framesPerSecond: 30 });
    expect(cuts.map((place) => frames[place]?.timeS)).toEqual([expect.closeTo(64 / 120, 4)]);
  });

  it('says which frame is the first after a cut where the picture changed its size before', async () => {
    const wall = (size: string) =>
      `color=c=black:s=${size}:r=10:d=2,drawbox=c=white:t=fill:enable='gte(n,10)'`;
    const part = (name: string, size: string, startS: number) =>
      made(name, '-f', 'lavfi', '-i', wall(size), '-c:v', 'libx264', '-output_ts_offset', String(startS));
    const file = Buffer.concat([await part('large.ts', '1280x720', 0), await part('small.ts', '640x360', 3)]);
    // Of each part ten frames are taken, and the sixth is the first that is white.
    expect((await read(file, { by: 'rate', framesPerSecond: 5 })).cuts).toEqual([5, 15]);
  });

  it.each([
    ['mkv', []],
    ['avi', []],
    ['ts', []],
    ['mov', []],
    ['flv', []],
    ['mp4', ['-movflags', '+faststart']],
    ['mp4', ['-movflags', 'frag_keyframe+empty_moov']],
  ])('reads %s %j', async (extension, options) => {
    const { frames } = await read(await copied(`copy.${extension}`, ...options));
    // Where a container counts from the first frame shown and where from the first decoded moves the last one.
    expect([20, 21]).toContain(frames.length);
  });

  it('shrinks large frames, turns what a phone held sideways, and says how large it was', async () => {
    const turned = await made('turned.mp4', '-display_rotation', '90', '-i', at('cat.mp4'), '-c', 'copy');
    expect((await read(turned)).size).toMatchObject({ width: 360, height: 640 });
    const { frames, size } = await read(await made('large.mp4', ...plain('1920x1080', 1)));
    expect(size).toEqual({ width: 1920, height: 1080, scale: 1 / 3 });
    expect(await sharp(frames[0]?.image).metadata()).toMatchObject({ width: 640, height: 360 });
  });

  it.each([
    ['squeezed sideways', '320:360', '2', 0, { width: 640, height: 360 }],
    ['squeezed sideways, and held upright', '320:360', '2', 90, { width: 360, height: 640 }],
    ['squeezed from above', '640:180', '1/2', 0, { width: 640, height: 360 }],
    ['of pixels that no format has, which it keeps', '64:36', '20', 0, { width: 64, height: 36 }],
  ])('shows in its own shape a video %s', async (_, stored, aspect, turn, shown) => {
    const squeezed = ['-i', at('cat.mp4'), '-vf', `scale=${stored},setsar=${aspect}`, '-t', '1'];
    await made('squeezed.mp4', ...squeezed);
    const turned = ['-display_rotation', String(turn), '-i', at('squeezed.mp4'), '-c', 'copy'];
    const { frames, size } = await read(await made('turned.mp4', ...turned));
    expect(size).toEqual({ ...shown, scale: 1 });
    expect(await sharp(frames[0]?.image).metadata()).toMatchObject(shown);
  });

  it.each([
    ['its index at the end', 'mp4', [], 0.5],
    ['its index at the end', 'mp4', [], 0.99],
    ['its index first', 'mp4', ['-movflags', '+faststart'], 0.6],
    ['lengths of its parts', 'mkv', [], 0.6],
  ])('names a file with %s (%s %j) that was cut at %d', async (_, extension, options, part) => {
    const whole = await copied(`whole.${extension}`, ...options);
    const cut = whole.subarray(0, Math.floor(whole.byteLength * part));
    await expect(read(cut)).rejects.toMatchObject({ code: 'video.truncated' });
  });

  it.each([
    ['nothing', new Uint8Array(0)],
    ['text', Buffer.from('hello, world. '.repeat(1_000))],
    ['noise', Buffer.from(Array.from({ length: 50_000 }, (_, i) => (i * i * 31 + (i >> 3)) % 251))],
  ])('refuses %s', async (_, file) => {
    await expect(read(file)).rejects.toMatchObject({ code: 'video.unsupported_format' });
  });

  it('refuses a photo and sound', async () => {
    const picture = join(import.meta.dirname, '../../test/assets/cat.jpg');
    const sine = ['-f', 'lavfi', '-i', 'sine=d=1'];
    const cover = [
      '-i',
      picture,
      '-map',
      '0',
      '-map',
      '1',
      '-c:v',
      'mjpeg',
      '-disposition:v',
      'attached_pic',
    ];
    const photo = await readFile(picture);
    const unsupported = { code: 'video.unsupported_format' };
    await expect(read(photo)).rejects.toMatchObject(unsupported);
    for (const sound of [await made('sound.mp4', ...sine), await made('song.mp4', ...sine, ...cover)])
      await expect(read(sound)).rejects.toMatchObject({
        ...unsupported,
        facts: { detail: 'The file has no video' },
      });
  });

  it('gets over a frame that cannot be decoded, and calls a file with many of them unreadable', async () => {
    const whole = await copied('undamaged.mp4', '-movflags', '+faststart');
    // Bytes of 255 are no beginning of a frame; the first of them, from which all others are made, stays.
    const damaged = (from: number, to: number) => {
      const file = Buffer.from(whole);
      return file.fill(255, Math.floor(from * file.length), Math.floor(to * file.length));
    };
    await expect(read(damaged(0.6, 0.95))).rejects.toMatchObject({ code: 'video.unreadable' });
    expect((await read(damaged(0.97, 0.975))).frames.length).toBeGreaterThan(15);
  });

  it.each([
    [
      'HLS',
      (path: string) => `#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile://${path}\n#EXT-X-ENDLIST\n`,
    ],
    [
      'HLS of an address',
      () => '#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nhttp://127.0.0.1:1/a.ts\n#EXT-X-ENDLIST\n',
    ],
    ['concat', (path: string) => `ffconcat version 1.0\nfile '${path}'\n`],
    [
      'DASH',
      (path: string) =>
        `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT9S"><Period><AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="9"><BaseURL>${path}</BaseURL><SegmentBase/></Representation></AdaptationSet></Period></MPD>`,
    ],
    [
      'SDP',
      () =>
        'v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n',
    ],
    [
      'SVG',
      (path: string) =>
        `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="file://${path}" width="9" height="9"/></svg>`,
    ],
  ])('follows no %s', async (_, playlist) => {
    await expect(read(Buffer.from(playlist(at('cat.mp4'))))).rejects.toMatchObject({
      code: 'video.unsupported_format',
    });
  });

  it('opens no other file that a film names as the place of its pictures', async () => {
    // An external reference in the track, in place of the flag that the pictures are in this file.
    const self = Buffer.from('0000000c75726c2000000001', 'hex');
    const whole = Buffer.from(await copied('reference.mov'));
    const place = whole.indexOf(self);
    expect(place).toBeGreaterThan(0);
    whole.writeUInt32BE(0, place + 8);
    const { frames } = await read(whole);
    expect(frames).toHaveLength(20);
  });

  it('refuses frames of too many pixels before they take memory', async () => {
    const huge = await made('huge.mp4', ...plain('5000x5000', 1), '-c:v', 'libx264', '-preset', 'ultrafast');
    await expect(read(huge)).rejects.toMatchObject({
      code: 'video.too_large',
      facts: { limit: { name: 'video.pixels' } },
    });
  });

  it('refuses what lasts too long, also where no frame past the limit would be taken', async () => {
    const long = await made('long.mp4', ...plain('16x16', 3_700), '-c:v', 'libx264', '-preset', 'ultrafast');
    const refusal = { code: 'video.too_long', facts: { limit: { name: 'video.duration' } } };
    await expect(read(long, { by: 'scene', sceneThreshold: 0.9 })).rejects.toMatchObject(refusal);
    await expect(read(long, { by: 'rate', framesPerSecond: 0.1 })).rejects.toMatchObject(refusal);
    await expect(read(long, { by: 'rate', framesPerSecond: 1 })).rejects.toMatchObject({
      code: 'video.too_long',
    });
  });

  it('refuses more bytes than it may hold, and leaves nothing behind', async () => {
    const before = await heldFiles();
    await expect(read(cat, twice, { maxBytes: 10_000 })).rejects.toMatchObject({
      code: 'request.too_large',
      facts: { limit: { name: 'video', value: 10_000 } },
    });
    const reading = await readerOf().receive(piecesOf(cat));
    // While it is read there is no name under which anybody could find it.
    expect(await heldFiles()).toEqual(before);
    await reading.close();
  });

  it('puts no video where it could reach a disk', async () => {
    await writeFile(at('marker'), '');
    for (const place of ['/proc', at('missing')]) {
      await expect(read(cat, twice, { folder: place })).rejects.toMatchObject({ code: 'video.unavailable' });
    }
  });

  it('names a missing FFmpeg', async () => {
    await expect(read(cat, twice, { ffmpeg: '/nowhere/ffmpeg' })).rejects.toMatchObject({
      code: 'video.unavailable',
    });
  });

  it('is ended by the kernel when it takes too much time or memory', async () => {
    // Ten minutes of large frames: a second is not enough for any machine.
    const source = ['-f', 'lavfi', '-i', 'testsrc=s=1920x1080:r=30:d=5'];
    await made('busy.mp4', ...source, '-preset', 'ultrafast', '-crf', '40', '-pix_fmt', 'yuv420p');
    const slow = await made('slow.mp4', '-stream_loop', '119', '-i', at('busy.mp4'), '-c', 'copy');
    const time = { limits: { cpuS: 1, memoryKib: 1_500_000 } };
    await expect(read(slow, twice, time)).rejects.toMatchObject({ code: 'video.too_long' });
    await expect(read(slow, twice, { limits: { cpuS: 60, memoryKib: 200_000 } })).rejects.toMatchObject({
      code: expect.stringMatching(/^video\.(too_large|unreadable)$/),
    });
  });

  it('stops when its caller leaves or goes on with something else', async () => {
    const leaving = new AbortController();
    const video = await readerOf().receive(piecesOf(cat));
    const frames = video.frames({ by: 'rate', framesPerSecond: 30 }, leaving.signal);
    expect((await frames.next()).done).toBe(false);
    leaving.abort();
    await expect(collect(frames)).rejects.toMatchObject({ code: 'request.cancelled' });
    await video.close();

    const closing = AbortSignal.abort(new AppError('service.draining'));
    const late = await readerOf().receive(piecesOf(cat));
    await expect(collect(late.frames(twice, closing))).rejects.toMatchObject({ code: 'service.draining' });
    await late.close();

    const other = await readerOf().receive(piecesOf(cat));
    for await (const { timeS } of other.frames(twice, never)) if (timeS > 1) break;
    await other.close();
  });

  async function heldFiles(): Promise<string[]> {
    return (await readdir(memory)).filter((name) => name.startsWith('inferway-'));
  }
});

async function collect(frames: AsyncIterable<VideoFrame>): Promise<VideoFrame[]> {
  const found: VideoFrame[] = [];
  for await (const frame of frames) found.push(frame);
  return found;
}

async function* piecesOf(file: Uint8Array): AsyncGenerator<Uint8Array> {
  const pieceBytes = 10_000;
  for (let from = 0; from < file.byteLength; from += pieceBytes) {
    yield await Promise.resolve(file.subarray(from, from + pieceBytes));
  }
}
