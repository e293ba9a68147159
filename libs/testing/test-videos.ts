import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const photo = join(import.meta.dirname, '../../test/assets/cat.jpg');

/** The FFmpeg that tests make videos with, and read them. @throws Error where the test data were not fetched */
export function testFfmpeg(): string {
  const path = process.env['FFMPEG_PATH'];
  if (path === undefined) throw new Error('FFMPEG_PATH is not set: run scripts/test.sh');
  return path;
}

/** Has FFmpeg write a file; the last argument is its path. */
export async function makeVideo(...ffmpegArguments: string[]): Promise<void> {
  await run(testFfmpeg(), ['-nostdin', '-loglevel', 'error', '-y', ...ffmpegArguments]);
}

/** Four seconds, 25 frames a second: a photographed cat in all of the picture, and from 2 s on a plain wall. */
export async function makeCutVideo(path: string): Promise<Uint8Array> {
  await makeVideo(
    ...[
      '-loop',
      '1',
      '-t',
      '2',
      '-r',
      '25',
      '-i',
      photo,
      '-f',
      'lavfi',
      '-i',
      'color=c=white:s=640x360:r=25:d=2',
    ],
    ...['-filter_complex', '[0:v]scale=640:360,setsar=1[cat];[cat][1:v]concat', '-pix_fmt', 'yuv420p'],
    ...['-c:v', 'libx264', '-threads', '1', path],
  );
  return readFile(path);
}

/**
 * Ten seconds of a plain wall, 25 frames a second, across which a photographed cat moves from 3 s to 7 s. The index is at
 * the end, as phones write it; `movflags=+faststart` puts it first.
 */
export async function makeCatVideo(path: string, ...options: string[]): Promise<Uint8Array> {
  const cat = "overlay=x=60+60*(t-3):y=60:enable='between(t,3,6.99)':shortest=1";
  await makeVideo(
    ...['-f', 'lavfi', '-i', 'color=c=gray:s=640x360:r=25:d=10', '-loop', '1', '-i', photo],
    ...['-filter_complex', `[1:v]scale=240:-2[cat];[0:v][cat]${cat}`, '-t', '10', '-pix_fmt', 'yuv420p'],
    ...['-c:v', 'libx264', '-threads', '1', ...options, path],
  );
  return readFile(path);
}
