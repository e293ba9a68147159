import { maxVideoPixels } from '#contracts';
import { AppError, type ErrorCode, type PublicFacts } from '#kernel';
import type { FfmpegEnd, FfmpegLimits } from './ffmpeg.process.js';

/** A file that says how long it is, and ends before. FFmpeg itself gets over it. */
const cut = /partial file|File ended prematurely/;

/** What complaints mean where FFmpeg failed, the first that fits: its exit codes do not tell. */
const meanings: readonly [RegExp, ErrorCode, PublicFacts?][] = [
  [/matches no streams/, 'video.unsupported_format', { detail: 'The file has no video' }],
  [/not on whitelist/, 'video.unsupported_format'],
  [
    /Picture size \d+x\d+ is invalid/,
    'video.too_large',
    { limit: limitOf('pixels', maxVideoPixels, 'pixels') },
  ],
  [/moov atom not found|reached eof|atom truncated/, 'video.truncated'],
  [cut, 'video.truncated'],
  [/error reading header/, 'video.unreadable'],
  [/Error opening input|Decoder .* not found/, 'video.unsupported_format'],
  [
    /Cannot allocate memory|Resource temporarily unavailable/,
    'video.too_large',
    { detail: 'The video takes too much memory to decode' },
  ],
];

/**
 * Why a video could not be read to its end; undefined where it was. A cut that FFmpeg gets over is a failure too: what
 * comes after it would be missing from the answer, and nobody would know.
 */
export function ffmpegFailure(
  { code, signal, complaints }: FfmpegEnd,
  { cpuS }: FfmpegLimits,
): AppError | undefined {
  if (signal === 'SIGXCPU' || signal === 'SIGKILL')
    return new AppError('video.too_long', {
      detail: 'The video takes too long to decode',
      limit: limitOf('decode', cpuS, 's of processor time'),
    });
  if (code === 126 || code === 127)
    return new AppError('video.unavailable', { detail: 'This server has no FFmpeg' });
  const text = complaints.join('\n');
  if (code === 0) return cut.test(text) ? new AppError('video.truncated') : undefined;
  const [, meaning = 'video.unreadable', facts] = meanings.find(([pattern]) => pattern.test(text)) ?? [];
  return new AppError(meaning, facts);
}

function limitOf(name: string, value: number, unit: string) {
  return { name: `video.${name}`, value, unit };
}
