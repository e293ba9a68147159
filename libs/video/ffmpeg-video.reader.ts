import { maxVideoBytes, type VideoSampling } from '#contracts';
import { tooLong, VideoReader, type ArrivedVideo, type VideoFrame } from '#core';
import { AppError } from '#kernel';
import { ExactReader } from './exact.reader.js';
import { ffmpegArguments, frameScale } from './ffmpeg.arguments.js';
import { ffmpegFailure } from './ffmpeg-failure.js';
import { startFfmpeg, type FfmpegLimits, type FfmpegProcess } from './ffmpeg.process.js';
import { writeMemoryFile, type MemoryFile } from './memory-file.js';

export interface FfmpegVideoReaderOptions {
  /** Path or name of FFmpeg 6 or newer. */
  ffmpeg: string;
  /** Folder of a tmpfs. */
  folder: string;
  limits?: FfmpegLimits;
  maxBytes?: number;
}

/** An hour of plain 1080p took half of it; 16 reference frames of the largest size fit. */
const standardLimits: FfmpegLimits = { cpuS: 600, memoryKib: 1_500_000 };
/** Processor time ends a video that is long to decode; this one that stands still. */
const timeoutMs = 900_000;
const maxFrameBytes = 4 * 1024 * 1024;
const sizeInLog = /\[Parsed_showinfo.* s:(\d+)x(\d+) /;
const frameInLog = /\[Parsed_showinfo.* n: *(\d+) pts:/;
const cutInLog = /\[Parsed_scdet.* lavfi\.scd\.time: /;

/** Reads videos with FFmpeg, each in a process of its own. */
export class FfmpegVideoReader extends VideoReader {
  constructor(private readonly options: FfmpegVideoReaderOptions) {
    super();
  }

  override async receive(chunks: AsyncIterable<Uint8Array>): Promise<ArrivedVideo> {
    const { folder, maxBytes = maxVideoBytes } = this.options;
    return new FfmpegVideo(await writeMemoryFile(folder, chunks, maxBytes), this.options);
  }
}

class FfmpegVideo implements ArrivedVideo {
  private found: ReturnType<ArrivedVideo['size']>;
  private readonly cutPlaces = new Set<number>();
  private running: FfmpegProcess | undefined;

  constructor(
    private readonly file: MemoryFile,
    private readonly options: FfmpegVideoReaderOptions,
  ) {}

  get digest(): Uint8Array {
    return this.file.digest;
  }

  size(): ReturnType<ArrivedVideo['size']> {
    return this.found;
  }

  cuts(): readonly number[] {
    return [...this.cutPlaces];
  }

  async close(): Promise<void> {
    await this.running?.end();
    await this.file.handle.close();
  }

  async *frames(sampling: VideoSampling, signal: AbortSignal): AsyncGenerator<VideoFrame> {
    const { ffmpeg, limits = standardLimits } = this.options;
    const child = startFfmpeg(ffmpeg, this.file.handle.fd, ffmpegArguments(sampling), limits);
    this.running = child;
    const sized = this.readSize(child);
    this.readCuts(child);
    const stop = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const kill = () => child.kill();
    stop.addEventListener('abort', kill, { once: true });
    if (stop.aborted) kill();
    try {
      const images = new ExactReader(child.stdout);
      let count = 0;
      let lastS = 0;
      for await (const line of child.lines) {
        const frame = await readFrame(line, images);
        if (frame === undefined) break;
        await sized;
        if (this.found === undefined) throw new AppError('video.unreadable');
        lastS = Math.max(lastS, frame.timeS);
        count += 1;
        assertWithin(count, lastS);
        yield { ...frame, timeS: lastS };
      }
      const end = await child.ended;
      if (signal.aborted) throw reasonOf(signal);
      const failure = ffmpegFailure(end, limits);
      if (failure !== undefined) throw failure;
      if (count === 0) throw new AppError('video.unreadable', { detail: 'The video has no frame' });
    } finally {
      stop.removeEventListener('abort', kill);
      await child.end();
    }
  }

  /**
   * By the order of the log, in which a cut stands before the next frame that is taken: FFmpeg 6 rounds the times there to
   * six digits, which are hundredths of a second from 1,000 s on, more than lies between two frames of a fast camera.
   */
  private readCuts(child: FfmpegProcess): void {
    let next = 0;
    let before = 0;
    child.onLog((line) => {
      const place = frameInLog.exec(line)?.[1];
      if (place !== undefined) {
        // Where the picture's size changes the filters begin anew, and so does their count.
        if (Number(place) === 0) before = next;
        next = before + Number(place) + 1;
      } else if (cutInLog.test(line)) this.cutPlaces.add(next);
    });
  }

  /** Resolves with the log's first frame, or with its end. */
  private readSize(child: FfmpegProcess): Promise<unknown> {
    const seen = new Promise<void>((resolve) => {
      child.onLog((line) => {
        const [, width, height] = sizeInLog.exec(line) ?? [];
        if (width === undefined || height === undefined || this.found !== undefined) return;
        const sides = { width: Number(width), height: Number(height) };
        this.found = { ...sides, scale: frameScale(sides) };
        resolve();
      });
    });
    return Promise.race([seen, child.ended]);
  }
}

/** Whoever aborts may say why. */
function reasonOf({ reason }: AbortSignal): AppError {
  return reason instanceof AppError ? reason : new AppError('request.cancelled');
}

/** Undefined where the process ended in the middle of a frame. */
async function readFrame(line: string, images: ExactReader): Promise<VideoFrame | undefined> {
  const [sizeBytes = NaN, timeS = NaN] = line.split(' ').map(Number);
  if (!(sizeBytes > 0 && sizeBytes <= maxFrameBytes && timeS > -1))
    throw new AppError('video.unreadable', { detail: 'The frames of the video have no times' });
  const image = await images.read(sizeBytes);
  return image && { timeS: Math.max(0, timeS), image };
}

function assertWithin(count: number, timeS: number): void {
  const refusal = tooLong(count, timeS);
  if (refusal !== undefined) throw refusal;
}
