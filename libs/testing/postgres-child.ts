import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A program of ours in a process of its own, which a test can kill. */
export interface ChildProgram {
  readonly pid: number;
  /** Lines of its standard output, as they come; ends with the process. */
  readonly lines: AsyncIterableIterator<string>;
  /** SIGKILL: no handler runs, nothing is flushed. Resolves when the process is gone. */
  kill(): Promise<void>;
}

/**
 * Runs a TypeScript file.
 * @param file URL of the file
 * @param timeoutMs after which the process is killed, whatever the test does
 */
export function runChild(file: URL, args: readonly string[], timeoutMs = 60_000): ChildProgram {
  const hook = new URL('./postgres-child.hook.js', import.meta.url).href;
  const child = spawn(process.execPath, ['--import', hook, fileURLToPath(file), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  });
  const exited = once(child, 'exit');
  return {
    pid: child.pid ?? -1,
    lines: createInterface({ input: child.stdout })[Symbol.asyncIterator](),
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
