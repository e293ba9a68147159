import { rmSync, writeFileSync } from 'node:fs';
import { readFile, rm, stat } from 'node:fs/promises';
import { z } from 'zod';

/** An attempt that ended its process is made again after this. */
const retryAfterMs = 24 * 3_600_000;
const pollMs = 100;
/** In place of a process: nobody is at work, and it is known how the last attempt ended. */
const crashed = 'crashed';

/**
 * The file beside a copy's place that says who is at work on it. One that is left over names an attempt that ended its
 * process, as onnxruntime does when it crashes: that is not made again at every start.
 */
export class PrepackAttempt {
  private constructor(private readonly path: string) {}

  /**
   * @returns the attempt, or why it is not this process's to make
   * @param untilMs how long, by the clock, another process that is at it is waited for
   */
  static async begin(directory: string, untilMs: number): Promise<PrepackAttempt | string | undefined> {
    const path = `${directory}.attempt`;
    for (;;) {
      if (write(path)) return new PrepackAttempt(path);
      const found = await stat(path).catch(() => undefined);
      if (found === undefined) return undefined;
      if (Date.now() - found.mtimeMs > retryAfterMs) await rm(path, { force: true });
      else if (isOver(await readFile(path, 'utf8').catch(() => '')))
        return `an attempt ended its process on ${found.mtime.toISOString()}; it is made again a day later`;
      else if (Date.now() > untilMs) return 'another process is at it';
      else await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  }

  /** Says of a copy that is there already what is said of one whose making ended its process, from now on. */
  static leave(directory: string): void {
    writeFileSync(`${directory}.attempt`, crashed);
  }

  /** Whatever ended it is not the graph's doing, or it succeeded. */
  end(): void {
    rmSync(this.path, { force: true });
  }
}

/** @returns false when the file is there already. Not awaited: a signal must find the attempt that it ends. */
function write(path: string): boolean {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (z.object({ code: z.literal('EEXIST') }).safeParse(error).success) return false;
    throw error;
  }
}

/** Our own number is that of a process of an earlier boot: in a container they begin again. */
function isOver(pid: string): boolean {
  return pid === crashed || pid === String(process.pid) || !isAlive(pid);
}

function isAlive(pid: string): boolean {
  try {
    return process.kill(Number(pid) || process.pid, 0);
  } catch {
    return false;
  }
}
