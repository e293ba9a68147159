import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants, homedir, setPriority } from 'node:os';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';

/** What the kernel allows FFmpeg: a limit that is met ends it. */
export interface FfmpegLimits {
  /** Processor time in seconds. */
  cpuS: number;
  /** Address space in KiB. */
  memoryKib: number;
}

export interface FfmpegEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** The last of what it said went wrong; of a payload, so for telling failures apart and not for logs. */
  complaints: readonly string[];
}

export interface FfmpegProcess {
  stdout: Readable;
  /** What it writes to descriptor 3. */
  lines: AsyncIterable<string>;
  /** Every line that it logs, in order. */
  onLog(listener: (line: string) => void): void;
  ended: Promise<FfmpegEnd>;
  /** What it has written can still be read. */
  kill(): void;
  /** Kills it, forgets what it has written, and resolves when it is gone. */
  end(): Promise<void>;
}

/** No core dumps, no files of its own, then time and memory; `exec` leaves no shell behind. */
const limited = 'ulimit -c 0 && ulimit -f 0 && ulimit -t "$1" && ulimit -v "$2" && shift 2 && exec "$@"';
/** Where `scripts/install-ffmpeg.sh` leaves it, then where distributions do. */
const programFolders = `${homedir()}/.cache/inferway/bin:/usr/local/bin:/usr/bin:/bin`;
const maxComplaints = 20;
/**
 * The `showinfo` filter writes its lines in pieces: what another thread complains of meanwhile stands in the middle of
 * one, without its level.
 */
const isComplaint =
  /\[(?:warning|error|fatal|panic)\]|^\[Parsed_showinfo.*(?:partial file|ended prematurely)/;

/**
 * Runs FFmpeg with an open file as its standard input, with no environment, below everybody else's priority.
 * @param program its path, or its name to be found where programs are
 */
export function startFfmpeg(
  program: string,
  input: number,
  ffmpegArguments: readonly string[],
  { cpuS, memoryKib }: FfmpegLimits,
): FfmpegProcess {
  const limits = [String(cpuS), String(memoryKib)];
  const child = spawn('/bin/sh', ['-c', limited, 'sh', ...limits, program, ...ffmpegArguments], {
    stdio: [input, 'pipe', 'pipe', 'pipe'],
    env: { PATH: programFolders, MALLOC_ARENA_MAX: '1' },
    cwd: '/',
  });
  lowerPriority(child.pid);
  const [, stdout, stderr, numbers] = child.stdio;
  const log = createInterface({ input: readableOf(stderr) });
  const complaints: string[] = [];
  log.on('line', (line) => {
    if (!isComplaint.test(line)) return;
    complaints.push(line);
    if (complaints.length > maxComplaints) complaints.shift();
  });
  // Not at its `close`, which waits for somebody to read what is left in every pipe.
  const ended = Promise.all([once(child, 'exit'), once(log, 'close')]).then(() => ({
    code: child.exitCode,
    signal: child.signalCode,
    complaints,
  }));
  // Whoever does not wait for the end must not be ended by it.
  ended.catch(() => undefined);
  return {
    stdout: readableOf(stdout),
    lines: createInterface({ input: readableOf(numbers) }),
    onLog: (listener) => log.on('line', listener),
    ended,
    kill: () => child.kill('SIGKILL'),
    async end() {
      child.kill('SIGKILL');
      for (const stream of [stdout, numbers]) readableOf(stream).destroy();
      await ended;
    },
  };
}

/** What was asked for as a pipe is one. */
function readableOf(stream: unknown): Readable {
  if (stream instanceof Readable) return stream;
  throw new Error('FFmpeg was started without its pipes');
}

/** It may have ended already. */
function lowerPriority(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    return;
  }
}
