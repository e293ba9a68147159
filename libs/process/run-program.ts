import { Cleanup } from './cleanup.js';
import { exitCodeOf, explain } from './startup-error.js';
import { untilStopped } from './until-stopped.js';

/** A program that is up; its cleanup stops it. */
export interface RunningProgram {
  /** Where it listens; told to whoever started it with a channel. */
  url: string;
  /** Told when the program is asked to stop, before anything is torn down. */
  onStopping?: () => void;
}

/**
 * Runs a program that serves until it is told to stop. What was started is stopped in reverse order, also when a later
 * step of the start fails; a start that fails says why in one line and sets the exit code.
 */
export async function runProgram(
  name: string,
  start: (cleanup: Cleanup) => Promise<RunningProgram>,
): Promise<void> {
  const cleanup = new Cleanup();
  try {
    const { url, onStopping } = await start(cleanup);
    process.send?.({ url });
    await untilStopped();
    onStopping?.();
  } catch (error) {
    process.stderr.write(`${name}: ${explain(error)}\n`);
    process.exitCode = exitCodeOf(error);
  } finally {
    await cleanup.run();
  }
  // Everything of ours is closed; what a library still waits for, such as the next attempt to reach a collector that is
  // down, must not keep a stopped program alive.
  process.exit();
}
